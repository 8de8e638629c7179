//! How the input is cut into blocks, and in which layout it comes, changes nothing; and nothing allocates.

use attacca_engine::{
    features::FeatureBank,
    input::{Hop, Input},
};
use proptest::prelude::*;

use crate::material::{all_front_ends, guitar_excerpt};

/// Everything that hops and frames say, as bits.
type Transcript = Vec<u32>;

/// Listens as `push` says and writes down every hop.
fn transcript(
    sample_rate_hz: u32,
    channels: usize,
    push: impl FnOnce(&mut Input, &mut dyn FnMut(&Hop<'_>)),
) -> Transcript {
    let front_ends = all_front_ends();
    let mut input = Input::new(sample_rate_hz, channels).unwrap();
    let mut bank = FeatureBank::new(&front_ends, input.analysis_rate()).unwrap();
    let frame_length: usize = front_ends.iter().map(|front_end| front_end.shape().len()).sum();
    let mut transcript = Vec::with_capacity(400 * (frame_length + 4));
    assert_no_alloc::assert_no_alloc(|| {
        push(&mut input, &mut |hop| {
            bank.update(hop);
            transcript.extend([hop.index as u32, hop.position.0 as u32, hop.level_dbfs.to_bits(), hop.peak.to_bits()]);
            for index in 0..front_ends.len() {
                transcript.extend(bank.frame(index).iter().map(|value| value.to_bits()));
            }
        });
    });
    transcript
}

/// The excerpt and its reverse as a stereo recording, with a few samples that no recording should have.
fn stereo() -> Vec<f32> {
    let excerpt = guitar_excerpt();
    let mut stereo: Vec<f32> = excerpt.iter().zip(excerpt.iter().rev()).flat_map(|(&l, &r)| [l, r]).collect();
    stereo.truncate(2 * 30_000);
    stereo[20_000] = f32::NAN;
    stereo[30_001] = f32::NEG_INFINITY;
    stereo[40_002] = 1e-40;
    stereo
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn hops_and_frames_do_not_depend_on_the_blocks(
        blocks in prop::collection::vec(prop_oneof![1..64_usize, 1..=8_192_usize], 1..40),
        sample_rate_hz in prop::sample::select(vec![8_000_u32, 44_056, 44_100, 96_000, 384_000]),
    ) {
        let samples = stereo();
        let whole = transcript(sample_rate_hz, 2, |input, on_hop| input.push_interleaved(&samples, on_hop));
        prop_assert!(!whole.is_empty());
        let in_blocks = transcript(sample_rate_hz, 2, |input, on_hop| {
            let mut rest = samples.as_slice();
            for &block in blocks.iter().cycle() {
                let (now, later) = rest.split_at((2 * block).min(rest.len()));
                input.push_interleaved(now, &mut *on_hop);
                rest = later;
                if rest.is_empty() {
                    break;
                }
            }
        });
        prop_assert!(whole == in_blocks);

        let left: Vec<f32> = samples.iter().copied().step_by(2).collect();
        let right: Vec<f32> = samples.iter().copied().skip(1).step_by(2).collect();
        let planar = transcript(sample_rate_hz, 2, |input, on_hop| {
            let mut start = 0;
            for &block in blocks.iter().cycle() {
                let end = (start + block).min(left.len());
                input.push_planar(&[&left[start..end], &right[start..end], &[]], &mut *on_hop);
                start = end;
                if start == left.len() {
                    break;
                }
            }
        });
        prop_assert!(whole == planar);
    }
}

#[test]
fn a_reset_forgets_everything() {
    let (front_ends, samples) = (all_front_ends(), guitar_excerpt());
    let mut input = Input::new(44_100, 1).unwrap();
    let mut bank = FeatureBank::new(&front_ends, input.analysis_rate()).unwrap();
    let mut listen = |input: &mut Input, samples: &[f32]| {
        let mut frames: Vec<f32> = Vec::new();
        input.push_interleaved(samples, |hop| {
            bank.update(hop);
            (0..front_ends.len()).for_each(|index| frames.extend(bank.frame(index)));
        });
        input.reset();
        bank.reset();
        assert!((0..front_ends.len()).all(|index| bank.frame(index).iter().all(|&value| value == 0.0)));
        frames
    };
    let first = listen(&mut input, &samples[..20_000]);
    listen(&mut input, &samples[50_000..77_777]);
    assert_eq!(listen(&mut input, &samples[..20_000]), first);
}

#[test]
fn channels_are_averaged_and_missing_ones_silent() {
    let peak_and_sample = |channels: usize, planes: &[&[f32]]| {
        let mut input = Input::new(8_000, channels).unwrap();
        let mut heard = Vec::new();
        input.push_planar(planes, |hop| heard.push((hop.peak, hop.newest(1)[0])));
        heard
    };
    let (loud, soft) = ([0.75; 80], [-0.25; 80]);
    assert_eq!(peak_and_sample(2, &[&loud, &soft]), [(0.75, 0.25)]);
    assert_eq!(peak_and_sample(4, &[&loud, &soft]), [(0.75, 0.125)]);
    assert_eq!(peak_and_sample(1, &[&soft, &loud]), [(0.25, -0.25)]);
    assert_eq!(peak_and_sample(2, &[&loud, &soft[..79]]), []);
    assert_eq!(peak_and_sample(2, &[]), []);
}

#[test]
fn a_last_incomplete_frame_is_ignored() {
    let mut input = Input::new(8_000, 3).unwrap();
    let mut hops = 0;
    input.push_interleaved(&[0.5; 3 * 79 + 2], |_| hops += 1);
    input.push_interleaved(&[0.5; 2], |_| hops += 1);
    assert_eq!(hops, 0);
    input.push_interleaved(&[0.5; 3], |hop| {
        hops += 1;
        assert_eq!((hop.index, hop.position.0, hop.new_samples().len()), (0, 80, 80));
    });
    assert_eq!(hops, 1);
}

#[test]
fn identical_front_ends_and_shared_transforms_give_the_same_frames() {
    let (front_ends, samples) = (all_front_ends(), guitar_excerpt());
    let mut input = Input::new(44_100, 1).unwrap();
    let mut together = FeatureBank::new(&front_ends, input.analysis_rate()).unwrap();
    let mut alone: Vec<FeatureBank> = front_ends
        .iter()
        .map(|front_end| FeatureBank::new(std::slice::from_ref(front_end), input.analysis_rate()).unwrap())
        .collect();
    input.push_interleaved(&samples[..30_000], |hop| {
        together.update(hop);
        for (index, bank) in alone.iter_mut().enumerate() {
            bank.update(hop);
            assert_eq!(together.frame(index), bank.frame(0));
            assert_eq!(together.frame(index).len(), front_ends[index].shape().len());
        }
    });
    assert!(together.frame(front_ends.len()).is_empty());
}
