//! Time from left to right, the same for everything that is drawn over it.

use attacca_engine::SamplePosition;
use egui::{Align2, FontId, Rect, Stroke, Ui, pos2};

use crate::{
    history::{HOPS, hops},
    views::Picture,
};

/// Hops on the axis: a little less than is kept, so that no lane begins with a gap.
const SHOWN_HOPS: f64 = HOPS as f64 - 8.0;
/// Seconds between two ticks.
const TICK_SECONDS: f64 = 1.0;
/// Hops in a second.
const HOPS_PER_SECOND: f64 = 100.0;

/// Where times lie.
#[derive(Clone, Copy, Debug)]
pub(super) struct TimeAxis {
    /// The earliest time, in hops.
    pub first_hop: f64,
    /// The latest time, in hops: now.
    pub last_hop: f64,
    room: Rect,
    sample_rate_hz: u32,
}

impl TimeAxis {
    /// An axis across `room` that ends now.
    pub fn new(picture: &Picture<'_>, room: Rect) -> Self {
        let sample_rate_hz = picture.sample_rate_hz();
        let newest = picture.history.newest();
        // Without audio, whoever plays it may let `now` run on: what was heard stays in sight.
        let latest = SamplePosition(newest.0 + u64::from(sample_rate_hz / 10));
        let last_hop = hops(picture.scene.now.clamp(newest, latest), sample_rate_hz);
        Self { first_hop: last_hop - SHOWN_HOPS, last_hop, room, sample_rate_hz }
    }

    /// The part of a row that lies on the axis.
    pub fn under(&self, row: Rect) -> Rect {
        Rect::from_x_y_ranges(self.room.x_range(), row.y_range())
    }

    /// Where a time in hops lies.
    pub fn x_of_hop(&self, hop: f64) -> f32 {
        let share = (hop - self.first_hop) / (self.last_hop - self.first_hop);
        self.room.left() + (f64::from(self.room.width()) * share) as f32
    }

    /// Where a position lies, if it is in sight.
    pub fn x_of(&self, position: SamplePosition) -> Option<f32> {
        let hop = hops(position, self.sample_rate_hz);
        (self.first_hop..=self.last_hop).contains(&hop).then(|| self.x_of_hop(hop))
    }

    /// Where something that holds from a position on begins: at the left end if it began before.
    pub fn start_of(&self, position: SamplePosition) -> f32 {
        self.x_of_hop(hops(position, self.sample_rate_hz).max(self.first_hop)).min(self.room.right())
    }

    /// Seconds before now, below the spectrogram.
    pub fn ticks(&self, ui: &Ui, row: Rect, picture: &Picture<'_>, small: f32) {
        let (painter, palette) = (ui.painter(), &picture.palette);
        let every = if self.room.width() < 360.0 { 4 } else { 2 };
        for second in 0..=(SHOWN_HOPS / HOPS_PER_SECOND) as u32 {
            let x = self.x_of_hop(self.last_hop - f64::from(second) * TICK_SECONDS * HOPS_PER_SECOND);
            painter.vline(x, row.top()..=row.top() + 3.0, Stroke::new(1.0, palette.line));
            if second % every == 0 {
                let (text, align) = match second {
                    0 => ("now".to_owned(), Align2::RIGHT_TOP),
                    _ => (format!("−{second} s"), Align2::CENTER_TOP),
                };
                painter.text(pos2(x, row.top() + 3.0), align, text, FontId::proportional(small), palette.muted);
            }
        }
    }
}
