use rand::SeedableRng;

use super::*;

/// An instrument of tones: `soft` and `loud` on key 60, loops of a hundred frames.
fn instrument(sfz: &str) -> (tempfile::TempDir, Sampler) {
    let folder = tempfile::tempdir().unwrap();
    for (name, amplitude) in [("soft", 0.1f32), ("loud", 0.4)] {
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: SAMPLE_RATE,
            bits_per_sample: 32,
            sample_format: hound::SampleFormat::Float,
        };
        let mut file = hound::WavWriter::create(folder.path().join(name).with_extension("wav"), spec).unwrap();
        // 441 Hz: a period of exactly 100 frames.
        for frame in 0..44_100 {
            file.write_sample(amplitude * (std::f32::consts::TAU * frame as f32 / 100.0).cos()).unwrap();
        }
        file.finalize().unwrap();
    }
    let file = folder.path().join("x.sfz");
    std::fs::write(&file, sfz).unwrap();
    let sampler = Sampler::load(&file).unwrap();
    (folder, sampler)
}

const LAYERS: &str = "<global> amp_veltrack=0 ampeg_release=0.01 pitch_keycenter=60\n\
    <region> sample=soft.flac hivel=63\n<region> sample=loud.flac lovel=64";

fn render(sampler: &Sampler, notes: &[Note]) -> Vec<f32> {
    let mut audio = vec![0.0; 2 * SAMPLE_RATE as usize];
    let playing = Playing { gain_db: 0.0, cents: 0.0 };
    sampler.render(notes, playing, &mut audio, &mut Random::seed_from_u64(1));
    audio
}

fn level(audio: &[f32]) -> f32 {
    (audio.iter().map(|sample| sample * sample).sum::<f32>() / audio.len() as f32).sqrt()
}

fn note(onset: f64, key: u8, velocity: u8) -> Note {
    Note { onset, offset: onset + 0.5, key, velocity }
}

#[test]
fn layers_are_chosen_by_velocity_and_levelled_to_the_reference() {
    let (_folder, sampler) = instrument(LAYERS);
    let loud = level(&render(&sampler, &[note(0.0, 60, 100)])[..20_000]);
    let soft = level(&render(&sampler, &[note(0.0, 60, 30)])[..20_000]);
    assert!((loud / REFERENCE_LEVEL - 1.0).abs() < 0.01, "{loud}");
    assert!((loud / soft - 4.0).abs() < 0.01, "{loud} and {soft}");
    assert_eq!(sampler.attack_seconds(), 0.0);
}

#[test]
fn notes_start_where_they_are_written_sound_at_their_pitch_and_end() {
    let (_folder, sampler) = instrument(LAYERS);
    let audio = render(&sampler, &[note(0.7, 72, 100)]);
    let first = audio.iter().position(|sample| sample.abs() > 0.01).unwrap();
    assert!(first.abs_diff(30_870) <= 1, "{first}");
    let crossings = audio[31_000..48_000].windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count();
    // An octave above 441 Hz, over 17,000 frames.
    assert!(crossings.abs_diff(340) <= 1, "{crossings}");
    // The recording is half as long as it is at its own pitch; the note ends before that.
    assert!(level(&audio[54_000..]) < 1e-6);
}

#[test]
fn loops_outlast_the_recording_and_one_shots_the_note() {
    let (_folder, looped) =
        instrument("<region> sample=loud.wav loop_mode=loop_continuous loop_start=1000 loop_end=1099");
    let held = Note { offset: 1.8, ..note(0.0, 60, 127) };
    let audio = render(&looped, &[held]);
    let [early, late] = [&audio[10_000..20_000], &audio[60_000..70_000]].map(level);
    assert!((early / late - 1.0).abs() < 0.01);
    let (_folder, shot) = instrument("<region> sample=loud.wav loop_mode=one_shot");
    let audio = render(&shot, &[Note { offset: 0.01, ..note(0.0, 60, 127) }]);
    assert!(level(&audio[30_000..40_000]) > 0.01);
}

#[test]
fn recordings_take_turns() {
    let (_folder, sampler) = instrument(
        "<group> seq_length=2 amp_veltrack=0\n<region> sample=soft.wav seq_position=1\n<region> sample=loud.wav seq_position=2",
    );
    let audio = render(&sampler, &[note(0.0, 60, 100), note(0.6, 60, 100), note(1.2, 60, 100)]);
    let levels = [0.1, 0.7, 1.3].map(|time: f64| level(&audio[(time * 44_100.0) as usize..][..4_410]));
    assert!((levels[1] / levels[0] - 4.0).abs() < 0.05 && (levels[2] / levels[0] - 1.0).abs() < 0.05, "{levels:?}");
}

#[test]
fn missing_recordings_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.sfz");
    std::fs::write(&file, "<region> sample=gone.wav").unwrap();
    assert!(Sampler::load(&file).unwrap_err().to_string().contains("sample gone.wav: not found"));
}
