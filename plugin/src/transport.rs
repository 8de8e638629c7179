//! The host's transport: where it jumps, stops, and how fast it says that the music is. Audio thread.

use attacca_engine::Bpm;
use nice_plug::prelude::Transport;

/// What changed with a block.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TransportChange {
    /// The music goes on elsewhere: a loop, a jump, a new start.
    pub jumped: bool,
    /// It stopped.
    pub stopped: bool,
    /// The tempo that the host says, where that is another one.
    pub tempo: Option<Option<Bpm>>,
}

/// What the host said last.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TransportFollower {
    playing: bool,
    /// Where the next block begins if nothing jumps.
    expected_samples: Option<i64>,
    tempo: Option<Bpm>,
}

impl TransportFollower {
    /// Takes what the host says at the beginning of a block.
    pub fn follow(&mut self, transport: &Transport, block_samples: usize) -> TransportChange {
        let position = transport.pos_samples();
        let tempo = transport.tempo.map(|bpm| Bpm(bpm as f32));
        self.step(transport.playing, position, tempo, block_samples)
    }

    /// Follows nothing from now on. The tempo that was said is taken back.
    pub fn forget(&mut self) -> TransportChange {
        let tempo = self.tempo.is_some().then_some(None);
        *self = Self::default();
        TransportChange { tempo, ..TransportChange::default() }
    }

    fn step(
        &mut self,
        playing: bool,
        position: Option<i64>,
        tempo: Option<Bpm>,
        block_samples: usize,
    ) -> TransportChange {
        let started = playing && !self.playing && self.expected_samples.is_some();
        let elsewhere = match (position, self.expected_samples) {
            // Positions that come from seconds or beats are rounded.
            (Some(position), Some(expected)) => playing && (position - expected).abs() > 2,
            _ => false,
        };
        let change = TransportChange {
            jumped: elsewhere || (started && position != self.expected_samples),
            stopped: self.playing && !playing,
            tempo: (tempo != self.tempo).then_some(tempo),
        };
        let advance = if playing { block_samples as i64 } else { 0 };
        self.playing = playing;
        self.expected_samples = position.map(|position| position + advance);
        self.tempo = tempo;
        change
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jumps(blocks: &[(bool, i64)]) -> Vec<bool> {
        let mut follower = TransportFollower::default();
        blocks.iter().map(|&(playing, position)| follower.step(playing, Some(position), None, 64).jumped).collect()
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
    fn a_stop_and_a_tempo_are_said_once() {
        let mut follower = TransportFollower::default();
        let mut step = |playing, bpm| follower.step(playing, None, Some(Bpm(bpm)), 64);
        assert_eq!(step(true, 120.0).tempo, Some(Some(Bpm(120.0))));
        assert_eq!(step(true, 120.0), TransportChange::default());
        assert!(step(false, 120.0).stopped && !step(false, 120.0).stopped);
        assert_eq!(follower.forget().tempo, Some(None));
    }
}
