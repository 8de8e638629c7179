//! The host's transport: where it jumps and stops. Audio thread.

use nice_plug::prelude::Transport;

/// What changed with a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TransportChange {
    /// The music goes on elsewhere: a loop, a jump, a new start.
    pub jumped: bool,
    /// It stopped.
    pub stopped: bool,
}

/// What the host said last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TransportFollower {
    playing: bool,
    /// Where the next block begins if nothing jumps.
    expected_samples: Option<i64>,
}

impl TransportFollower {
    /// Takes what the host says at the beginning of a block.
    pub fn follow(&mut self, transport: &Transport, block_samples: usize) -> TransportChange {
        self.step(transport.playing, transport.pos_samples(), block_samples)
    }

    fn step(&mut self, playing: bool, position: Option<i64>, block_samples: usize) -> TransportChange {
        let started = playing && !self.playing && self.expected_samples.is_some();
        let elsewhere = match (position, self.expected_samples) {
            // Positions that come from seconds or beats are rounded.
            (Some(position), Some(expected)) => playing && (position - expected).abs() > 2,
            _ => false,
        };
        let change = TransportChange {
            jumped: elsewhere || (started && position != self.expected_samples),
            stopped: self.playing && !playing,
        };
        let advance = if playing { block_samples as i64 } else { 0 };
        self.playing = playing;
        self.expected_samples = position.map(|position| position + advance);
        change
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jumps(blocks: &[(bool, i64)]) -> Vec<bool> {
        let mut follower = TransportFollower::default();
        blocks.iter().map(|&(playing, position)| follower.step(playing, Some(position), 64).jumped).collect()
    }

    #[test]
    fn a_steady_transport_jumps_never() {
        assert_eq!(jumps(&[(true, 0), (true, 64), (true, 128), (true, 193)]), [false; 4]);
        assert_eq!(jumps(&[(true, 0), (true, 64), (false, 128), (false, 128), (true, 128)]), [false; 5]);
    }

    #[test]
    fn loops_and_jumps_are_seen_while_it_plays() {
        assert_eq!(jumps(&[(true, 1000), (true, 0), (true, 64)]), [false, true, false]);
        assert_eq!(jumps(&[(false, 1000), (true, 0)]), [false, true]);
    }

    #[test]
    fn a_stop_is_said_once() {
        let mut follower = TransportFollower::default();
        let stops = [true, false, false].map(|playing| follower.step(playing, None, 64).stopped);
        assert_eq!(stops, [false, true, false]);
    }
}
