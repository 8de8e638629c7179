//! From samples of any rate, block size and number of channels to hops of 10 ms.
//!
//! Built on the main thread, then owned by the audio thread: pushing samples never allocates and cannot fail. Each
//! sample is guarded (NaN, infinities, absurd levels, denormals), the channels are averaged, and the mix is halved in
//! rate while that is 88.2 kHz or above. What comes out depends on the samples alone and never on how they were cut
//! into blocks.
//!
//! Below 88.2 kHz there is no latency. Above, each hop waits for the decimation filters, so that a recording gives the
//! same hops at every rate; [`Input::latency_samples`] says for how long (under 0.4 ms).

mod analysis_rate;
pub(crate) mod dot;
mod guard;
mod half_band;
mod hop;
mod ring;

use attacca_models::front_end::{FRAMES_PER_SECOND, MAXIMUM_WINDOW_SECONDS};

pub use self::{
    analysis_rate::{AnalysisRate, DECIMATION_THRESHOLD_HZ},
    guard::{FAINTEST_MAGNITUDE, LOUDEST_MAGNITUDE},
    hop::{Hop, HopFacts, SILENCE_DBFS},
};
use self::{dot::dot, guard::Guard, half_band::HalfBandDecimator, ring::MirroredRing};
use crate::{hop_clock::HopClock, time::SamplePosition};

/// The lowest sample rate that is heard.
pub const MINIMUM_SAMPLE_RATE_HZ: u32 = 8_000;
/// The highest sample rate that is heard.
pub const MAXIMUM_SAMPLE_RATE_HZ: u32 = 384_000;
/// The most channels that are heard.
pub const MAXIMUM_CHANNELS: usize = 8;

/// Frames mixed at a time; a matter of cache, not of meaning.
const MIX_FRAMES: usize = 256;

/// What the ring holds beyond [`MAXIMUM_WINDOW_SECONDS`]: a window is rounded up by less than 4 %, and its hop may be
/// computed while the next one arrives.
const RING_SLACK_SECONDS: f64 = 0.03;

/// Why an input cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// The sample rate is out of range.
    #[error("sample rate: expected {MINIMUM_SAMPLE_RATE_HZ} to {MAXIMUM_SAMPLE_RATE_HZ} Hz, found {actual_hz} Hz")]
    SampleRate {
        /// The rate asked for, in Hz.
        actual_hz: u32,
    },
    /// The number of channels is out of range.
    #[error("channels: expected 1 to {MAXIMUM_CHANNELS}, found {actual}")]
    Channels {
        /// The number asked for.
        actual: usize,
    },
}

/// Cuts what it hears into hops.
#[derive(Clone, Debug)]
pub struct Input {
    channels: usize,
    rate: AnalysisRate,
    clock: HopClock,
    guard: Guard,
    /// Largest magnitude of any channel since the last hop.
    peak: f32,
    mix: [f32; MIX_FRAMES],
    decimators: Vec<HalfBandDecimator>,
    /// Decimated samples still to come that describe time before the first input sample: they are not heard, so that
    /// analysis sample `n` describes input sample `n · input_samples_per_sample` at every rate.
    lead_in: usize,
    ring: MirroredRing,
    /// Index of the hop that ends with the newest sample, where one does and is not completed yet.
    due_hop: Option<u64>,
    newest_hop: HopFacts,
    /// Samples of the ring that came after the newest hop.
    newer_samples: usize,
}

impl Input {
    /// An input of interleaved or planar samples.
    ///
    /// # Errors
    /// [`InputError`] where the rate is not 8,000 to 384,000 Hz or the channels are not 1 to 8.
    pub fn new(sample_rate_hz: u32, channels: usize) -> Result<Self, InputError> {
        if !(MINIMUM_SAMPLE_RATE_HZ..=MAXIMUM_SAMPLE_RATE_HZ).contains(&sample_rate_hz) {
            return Err(InputError::SampleRate { actual_hz: sample_rate_hz });
        }
        if !(1..=MAXIMUM_CHANNELS).contains(&channels) {
            return Err(InputError::Channels { actual: channels });
        }
        let rate = AnalysisRate::for_input(sample_rate_hz);
        let ring_seconds = MAXIMUM_WINDOW_SECONDS + RING_SLACK_SECONDS;
        Ok(Self {
            channels,
            rate,
            clock: HopClock::new(sample_rate_hz, decimation_latency(rate)),
            guard: Guard::default(),
            peak: 0.0,
            mix: [0.0; MIX_FRAMES],
            decimators: (0..rate.halvings()).map(|_| HalfBandDecimator::new()).collect(),
            lead_in: lead_in(rate),
            ring: MirroredRing::new((ring_seconds * rate.hz()).ceil() as usize),
            due_hop: None,
            newest_hop: HopFacts::default(),
            newer_samples: 0,
        })
    }

