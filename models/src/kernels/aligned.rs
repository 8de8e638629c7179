//! Buffers of `f32` that start on a cache line, so that no vector of packed weights straddles two, and that are shared.
//!
//! Buffers of the same values are one: the networks of a hundred engines in a process read the same weights, which so
//! stay in a cache. They are made on the main thread, where alone the list of those that there are is looked into.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::{Arc, PoisonError, Weak},
};

use super::LANES;

/// One cache line.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([f32; LANES]);

/// An immutable run of values, a multiple of [`LANES`] long, aligned to 64 bytes.
#[derive(Clone)]
pub(crate) struct AlignedValues {
    lines: Arc<[Line]>,
}

/// A buffer that there was, and the hash of its values.
struct Known {
    hash: u64,
    lines: Weak<[Line]>,
}

#[expect(clippy::disallowed_types, reason = "held on the main thread alone, for as long as a network is built")]
static KNOWN: std::sync::Mutex<Vec<Known>> = std::sync::Mutex::new(Vec::new());

impl AlignedValues {
    /// The values; a last incomplete line is filled with zeros. Main thread only.
    pub(crate) fn new(values: &[f32]) -> Self {
        let mut hasher = DefaultHasher::new();
        values.iter().for_each(|value| value.to_bits().hash(&mut hasher));
        let hash = hasher.finish();
        let lines = || values.chunks(LANES).map(Line::new);

        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|known| known.lines.strong_count() > 0);
        let same = known.iter().filter(|known| known.hash == hash).filter_map(|known| known.lines.upgrade());
        let same = same.into_iter().find(|same| same.iter().map(Line::bits).eq(lines().map(|line| line.bits())));
        let lines = same.unwrap_or_else(|| {
            let lines: Arc<[Line]> = lines().collect();
            known.push(Known { hash, lines: Arc::downgrade(&lines) });
            lines
        });
        Self { lines }
    }

    /// All values.
    pub(crate) fn as_slice(&self) -> &[f32] {
        // SAFETY: `Line` is `repr(C)` with a single array field that fills it entirely (64 bytes, its alignment), so
        // that the lines are contiguous initialised `f32`s; the borrow of `self` keeps them alive and unchanged.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.lines.len() * LANES) }
    }
}

impl Line {
    fn new(values: &[f32]) -> Self {
        let mut line = Self([0.0; LANES]);
        line.0[..values.len()].copy_from_slice(values);
        line
    }

    /// The same as bits, which alone tell whether values are the same: some stand for two numbers.
    fn bits(&self) -> [u32; LANES] {
        self.0.map(f32::to_bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_values_are_one_buffer_and_others_are_not() {
        let values: Vec<f32> = (0..40_u8).map(|value| f32::from(value) + 0.123).collect();
        let (one, same) = (AlignedValues::new(&values), AlignedValues::new(&values));
        assert_eq!(one.as_slice().as_ptr(), same.as_slice().as_ptr());
        for other in [AlignedValues::new(&values[1..]), AlignedValues::new(&values[..39])] {
            assert_ne!(one.as_slice().as_ptr(), other.as_slice().as_ptr());
        }
    }

    #[test]
    fn what_nobody_holds_is_forgotten() {
        let values = [0.987_f32; 33];
        let (held, watched) = {
            let buffer = AlignedValues::new(&values);
            (Arc::strong_count(&buffer.lines), Arc::downgrade(&buffer.lines))
        };
        assert_eq!(held, 1);
        assert_eq!(watched.strong_count(), 0);
        assert_eq!(AlignedValues::new(&values).as_slice()[..33], values);
    }
}
