//! Adaptive whitening: bands divided by their recent peaks. Audio thread once built; no latency. Stowell and Plumbley,
//! *Adaptive whitening for improved real-time audio onset detection*, ICMC 2007.

use attacca_models::front_end::{FRAMES_PER_SECOND, Whitening};

/// What is left of a peak after the memory's time: −20 dB.
const DECAY: f64 = 0.1;

/// The peak follower of each band.
#[derive(Clone, Debug)]
pub(super) struct PeakFollower {
    floor: f32,
    memory_frames: usize,
    /// Factor on a peak from frame to frame.
    memory: f32,
    /// `[band]`.
    peaks: Vec<f32>,
}

impl PeakFollower {
    pub(super) fn new(whitening: Whitening, bands: usize) -> Self {
        let frames = whitening.memory_seconds * f64::from(FRAMES_PER_SECOND);
        Self {
            floor: whitening.floor,
            memory_frames: frames.ceil() as usize,
            memory: DECAY.powf(frames.recip()) as f32,
            peaks: vec![0.0; bands],
        }
    }

    /// Frames in which a peak decays by 20 dB.
    pub(super) fn memory_frames(&self) -> usize {
        self.memory_frames
    }

    /// Divides the magnitudes `[band]` of the next frame by the peaks of their bands, this frame's included.
    pub(super) fn whiten(&mut self, magnitudes: &mut [f32]) {
        for (magnitude, peak) in magnitudes.iter_mut().zip(&mut self.peaks) {
            *peak = magnitude.max(self.floor).max(self.memory * *peak);
            *magnitude /= *peak;
        }
    }

    /// Back to before the first frame.
    pub(super) fn reset(&mut self) {
        self.peaks.fill(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Half a second of memory: a factor of 0.1^(1/50) a frame.
    fn follower() -> PeakFollower {
        PeakFollower::new(Whitening { memory_seconds: 0.5, floor: 0.01 }, 3)
    }

    #[test]
    fn a_band_is_divided_by_the_peak_that_it_remembers() {
        let mut follower = follower();
        let mut frame = [0.8, 0.0025, 0.0];
        follower.whiten(&mut frame);
        assert_eq!(frame, [1.0, 0.25, 0.0]);
        for _ in 1..50 {
            follower.whiten(&mut [0.0; 3]);
        }
        // The fiftieth frame after the peak: it has decayed to 0.08. The floor of the others has not.
        let mut frame = [0.04, 0.005, 0.02];
        follower.whiten(&mut frame);
        for (value, expected) in frame.into_iter().zip([0.5, 0.5, 1.0]) {
            // Fifty products in single precision.
            assert!((value - expected).abs() < 1e-5, "{value}, not {expected}");
        }
    }

    #[test]
    fn a_reset_forgets_the_peaks() {
        let mut follower = follower();
        follower.whiten(&mut [1.0; 3]);
        follower.reset();
        let mut frame = [0.5; 3];
        follower.whiten(&mut frame);
        assert_eq!(frame, [1.0; 3]);
    }
}
