//! The whole recording as a still picture (SVG): waveform and bar lines. It is all there is without JavaScript; with
//! it, it is the map on which the timeline's window moves.

use std::io::{self, Write};

use attacca_decode::printable::clock;

use crate::{
    analysis::Analysis,
    overview::{Extent, Merge},
};

/// Size of the picture's own coordinates; it is stretched to the page.
const WIDTH: usize = 1000;
const HEIGHT: f64 = 100.0;
/// Recordings whose peak is lower than this, of 127, are not magnified to the full height.
const QUIETEST_PEAK: i8 = 16;
/// Bar lines at most; of more bars every second, fourth, eighth … is drawn.
const MAXIMUM_BAR_LINES: usize = 160;

/// Writes the picture.
pub fn write(analysis: &Analysis, out: &mut dyn Write) -> io::Result<()> {
    let duration = analysis.duration_seconds();
    write!(
        out,
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"Waveform of \
         {} with the beginnings of bars\">",
        clock(duration, 0)
    )?;
    let columns = analysis.overview.waveform.values();
    if !columns.is_empty() {
        let points = WIDTH.min(columns.len());
        let point = |index: usize| {
            let range = index * columns.len() / points..((index + 1) * columns.len() / points);
            columns[range].iter().copied().reduce(Extent::merge).unwrap_or(columns[0])
        };
        let x = |index: usize| (index as f64 + 0.5) * WIDTH as f64 / points as f64;
        let loudest = columns.iter().map(|extent| extent.high.max(-extent.low)).fold(QUIETEST_PEAK, i8::max);
        let y = |level: i8| HEIGHT / 2.0 - f64::from(level) / f64::from(loudest) * (HEIGHT / 2.0 - 2.0);
        write!(out, "<path class=\"wave\" d=\"M0 {}", HEIGHT / 2.0)?;
        for index in 0..points {
            write!(out, "L{:.1} {:.1}", x(index), y(point(index).high) - 0.4)?;
        }
        for index in (0..points).rev() {
            write!(out, "L{:.1} {:.1}", x(index), y(point(index).low) + 0.4)?;
        }
        write!(out, "Z\"/>")?;
    }
    let bars = analysis.beats.iter().filter(|beat| beat.is_downbeat()).count();
    let step = bars.div_ceil(MAXIMUM_BAR_LINES).next_power_of_two();
    write!(out, "<path class=\"bar-lines\" d=\"")?;
    for beat in analysis.beats.iter().filter(|beat| beat.is_downbeat()).step_by(step) {
        write!(out, "M{:.2} 0V{HEIGHT}", analysis.seconds(beat.position) / duration * WIDTH as f64)?;
    }
    write!(out, "\"/></svg>")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{Beat, example};
    use attacca_engine::SamplePosition;

    #[test]
    fn the_picture_stays_small() {
        let mut analysis = example::analysis();
        let template = analysis.beats[1];
        analysis.beats = (0..50_000)
            .map(|index| Beat { position: SamplePosition(index * 10), beat_in_bar: 1, ..template })
            .collect();
        let mut svg = Vec::new();
        write(&analysis, &mut svg).unwrap();
        let svg = String::from_utf8(svg).unwrap();
        assert!(svg.len() < 60_000, "{}", svg.len());
        assert!((MAXIMUM_BAR_LINES / 2..=MAXIMUM_BAR_LINES).contains(&svg.matches('V').count()));
    }
}
