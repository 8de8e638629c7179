//! What listening costs. Runs on the audio thread: plain arithmetic.

/// Time spent in the audio callback as a share of the block's duration.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Load {
    /// Mean over about five seconds.
    pub mean: f32,
    /// The largest, forgotten within about five seconds.
    pub worst: f32,
    /// Blocks that took longer than they last.
    pub late_blocks: u64,
}

/// Time in which a load is forgotten.
const LOAD_SECONDS: f32 = 5.0;

impl Load {
    /// Takes in a block.
    pub fn add(&mut self, spent_seconds: f32, block_seconds: f32) {
        if block_seconds <= 0.0 {
            return;
        }
        let share = spent_seconds / block_seconds;
        let forget = (-block_seconds / LOAD_SECONDS).exp();
        self.mean = share + (self.mean - share) * forget;
        self.worst = share.max(self.worst * forget);
        self.late_blocks += u64::from(share > 1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn load_is_a_mean_and_a_worst_that_fades() {
        let mut load = Load::default();
        for _ in 0..5000 {
            load.add(0.001, 0.01);
        }
        assert!((load.mean - 0.1).abs() < 1e-3 && load.late_blocks == 0);
        load.add(0.02, 0.01);
        assert_eq!((load.worst, load.late_blocks), (2.0, 1));
        for _ in 0..1000 {
            load.add(0.001, 0.01);
        }
        assert!(load.worst < 0.3, "{load:?}");
    }
}
