//! Work on many values alike, cut into units of a bounded size.

use std::ops::Range;

/// Values that one unit of cheap work on each value handles: about a microsecond.
const VALUES_A_UNIT: usize = 4096;

/// `total` items in equal spans, the last one shorter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spans {
    total: usize,
    each: usize,
}

impl Spans {
    /// Spans of items that each take `values` values of work.
    pub(super) fn new(total: usize, values: usize) -> Self {
        Self { total, each: (VALUES_A_UNIT / values.max(1)).max(1) }
    }

    /// One span of everything, for work that cannot be cut.
    pub(super) fn whole(total: usize) -> Self {
        Self { total, each: total.max(1) }
    }

    /// Number of spans.
    pub(super) fn count(&self) -> usize {
        self.total.div_ceil(self.each).max(1)
    }

    /// The items of one span.
    pub(super) fn range(&self, unit: usize) -> Range<usize> {
        let start = (unit * self.each).min(self.total);
        start..(start + self.each).min(self.total)
    }
}
