//! A recording's curves at a fixed number of columns, however long it is.
//!
//! Columns start narrow. Whenever they are used up, neighbours are merged and every column is twice as wide from then
//! on, so that memory is bounded and an hour costs no more than a minute.

use attacca_engine::models::Task;

/// Columns at most; about 5 minutes of hops at full resolution.
const MAXIMUM_COLUMNS: usize = 1 << 15;
/// Columns of the waveform in each second of a short recording.
const WAVEFORM_COLUMNS_PER_SECOND: u32 = 400;

/// How two neighbouring columns become one.
pub trait Merge: Copy {
    /// The column that covers both.
    fn merge(self, other: Self) -> Self;
}

impl Merge for u8 {
    fn merge(self, other: Self) -> Self {
        self.max(other)
    }
}

/// The lowest and the highest sample of a stretch, full scale at ±127.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// The lowest sample.
    pub low: i8,
    /// The highest sample.
    pub high: i8,
}

impl Extent {
    /// Of samples; those that are not numbers are left out.
    fn of(samples: impl Iterator<Item = f32>) -> Self {
        let (mut low, mut high) = (f32::INFINITY, f32::NEG_INFINITY);
        for sample in samples {
            low = if sample < low { sample } else { low };
            high = if sample > high { sample } else { high };
        }
        let (low, high) = if low <= high { (low, high) } else { (0.0, 0.0) };
        let level = |sample: f32| (sample.clamp(-1.0, 1.0) * 127.0).round() as i8;
        Self { low: level(low), high: level(high) }
    }
}

impl Merge for Extent {
    fn merge(self, other: Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.max(other.high) }
    }
}

/// Columns that merge when they are used up.
#[derive(Clone, Debug)]
pub struct Columns<T> {
    values: Vec<T>,
    items_per_column: u64,
    items_in_last: u64,
}

impl<T: Merge> Columns<T> {
    /// Without any item; a column takes `items_per_column` of them at first.
    pub fn new(items_per_column: u64) -> Self {
        Self { values: Vec::new(), items_per_column, items_in_last: items_per_column }
    }

    /// Adds the next item.
    pub fn push(&mut self, item: T) {
        self.push_run(item, 1);
    }

    /// Adds the next items, merged; at most as many as there is [`Self::room`] for.
    fn push_run(&mut self, merged: T, items: u64) {
        debug_assert!((1..=self.room()).contains(&items));
        let is_full = self.items_in_last == self.items_per_column;
        match self.values.last_mut() {
            Some(last) if !is_full => {
                *last = last.merge(merged);
                self.items_in_last += items;
            }
            _ => {
                if self.values.len() == MAXIMUM_COLUMNS {
                    self.halve();
                }
                self.values.push(merged);
                self.items_in_last = items;
            }
        }
    }

    /// Items that surely fall into one column.
    fn room(&self) -> u64 {
        match self.items_per_column - self.items_in_last {
            0 => self.items_per_column,
            room => room,
        }
    }

    /// The columns, oldest first.
    pub fn values(&self) -> &[T] {
        &self.values
    }

    /// Items in each column but the last.
    pub fn items_per_column(&self) -> u64 {
        self.items_per_column
    }

    fn halve(&mut self) {
        for index in 0..self.values.len() / 2 {
            self.values[index] = self.values[2 * index].merge(self.values[2 * index + 1]);
        }
        self.values.truncate(self.values.len() / 2);
        self.items_per_column *= 2;
        self.items_in_last = self.items_per_column;
    }
}

/// Curve of an activation, 0 to 255 for 0 to 1; a column keeps its highest value.
#[derive(Clone, Debug)]
pub struct ActivationCurve {
    columns: Columns<u8>,
    delay_samples: u64,
    first_sample: Option<u64>,
}

impl ActivationCurve {
    fn new(delay_samples: u64) -> Self {
        Self { columns: Columns::new(1), delay_samples, first_sample: None }
    }

    /// Adds the value that came out once `position` samples were heard; values about the time before the first
    /// sample or after the last are left out.
    fn push(&mut self, position: u64, length_samples: Option<u64>, activation: f32) {
        let Some(about) = position.checked_sub(self.delay_samples) else { return };
        if length_samples.is_none_or(|length| about < length) {
            self.first_sample.get_or_insert(about);
            self.columns.push((activation.clamp(0.0, 1.0) * 255.0).round() as u8);
        }
    }

    /// The columns, 0 to 255.
    pub fn values(&self) -> &[u8] {
        self.columns.values()
    }

    /// Hops of 10 ms in each column.
    pub fn hops_per_column(&self) -> u64 {
        self.columns.items_per_column()
    }

