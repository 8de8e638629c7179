//! Curves over the epochs, as SVG.

use std::fmt::Write as _;

use super::markup::Escaped;

const WIDTH: f64 = 420.0;
const HEIGHT: f64 = 262.0;
/// The rectangle that the curves lie in.
const LEFT: f64 = 68.0;
const RIGHT: f64 = WIDTH - 14.0;
const TOP: f64 = 44.0;
const BOTTOM: f64 = HEIGHT - 42.0;

/// About how many steps an axis has.
const STEPS: f64 = 4.0;

/// Epochs up to which each has a dot.
const MOST_DOTS: usize = 40;

/// Values over the epochs.
#[derive(Clone, Debug)]
pub(super) struct Curve {
    /// What they are.
    pub(super) name: String,
    /// One an epoch; what is not finite is left out.
    pub(super) values: Vec<f64>,
}

/// Curves that share their axes.
#[derive(Clone, Debug)]
pub(super) struct Chart {
    /// What it shows.
    pub(super) title: &'static str,
    /// What stands beside the vertical axis.
    pub(super) axis: &'static str,
    /// The curves: the first is drawn as a line, the second dashed, the third dotted.
    pub(super) curves: Vec<Curve>,
    /// The epoch to mark, from 0.
    pub(super) best: Option<usize>,
}

impl Chart {
    /// The chart as the text of an `svg` element.
    pub(super) fn svg(&self) -> String {
        let frame = Frame::of(&self.curves);
        let mut svg = format!(
            "<svg class=\"chart\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">",
            Escaped(self.description())
        );
        // Writing to a string cannot fail, here and below.
        let _ = write!(svg, "<text class=\"title\" x=\"{LEFT}\" y=\"14\">{}</text>", self.title);
        self.legend(&mut svg);
        frame.axes(&mut svg, self.axis);
        if let Some(best) = self.best {
            let x = frame.x(best);
            let (anchor, offset) = if x > (LEFT + RIGHT) / 2.0 { ("end", -5.0) } else { ("start", 5.0) };
            let _ = write!(
                svg,
                "<path class=\"best\" d=\"M{x:.1} {TOP}V{BOTTOM}\"/>\
                 <text class=\"best\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">best: epoch {}</text>",
                x + offset,
                TOP + 11.0,
                best + 1
            );
        }
        for (index, curve) in self.curves.iter().enumerate() {
            let points = frame.points(curve);
            let line: String = points.iter().map(|(_, x, y)| format!("{x:.1},{y:.1} ")).collect();
            let _ = write!(svg, "<polyline class=\"curve-{index}\" points=\"{}\"/>", line.trim_end());
            let has_dots = curve.values.len() <= MOST_DOTS;
            for (epoch, x, y) in points {
                let is_best = self.best == Some(epoch);
                if has_dots || is_best {
                    let (class, radius) = if is_best { (" ring", 4.5) } else { ("", 2.2) };
                    let (name, value) = (Escaped(&curve.name), curve.values[epoch]);
                    let _ = write!(
                        svg,
                        "<circle class=\"dot-{index}{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\">\
                         <title>epoch {}: {name} {value:.6}</title></circle>",
                        epoch + 1
                    );
                }
            }
        }
        svg += "</svg>";
        svg
    }

    /// The chart in words.
    fn description(&self) -> String {
        let mut words = format!("{} over epochs", self.title);
        for curve in &self.curves {
            let finite: Vec<f64> = curve.values.iter().copied().filter(|value| value.is_finite()).collect();
            if let [first, .., last] = finite.as_slice() {
                let _ = write!(words, "; {} from {first:.4} to {last:.4}", curve.name);
            }
        }
        words
    }

    fn legend(&self, svg: &mut String) {
        let mut x = LEFT;
        for (index, curve) in self.curves.iter().enumerate() {
            let _ = write!(
                svg,
                "<path class=\"curve-{index}\" d=\"M{x} 29h26\"/><text x=\"{}\" y=\"33\">{}</text>",
                x + 32.0,
                Escaped(&curve.name)
            );
            // Letters of 12 px are about 6.4 px wide.
            x += 50.0 + 6.4 * curve.name.chars().count() as f64;
        }
    }
}

/// Where epochs and values lie.
#[derive(Clone, Copy, Debug)]
struct Frame {
    /// Number of the last epoch on the axis, from 1.
    last: usize,
    low: f64,
    high: f64,
    step: f64,
}

impl Frame {
    /// The frame that all curves fit in.
    fn of(curves: &[Curve]) -> Self {
        let last = curves.iter().map(|curve| curve.values.len()).max().unwrap_or(0).max(2);
        let values = curves.iter().flat_map(|curve| &curve.values).copied().filter(|value| value.is_finite());
        let (low, high) =
            values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        let (low, high) = if low > high { (0.0, 1.0) } else { (low, high) };
        // Values that are all the same lie in the middle.
        let largest = high.abs().max(low.abs());
        let is_flat = high - low <= 1e-9 * largest;
        let margin = if !is_flat {
            0.0
        } else if largest > 0.0 {
            0.1 * largest
        } else {
            0.5
        };
        let step = round_step((high - low + 2.0 * margin) / STEPS);
        Self { last, low: ((low - margin) / step).floor() * step, high: ((high + margin) / step).ceil() * step, step }
    }

