//! The drawing of an example: the picture of what is heard, and under it, on the same axis of time, lanes with what
//! should be said and what is said.

use std::fmt::Write as _;

use attacca_models::{Task, front_end::FRAMES_PER_SECOND};

use super::{example::Example, markup::Escaped, picture};

const WIDTH: f64 = 1000.0;
/// Where time begins and ends.
const LEFT: f64 = 96.0;
const RIGHT: f64 = WIDTH - 8.0;
const PICTURE_HEIGHT: f64 = 120.0;
const STRIP_HEIGHT: f64 = 20.0;
const CURVE_HEIGHT: f64 = 62.0;
const GAP: f64 = 8.0;

/// Width of a letter of 12 px, about.
const LETTER_WIDTH: f64 = 7.0;

/// A drawing that grows downwards.
struct Drawing<'a> {
    example: &'a Example,
    look_ahead_frames: usize,
    svg: String,
    /// Where the next lane begins.
    top: f64,
}

/// The example as the text of an `svg` element; `thresholds` are those that the scores were reached with, one a label.
///
/// # Errors
/// Where the picture cannot be encoded.
pub(super) fn svg(
    example: &Example,
    task: Task,
    look_ahead_frames: usize,
    thresholds: &[f64],
) -> Result<String, png::EncodingError> {
    let mut drawing = Drawing { example, look_ahead_frames, svg: String::new(), top: 0.0 };
    drawing.picture(&picture::data_uri(&example.levels, example.bands)?);
    if task.is_exclusive() {
        drawing.classes(task);
    } else {
        for (label, name) in task.labels().iter().enumerate() {
            drawing.label(label, name, thresholds.get(label).copied());
        }
    }
    drawing.time_axis();
    Ok(format!(
        "<svg class=\"example\" viewBox=\"0 0 {WIDTH} {:.0}\" role=\"img\" aria-label=\"Features, labels and activations \
         of {:.0} seconds\">{}</svg>",
        drawing.top,
        example.frames() as f64 / f64::from(FRAMES_PER_SECOND),
        drawing.svg
    ))
}