    /// The sample that the first column's first hop describes.
    pub fn first_sample(&self) -> u64 {
        self.first_sample.unwrap_or(0)
    }
}

/// Everything that a page draws apart from events.
#[derive(Clone, Debug)]
pub struct Overview {
    /// Extents of the mono mix.
    pub waveform: Columns<Extent>,
    /// Activation of the onset network.
    pub onset: ActivationCurve,
    /// Activation of the beat network for any beat.
    pub beat: ActivationCurve,
    /// Activation of the beat network for a downbeat.
    pub downbeat: ActivationCurve,
    /// Activation of the voice network.
    pub voice: ActivationCurve,
}

impl Overview {
    /// Empty, for a sample rate and the delays of the networks' activations.
    pub fn new(sample_rate_hz: u32, delay_samples: impl Fn(Task) -> u64) -> Self {
        let samples_per_column = u64::from(sample_rate_hz / WAVEFORM_COLUMNS_PER_SECOND).max(1);
        Self {
            waveform: Columns::new(samples_per_column),
            onset: ActivationCurve::new(delay_samples(Task::Onset)),
            beat: ActivationCurve::new(delay_samples(Task::Beat)),
            downbeat: ActivationCurve::new(delay_samples(Task::Beat)),
            voice: ActivationCurve::new(delay_samples(Task::Voice)),
        }
    }

    /// Adds interleaved samples to the waveform.
    pub fn push_samples(&mut self, samples: &[f32], channels: usize) {
        let mut frames = samples.chunks_exact(channels);
        while frames.len() > 0 {
            let count = frames.len().min(usize::try_from(self.waveform.room()).unwrap_or(usize::MAX));
            let mono = frames.by_ref().take(count).map(|frame| frame.iter().sum::<f32>() / channels as f32);
            self.waveform.push_run(Extent::of(mono), count as u64);
        }
    }

    /// Adds a hop's activations; `length_samples` is known once the recording has ended.
    pub fn push_snapshot(&mut self, snapshot: &attacca_engine::Snapshot, length_samples: Option<u64>) {
        let position = snapshot.position.0;
        self.onset.push(position, length_samples, snapshot.onset_activation);
        self.beat.push(position, length_samples, snapshot.beat_activation);
        self.downbeat.push(position, length_samples, snapshot.downbeat_activation);
        self.voice.push(position, length_samples, snapshot.voice_activation);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_never_exceed_their_limit_and_keep_every_peak() {
        let mut columns = Columns::new(3);
        let items = 10 * MAXIMUM_COLUMNS as u64;
        let peak_at = items * 2 / 3;
        for item in 0..items {
            columns.push(u8::from(item == peak_at));
        }
        assert!(columns.values().len() <= MAXIMUM_COLUMNS);
        assert_eq!(columns.items_per_column(), 3 * 4);
        assert_eq!(columns.values().len() as u64, items.div_ceil(columns.items_per_column()));
        let column = columns.values().iter().position(|&value| value == 1).unwrap() as u64;
        assert_eq!(column, peak_at / columns.items_per_column());
    }

    #[test]
    fn the_waveform_is_the_same_however_samples_are_cut() {
        let samples: Vec<f32> = (0..100_000).map(|n| (n as f32 * 0.01).sin() * (n as f32 * 1e-5)).collect();
        let waveform = |block: usize| {
            let mut overview = Overview::new(44_100, |_| 0);
            samples.chunks(block).for_each(|block| overview.push_samples(block, 2));
            overview.waveform
        };
        let whole = waveform(samples.len());
        assert_eq!(whole.values().len() as u64, 50_000_u64.div_ceil(whole.items_per_column()));
        for block in [2, 14, 1000, 4096] {
            assert_eq!(waveform(block).values(), whole.values(), "{block}");
        }
    }

    #[test]
    fn a_curve_starts_where_the_music_does() {
        let mut curve = ActivationCurve::new(1000);
        for hop in 1..=40_u64 {
            curve.push(hop * 441, Some(5000), 0.5);
        }
        assert_eq!(curve.first_sample(), 3 * 441 - 1000);
        assert_eq!(curve.values().len(), (3..=13).count());
        assert!(curve.values().iter().all(|&value| value == 128));
    }

    #[test]
    fn samples_that_are_not_numbers_do_not_reach_the_waveform() {
        let of = |samples: &[f32]| Extent::of(samples.iter().copied());
        assert_eq!(of(&[f32::NAN]), Extent { low: 0, high: 0 });
        assert_eq!(of(&[f32::INFINITY, f32::NAN]), Extent { low: 127, high: 127 });
        assert_eq!(of(&[f32::NAN, 0.5, -1.0, f32::NAN]), Extent { low: -127, high: 64 });
    }
}