    /// Of an epoch, from 0.
    fn x(&self, epoch: usize) -> f64 {
        LEFT + (RIGHT - LEFT) * epoch as f64 / (self.last - 1) as f64
    }

    fn y(&self, value: f64) -> f64 {
        BOTTOM - (BOTTOM - TOP) * ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    /// Epoch, from 0, and place of every value that is finite.
    fn points(&self, curve: &Curve) -> Vec<(usize, f64, f64)> {
        let finite = curve.values.iter().enumerate().filter(|(_, value)| value.is_finite());
        finite.map(|(epoch, &value)| (epoch, self.x(epoch), self.y(value))).collect()
    }

    /// Both axes with their lines and labels.
    fn axes(&self, svg: &mut String, axis: &str) {
        let lines = ((self.high - self.low) / self.step).round() as usize;
        for value in (0..=lines).map(|line| self.low + line as f64 * self.step) {
            let y = self.y(value);
            let _ = write!(
                svg,
                "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{RIGHT}\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                LEFT - 6.0,
                y + 4.0,
                self.label(value)
            );
        }
        let step = round_step((self.last - 1) as f64 / (1.5 * STEPS)).max(1.0) as usize;
        // The first epoch, and then round numbers.
        let ticks = std::iter::once(1).chain((1..).map(|tick| tick * step).filter(|&epoch| epoch > 1));
        for epoch in ticks.take_while(|&epoch| epoch <= self.last) {
            let x = self.x(epoch - 1);
            let _ = write!(
                svg,
                "<path class=\"tick\" d=\"M{x:.1} {BOTTOM}v4\"/>\
                 <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{epoch}</text>",
                BOTTOM + 17.0
            );
        }
        let (middle, height) = ((LEFT + RIGHT) / 2.0, (TOP + BOTTOM) / 2.0);
        let _ = write!(
            svg,
            "<path class=\"tick\" d=\"M{LEFT} {BOTTOM}H{RIGHT}\"/>\
             <text class=\"axis\" x=\"{middle}\" y=\"{:.1}\" text-anchor=\"middle\">epoch</text>\
             <text class=\"axis\" transform=\"translate(13 {height}) rotate(-90)\" text-anchor=\"middle\">{axis}</text>",
            HEIGHT - 8.0
        );
    }

    /// A value on the vertical axis, with as many digits as tell its lines apart.
    fn label(&self, value: f64) -> String {
        let digits = -self.step.log10().floor();
        // A line at 0 that rounding has moved.
        let value = if value.abs() < 0.5 * self.step { 0.0 } else { value };
        if digits > 4.0 || value.abs() >= 1e5 { format!("{value:.1e}") } else { format!("{value:.*}", digits as usize) }
    }
}

/// The next of 1, 2, 5, 10, … times a power of ten.
fn round_step(step: f64) -> f64 {
    let power = 10.0_f64.powf(step.log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| factor * power >= step * (1.0 - 1e-9));
    factor.unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn curve(values: &[f64]) -> Curve {
        Curve { name: "loss".to_owned(), values: values.to_vec() }
    }

    /// That every finite value has a place within the frame, as it is written.
    fn assert_inside(values: &[f64]) {
        let curves = [curve(values)];
        let points = Frame::of(&curves).points(&curves[0]);
        assert_eq!(points.len(), values.iter().filter(|value| value.is_finite()).count());
        for (_, x, y) in points {
            assert!((LEFT..=RIGHT).contains(&x) && (TOP..=BOTTOM).contains(&y), "{values:?} at {x}, {y}");
        }
        let [curve] = curves;
        let svg = Chart { title: "Loss", axis: "loss", curves: vec![curve], best: None }.svg();
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }

    #[test]
    fn odd_values_lie_inside_the_frame() {
        for values in
            [&[][..], &[0.0], &[0.7], &[0.5; 9], &[f64::NAN, 1.0, f64::INFINITY], &[-1e-12, 1e-12], &[1e9, -3.0]]
        {
            assert_inside(values);
        }
    }

    proptest! {
        #[test]
        fn all_values_lie_inside_the_frame(values in prop::collection::vec(-1e12..1e12_f64, 0..60)) {
            assert_inside(&values);
        }
    }

    #[test]
    fn lower_values_lie_lower_and_later_epochs_to_the_right() {
        let curves = [curve(&[1.0, 0.25])];
        let points = Frame::of(&curves).points(&curves[0]);
        assert!(points[1].1 > points[0].1 && points[1].2 > points[0].2, "{points:?}");
    }

    #[test]
    fn steps_are_round() {
        for (step, expected) in [(0.03, 0.05), (0.1, 0.1), (1.2, 2.0), (7.0, 10.0), (0.000_19, 0.000_2)] {
            // Rounding of a power of ten.
            assert!((round_step(step) - expected).abs() < 1e-12 * expected.max(1.0), "{step}");
        }
    }

    #[test]
    fn the_best_epoch_is_named() {
        let chart = Chart { title: "Loss", axis: "loss", curves: vec![curve(&[0.5, 0.25, 0.75])], best: Some(1) };
        assert!(chart.svg().contains("best: epoch 2"));
    }
}
