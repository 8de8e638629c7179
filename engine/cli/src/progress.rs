//! A progress bar for each recording at work, on a terminal; nothing in a pipe.
//!
//! Drawn on stderr. What is printed meanwhile goes through [`Display::above`], so that bars and lines do not mix.

use std::time::Duration;

use attacca_decode::printable::clock;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::analysis::run::Progress;

const WITH_LENGTH: &str = "{prefix:.dim}  {bar:28.cyan/dim} {percent:>3} %  {msg}";
const WITHOUT_LENGTH: &str = "{prefix:.dim}  {msg}";
/// Longest file name in front of a bar.
const NAME_WIDTH: usize = 28;

/// All bars.
pub struct Display {
    bars: MultiProgress,
}

impl Display {
    /// On stderr where that is a terminal; hidden in a pipe or where no progress is wanted.
    pub fn new(wanted: bool) -> Self {
        let target = if wanted { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self { bars: MultiProgress::with_draw_target(target) }
    }

    /// A bar for one recording.
    pub fn start(&self, label: &str) -> Bar {
        let bar =
            self.bars.add(ProgressBar::no_length().with_prefix(shortened(label)).with_style(style(WITHOUT_LENGTH)));
        Bar { bar, has_length: false }
    }

    /// Runs something that prints, with the bars out of the way.
    pub fn above<R>(&self, print: impl FnOnce() -> R) -> R {
        self.bars.suspend(print)
    }
}

/// The bar of one recording; disappears when dropped.
pub struct Bar {
    bar: ProgressBar,
    has_length: bool,
}

impl Bar {
    /// Shows how far the analysis has come.
    pub fn show(&mut self, progress: Progress) {
        if let Some(total) = progress.total.filter(|_| !self.has_length) {
            self.has_length = true;
            self.bar.set_length(total);
            self.bar.set_style(style(WITH_LENGTH));
        }
        let seconds = progress.done as f64 / f64::from(progress.sample_rate_hz);
        let elapsed = self.bar.elapsed().max(Duration::from_millis(1)).as_secs_f64();
        self.bar.set_message(format!("{}  {:.0}× real time", clock(seconds, 0), seconds / elapsed));
        self.bar.set_position(progress.done);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━╸─")
}

/// The end of a label that is too long, which tells files apart better than its beginning.
fn shortened(label: &str) -> String {
    let length = label.chars().count();
    if length <= NAME_WIDTH {
        return format!("{label:<NAME_WIDTH$}");
    }
    std::iter::once('…').chain(label.chars().skip(length + 1 - NAME_WIDTH)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_templates_are_understood() {
        for template in [WITH_LENGTH, WITHOUT_LENGTH] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }

    #[test]
    fn labels_are_all_as_wide() {
        assert_eq!(shortened("a.wav").chars().count(), NAME_WIDTH);
        let long = shortened("a/very/long/path/to/the/last/song-of-all.flac");
        assert_eq!(long.chars().count(), NAME_WIDTH);
        assert!(long.ends_with("song-of-all.flac"));
    }
}