    /// Hears frames of one sample for each channel and calls `on_hop` for each hop that ends in them. A last
    /// incomplete frame is ignored.
    pub fn push_interleaved(&mut self, samples: &[f32], mut on_hop: impl FnMut(&Hop<'_>)) {
        let mut rest = samples;
        while self.hear_interleaved(&mut rest) {
            if self.complete_hop() {
                on_hop(&self.newest_hop());
            }
        }
    }

    /// Hears one slice for each channel, all as long as the shortest, and calls `on_hop` for each hop that ends in
    /// them. Missing channels are heard as silence, channels beyond those of the input not at all.
    pub fn push_planar(&mut self, channels: &[&[f32]], mut on_hop: impl FnMut(&Hop<'_>)) {
        let mut start = 0;
        while self.hear_planar(channels, &mut start) {
            if self.complete_hop() {
                on_hop(&self.newest_hop());
            }
        }
    }

    /// Hears some of the frames that are left, up to the end of a hop at most, and takes them off `rest`; `false` where
    /// no whole frame was left. [`Input::complete_hop`] is to follow.
    pub(crate) fn hear_interleaved(&mut self, rest: &mut &[f32]) -> bool {
        let frames = self.frames_to_mix(rest.len() / self.channels);
        let (now, later) = rest.split_at(frames * self.channels);
        let ordinary = self.peak_of_ordinary(now);
        if ordinary && self.channels == 1 {
            self.mix[..frames].copy_from_slice(now);
        } else {
            for (frame, samples) in now.chunks_exact(self.channels).enumerate() {
                self.mix[frame] = if ordinary {
                    samples.iter().sum()
                } else {
                    samples.iter().map(|&sample| self.guarded(sample)).sum()
                };
            }
        }
        *rest = later;
        self.hear_mix(frames)
    }

    /// As [`Input::hear_interleaved`], of planar channels from frame `start` on, which moves on.
    pub(crate) fn hear_planar(&mut self, channels: &[&[f32]], start: &mut usize) -> bool {
        let heard = &channels[..channels.len().min(self.channels)];
        let total = heard.iter().map(|channel| channel.len()).min().unwrap_or(0);
        let frames = self.frames_to_mix(total.saturating_sub(*start));
        self.mix.fill(0.0);
        for channel in heard {
            let now = &channel[*start..*start + frames];
            let ordinary = self.peak_of_ordinary(now);
            for (frame, &sample) in now.iter().enumerate() {
                self.mix[frame] += if ordinary { sample } else { self.guarded(sample) };
            }
        }
        *start += frames;
        self.hear_mix(frames)
    }

    /// Frames that can be mixed at once: none goes beyond the next hop.
    fn frames_to_mix(&self, frames_left: usize) -> usize {
        let until_hop = usize::try_from(self.clock.samples_until_hop()).unwrap_or(usize::MAX);
        frames_left.min(MIX_FRAMES).min(until_hop)
    }

    /// Whether none of these samples of any channels is to be changed; their peak is then heard.
    fn peak_of_ordinary(&mut self, samples: &[f32]) -> bool {
        let peak = Guard::peak_of_ordinary(samples);
        self.peak = self.peak.max(peak.unwrap_or(0.0));
        peak.is_some()
    }

    /// A sample that may have to be changed, its peak heard.
    fn guarded(&mut self, sample: f32) -> f32 {
        let sample = self.guard.pass(sample);
        self.peak = self.peak.max(sample.abs());
        sample
    }

    fn hear_mix(&mut self, frames: usize) -> bool {
        let mean = 1.0 / self.channels as f32;
        let mix = &mut self.mix[..frames];
        mix.iter_mut().for_each(|sum| *sum *= mean);
        let mut analysed = frames;
        for stage in &mut self.decimators {
            analysed = stage.decimate(&mut mix[..analysed]);
        }
        let left_out = analysed.min(self.lead_in);
        self.lead_in -= left_out;
        self.ring.extend(&mix[left_out..analysed]);
        self.newer_samples += analysed - left_out;
        self.due_hop = self.clock.advance(frames as u64);
        frames > 0
    }

    /// Makes the hop that ends with the newest sample the newest, where one does.
    pub(crate) fn complete_hop(&mut self) -> bool {
        let Some(index) = self.due_hop.take() else { return false };
        self.newest_hop = HopFacts {
            index,
            position: SamplePosition(self.clock.heard_samples()),
            level_dbfs: level_dbfs(self.ring.newest(self.newer_samples)),
            peak: std::mem::take(&mut self.peak),
            neutralised_samples: self.guard.neutralised_samples,
            denormal_samples: self.guard.denormal_samples,
            new_samples: self.newer_samples,
        };
        self.newer_samples = 0;
        true
    }

    /// The hop that was completed last, as it was then, until the next one is; not meaningful before the first.
    pub(crate) fn newest_hop(&self) -> Hop<'_> {
        Hop { facts: self.newest_hop, ring: &self.ring, newer_samples: self.newer_samples }
    }

    /// Samples of the input since the newest hop was completed.
    pub(crate) fn samples_since_hop(&self) -> u64 {
        self.clock.heard_samples() - self.newest_hop.position.0
    }

    /// Samples heard since the beginning or the last reset.
    pub fn position(&self) -> SamplePosition {
        SamplePosition(self.clock.heard_samples())
    }

    /// Sample rate of the input in Hz.
    pub fn sample_rate_hz(&self) -> u32 {
        self.rate.input_hz()
    }

    /// The number of channels.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// The rate of the samples in a [`Hop`].
    pub fn analysis_rate(&self) -> AnalysisRate {
        self.rate
    }

    /// Input samples by which a hop comes later than the music in it, for the decimation's sake.
    pub fn latency_samples(&self) -> u64 {
        decimation_latency(self.rate)
    }

    /// Samples so far that were NaN or infinite (heard as 0) or louder than [`LOUDEST_MAGNITUDE`] (limited to it),
    /// over all channels.
    pub fn neutralised_samples(&self) -> u64 {
        self.guard.neutralised_samples
    }

    /// Samples so far that were denormal (heard as 0), over all channels. They are ordinary where a sound dies away
    /// and no sign of anything wrong, and so are not among the neutralised ones.
    pub fn denormal_samples(&self) -> u64 {
        self.guard.denormal_samples
    }

    /// Back to before the first sample; keeps every buffer, and the counters of harmful samples go on.
    pub fn reset(&mut self) {
        self.clock.reset();
        self.peak = 0.0;
        self.decimators.iter_mut().for_each(HalfBandDecimator::reset);
        self.lead_in = lead_in(self.rate);
        self.ring.reset();
        self.due_hop = None;
        self.newest_hop = HopFacts::default();
        self.newer_samples = 0;
    }
}

/// The latency of all halvings in input samples.
fn decimation_latency(rate: AnalysisRate) -> u64 {
    half_band::LATENCY_SAMPLES * (rate.input_samples_per_sample() - 1)
}

/// The same in analysis samples; a whole number, since the latency of a halving is a multiple of 8.
fn lead_in(rate: AnalysisRate) -> usize {
    (decimation_latency(rate) / rate.input_samples_per_sample()) as usize
}

/// Root-mean-square level of samples in dB relative to full scale.
fn level_dbfs(samples: &[f32]) -> f32 {
    let mean_square = dot::<8>(samples, samples) / samples.len().max(1) as f32;
    (10.0 * mean_square.log10()).max(SILENCE_DBFS)
}

const _: () = assert!(RING_SLACK_SECONDS > 0.04 * MAXIMUM_WINDOW_SECONDS + 1.0 / FRAMES_PER_SECOND as f64);