// Writing to a string cannot fail, in all that follows.
impl Drawing<'_> {
    /// Where a frame of the picture begins.
    fn x(&self, frame: usize) -> f64 {
        LEFT + (RIGHT - LEFT) * frame as f64 / self.example.frames().max(1) as f64
    }

    /// Where the frame begins that an activation or a target is about, which is look-ahead frames before.
    fn x_about(&self, frame: usize) -> f64 {
        self.x(frame.saturating_sub(self.look_ahead_frames))
    }

    /// The word at the left of a lane, in its middle.
    fn name(&mut self, name: &str, height: f64) {
        let y = self.top + height / 2.0 + 4.0;
        let _ =
            write!(self.svg, "<text x=\"{}\" y=\"{y:.1}\" text-anchor=\"end\">{}</text>", LEFT - 8.0, Escaped(name));
    }

    fn picture(&mut self, uri: &str) {
        self.name("features", PICTURE_HEIGHT - 16.0);
        self.top += 8.0;
        self.name(&format!("{} bands ↑", self.example.bands), PICTURE_HEIGHT);
        self.top -= 8.0;
        let _ = write!(
            self.svg,
            "<image x=\"{LEFT}\" y=\"0\" width=\"{}\" height=\"{PICTURE_HEIGHT}\" preserveAspectRatio=\"none\" \
             href=\"{uri}\"/>",
            RIGHT - LEFT
        );
        self.top += PICTURE_HEIGHT + GAP;
    }

    /// What should be and what is said of a label: a strip, and under it a curve.
    fn label(&mut self, label: usize, name: &str, threshold: Option<f64>) {
        self.name(name, STRIP_HEIGHT);
        let is_so = self.example.is_so(label);
        let (strip, curve) = (self.top, self.top + STRIP_HEIGHT);
        for [start, end] in runs(&is_so, self.look_ahead_frames) {
            let (x, width) = self.stretch(start, end);
            let (class, y, height) = match is_so[start] {
                Some(true) => ("so", strip, STRIP_HEIGHT),
                Some(false) => continue,
                None => ("masked", strip, STRIP_HEIGHT + CURVE_HEIGHT),
            };
            let _ = write!(
                self.svg,
                "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y}\" width=\"{width:.1}\" height=\"{height}\"/>"
            );
            if class == "so" {
                let _ = write!(
                    self.svg,
                    "<rect class=\"under\" x=\"{x:.1}\" y=\"{curve}\" width=\"{width:.1}\" height=\"{CURVE_HEIGHT}\"/>"
                );
            }
        }
        self.top = curve;
        self.name("network", CURVE_HEIGHT);
        if let Some(threshold) = threshold {
            let y = curve + CURVE_HEIGHT * (1.0 - threshold);
            let _ = write!(
                self.svg,
                "<path class=\"threshold\" d=\"M{LEFT} {y:.1}H{RIGHT}\"><title>threshold {threshold:.2}</title></path>"
            );
        }
        let activations = &self.example.activations[label];
        self.curve(activations);
    }

    /// What should be and what is said of classes: two lanes, and how likely the right one is held to be.
    fn classes(&mut self, task: Task) {
        let expected = self.example.classes();
        let found = self.example.likeliest();
        self.name("label", STRIP_HEIGHT);
        for [start, end] in runs(&expected, self.look_ahead_frames) {
            match expected[start] {
                Some(class) => self.block("right", start, end, task.labels()[class]),
                None => {
                    let (x, width) = self.stretch(start, end);
                    let (y, height) = (self.top, 2.0 * STRIP_HEIGHT + 3.0);
                    let _ = write!(
                        self.svg,
                        "<rect class=\"masked\" x=\"{x:.1}\" y=\"{y}\" width=\"{width:.1}\" height=\"{height}\"/>"
                    );
                }
            }
        }
        self.top += STRIP_HEIGHT + 3.0;
        self.name("network", STRIP_HEIGHT);
        let judged: Vec<_> = found
            .iter()
            .zip(&expected)
            .map(|(&found, expected)| (found, expected.is_none_or(|expected| expected == found)))
            .collect();
        for [start, end] in runs(&judged, self.look_ahead_frames) {
            let (class, is_right) = judged[start];
            self.block(if is_right { "right" } else { "wrong" }, start, end, task.labels()[class]);
        }
        self.top += STRIP_HEIGHT + GAP;
        self.name("P(label)", CURVE_HEIGHT);
        let of_label =
            |(frame, class): (usize, &Option<usize>)| class.map_or(0.0, |class| self.example.activations[class][frame]);
        let probabilities: Vec<f32> = expected.iter().enumerate().map(of_label).collect();
        self.curve(&probabilities);
    }

    /// Where a stretch of frames begins, and how wide it is: no narrower than can be seen.
    fn stretch(&self, start: usize, end: usize) -> (f64, f64) {
        let x = self.x_about(start);
        (x, (self.x_about(end) - x).max(1.5))
    }

    /// A stretch of a class with its name, where there is room for it.
    fn block(&mut self, kind: &str, start: usize, end: usize, name: &str) {
        let (x, width) = self.stretch(start, end);
        let name = Escaped(name);
        let seconds = |frame: usize| frame.saturating_sub(self.look_ahead_frames) as f64 / f64::from(FRAMES_PER_SECOND);
        let _ = write!(
            self.svg,
            "<rect class=\"{kind}\" x=\"{x:.1}\" y=\"{}\" width=\"{width:.1}\" height=\"{STRIP_HEIGHT}\">\
             <title>{name}, {:.2} to {:.2} s</title></rect>",
            self.top,
            seconds(start),
            seconds(end)
        );
        if width > LETTER_WIDTH * name.0.len() as f64 + 6.0 {
            let (x, y) = (x + 4.0, self.top + STRIP_HEIGHT / 2.0 + 4.0);
            let _ = write!(self.svg, "<text class=\"{kind}\" x=\"{x:.1}\" y=\"{y:.1}\">{name}</text>");
        }
    }

    /// A lane with a curve between 0 and 1.
    fn curve(&mut self, values: &[f32]) {
        let (top, bottom) = (self.top, self.top + CURVE_HEIGHT);
        let middle = 0.5 * self.x(1) - 0.5 * self.x(0);
        let point = |(frame, &value): (usize, &f32)| {
            let height = f64::from(value).clamp(0.0, 1.0) * CURVE_HEIGHT;
            format!("{:.1},{:.1} ", self.x_about(frame) + middle, bottom - height)
        };
        let points: String = values.iter().enumerate().skip(self.look_ahead_frames).map(point).collect();
        let right = RIGHT - LEFT;
        let _ = write!(
            self.svg,
            "<rect class=\"lane\" x=\"{LEFT}\" y=\"{top}\" width=\"{right}\" height=\"{CURVE_HEIGHT}\"/>\
             <text class=\"scale\" x=\"{0}\" y=\"{1:.1}\" text-anchor=\"end\">1</text>\
             <text class=\"scale\" x=\"{0}\" y=\"{bottom:.1}\" text-anchor=\"end\">0</text>\
             <polyline class=\"curve-0\" points=\"{2}\"/>",
            LEFT - 8.0,
            top + 10.0,
            points.trim_end()
        );
        self.top = bottom + GAP;
    }

    fn time_axis(&mut self) {
        let seconds = self.example.frames() / FRAMES_PER_SECOND as usize;
        let y = self.top - GAP;
        for second in 0..=seconds {
            let x = self.x(second * FRAMES_PER_SECOND as usize);
            let anchor = if x > RIGHT - 20.0 { "end" } else { "middle" };
            let _ = write!(
                self.svg,
                "<path class=\"tick\" d=\"M{x:.1} {y}v5\"/>\
                 <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{second}</text>",
                y + 18.0
            );
        }
        let _ = write!(self.svg, "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">seconds</text>", LEFT - 8.0, y + 18.0);
        self.top = y + 24.0;
    }
}

/// Starts and ends of the stretches over which values stay the same, from a frame on.
fn runs<T: PartialEq>(values: &[T], from: usize) -> Vec<[usize; 2]> {
    let mut end = from.min(values.len());
    let counted = &values[end..];
    let run = |run: &[T]| {
        let start = end;
        end += run.len();
        [start, end]
    };
    counted.chunk_by(|a, b| a == b).map(run).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_cover_all_frames_once() {
        assert_eq!(runs(&[1, 1, 2, 1], 0), [[0, 2], [2, 3], [3, 4]]);
        assert_eq!(runs(&[1, 1, 2, 1], 1), [[1, 2], [2, 3], [3, 4]]);
        assert!(runs(&[1], 5).is_empty());
        assert!(runs::<u8>(&[], 0).is_empty());
    }
}
