//! A room after Manfred Schroeder: *Natural Sounding Artificial Reverberation* (JAES 1962), parallel combs with
//! damping followed by two all-passes. The direct sound stays in front, undelayed.

use rand::Rng;

use crate::compose::Random;

/// Comb delays in seconds: mutually prime in samples at 44.1 kHz, after Jezar's Freeverb.
const COMB_SECONDS: [f32; 6] = [0.0253, 0.0269, 0.0290, 0.0307, 0.0322, 0.0338];

/// All-pass delays in seconds.
const ALL_PASS_SECONDS: [f32; 2] = [0.0126, 0.0100];

/// Feedback of the all-passes.
const ALL_PASS_FEEDBACK: f32 = 0.5;

/// Adds a room of random size and wetness.
pub fn apply(audio: &mut [f32], sample_rate: f32, random: &mut Random) -> String {
    let seconds = random.random_range(0.2f32.ln()..2.2f32.ln()).exp();
    let wet = random.random_range(0.05..0.45);
    let damping = random.random_range(0.1..0.7);
    let pre_delay = (random.random_range(0.0..0.03) * sample_rate) as usize;
    add_room(audio, Room { seconds, wet, damping, pre_delay }, sample_rate);
    format!("reverb {seconds:.1} s {:.0} %", 100.0 * wet)
}

struct Room {
    /// Time in which the tail falls by 60 dB.
    seconds: f32,
    wet: f32,
    damping: f32,
    pre_delay: usize,
}

fn add_room(audio: &mut [f32], room: Room, sample_rate: f32) {
    let mut tail = vec![0.0f32; audio.len()];
    for delay in COMB_SECONDS {
        let feedback = 10f32.powf(-3.0 * delay / room.seconds);
        let mut line = vec![0.0f32; (delay * sample_rate) as usize];
        let (mut at, mut damped) = (0, 0.0f32);
        for (out, input) in tail.iter_mut().skip(room.pre_delay).zip(audio.iter()) {
            let delayed = line[at];
            damped = delayed + room.damping * (damped - delayed);
            line[at] = input + feedback * damped;
            at = (at + 1) % line.len();
            *out += delayed / COMB_SECONDS.len() as f32;
        }
    }
    for delay in ALL_PASS_SECONDS {
        let mut line = vec![0.0f32; (delay * sample_rate) as usize];
        let mut at = 0;
        for sample in &mut tail {
            let delayed = line[at];
            let input = *sample + ALL_PASS_FEEDBACK * delayed;
            line[at] = input;
            *sample = delayed - ALL_PASS_FEEDBACK * input;
            at = (at + 1) % line.len();
        }
    }
    for (sample, tail) in audio.iter_mut().zip(tail) {
        *sample += 2.0 * room.wet * tail;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_direct_sound_is_untouched_and_the_tail_decays() {
        let mut audio = vec![0.0f32; 44_100 * 3];
        audio[1000] = 1.0;
        add_room(&mut audio, Room { seconds: 1.0, wet: 0.4, damping: 0.3, pre_delay: 200 }, 44_100.0);
        assert_eq!(audio[1000], 1.0);
        assert!(audio[..1000].iter().all(|sample| *sample == 0.0));
        let energy = |from: usize| audio[from..from + 8820].iter().map(|x| x * x).sum::<f32>();
        assert!(energy(4000) > 0.0);
        // 60 dB a second less what damping takes: at least 60 dB between 0.1 s and 1.3 s.
        assert!(energy(4000 + 52_920) < 1e-6 * energy(4000));
    }
}
