//! A singer made of pulses through two resonances, so that what is asked of real ones is checked without them.

use std::path::Path;

use rand::SeedableRng;

use super::*;

const RATE: f64 = SAMPLE_RATE as f64;

/// A second of a vowel at 200 Hz after 0.1 s of hiss, with two resonances.
fn clip(formants_hz: [f64; 2], random: &mut Random) -> Vec<f32> {
    let mut audio: Vec<f64> = (0..(1.1 * RATE) as usize)
        .map(|sample| match sample as f64 / RATE {
            time if time < 0.1 => 0.02 * random.random_range(-1.0..1.0),
            time => f64::from(u8::from((200.0 * time).fract() < 200.0 / RATE)),
        })
        .collect();
    for hz in formants_hz {
        let radius = (-std::f64::consts::PI * 90.0 / RATE).exp();
        let (first, second) = (2.0 * radius * (std::f64::consts::TAU * hz / RATE).cos(), -radius * radius);
        for index in 2..audio.len() {
            audio[index] += first * audio[index - 1] + second * audio[index - 2];
        }
    }
    let loudest = audio.iter().fold(0.0f64, |loudest, sample| loudest.max(sample.abs()));
    audio.iter().map(|sample| (0.5 * sample / loudest) as f32).collect()
}

fn write(file: &Path, audio: &[f32]) {
    let format = hound::WavSpec {
        channels: 1,
        sample_rate: SAMPLE_RATE,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(file, format).unwrap();
    audio.iter().for_each(|sample| writer.write_sample((32_767.0 * sample) as i16).unwrap());
    writer.finalize().unwrap();
}

/// Fills a folder with a singer's clips and their table.
pub(crate) fn write_clips(folder: &Path) {
    let mut random = Random::seed_from_u64(1);
    let mut table = String::new();
    for number in 0..10 {
        let formants_hz = [350.0 + 50.0 * f64::from(number), 1000.0 + 120.0 * f64::from(number)];
        write(&folder.join(format!("{number}.wav")), &clip(formants_hz, &mut random));
        table += &format!("{number}.wav=x,50,150,100,50,10\n");
    }
    std::fs::write(folder.join("oto.ini"), table).unwrap();
}

fn singer() -> Singer {
    let folder = tempfile::tempdir().unwrap();
    write_clips(folder.path());
    Singer::load(folder.path(), false, &mut Random::seed_from_u64(1)).unwrap()
}

/// Two phrases with half a second between.
fn melody() -> Vec<Note> {
    let keys = [55u8, 57, 59, 60, 62, 55, 50, 52, 55];
    let onset = |index: usize| 0.5 + 0.6 * index as f64 + if index > 4 { 0.5 } else { 0.0 };
    keys.iter()
        .enumerate()
        .map(|(index, key)| Note { onset: onset(index), offset: onset(index) + 0.58, key: *key, velocity: 100 })
        .collect()
}

#[test]
fn notes_are_sung_at_their_pitch() {
    let singer = singer();
    for seed in 0..6 {
        let mut random = Random::seed_from_u64(seed);
        let manner = Manner { breath_db: None, ..Manner::draw(&mut random) };
        let sung = singer.sing(&melody(), 7.0, &manner, &mut random);
        let track = pitch::track(&sung.audio, RATE);
        let errors = sung.notes.iter().flat_map(|note| {
            let [from, to] = [note.onset + 0.2, note.offset - 0.1].map(|time| (time / pitch::HOP_SECONDS) as usize);
            let own = 440.0 * ((f64::from(note.key) - 69.0) / 12.0).exp2();
            let mut cents: Vec<f64> = track[from..to].iter().flatten().map(|hz| 1200.0 * (hz / own).log2()).collect();
            cents.sort_by(f64::total_cmp);
            cents.get(cents.len() / 2).map(|middle| middle.abs())
        });
        let mut errors: Vec<f64> = errors.collect();
        errors.sort_by(f64::total_cmp);
        assert_eq!(errors.len(), 9, "every note has a pitch");
        // A manner's intonation deviates by up to 10 cents and drifts by as much again; half the notes are within 15.
        assert!(errors[4] < 15.0, "{errors:?} with {manner:?}");
    }
}

#[test]
fn a_voice_sounds_where_its_notes_are() {
    let singer = singer();
    let mut random = Random::seed_from_u64(2);
    let manner = Manner { breath_db: Some(-20.0), ..Manner::draw(&mut random) };
    let sung = singer.sing(&melody(), 7.0, &manner, &mut random);
    assert_eq!(sung.stretches.len(), 2, "{:?}", sung.stretches);
    for ([start, end], [first, last]) in sung.stretches.iter().zip([[0.5, 3.48], [4.0, 6.38]]) {
        // A consonant comes up to 0.2 s before its note; a release lasts up to 0.15 s.
        assert!((first - 0.22..first + 0.05).contains(start), "{start} for {first}");
        assert!((last - 0.15..last + 0.15).contains(end), "{end} for {last}");
    }
}

#[test]
fn the_same_draws_sing_the_same() {
    let singer = singer();
    let sing = |seed| {
        let mut random = Random::seed_from_u64(seed);
        let manner = Manner::draw(&mut random);
        singer.sing(&melody(), 7.0, &manner, &mut random).audio
    };
    assert_eq!(sing(3), sing(3));
    assert_ne!(sing(3), sing(4));
}

#[test]
fn the_steps_between_periods_are_smooth() {
    let singer = singer();
    let mut random = Random::seed_from_u64(5);
    let manner = Manner { vibrato_cents: 0.0, breath_db: None, ..Manner::draw(&mut random) };
    let note = Note { onset: 0.3, offset: 2.3, key: 55, velocity: 100 };
    let audio = singer.sing(&[note], 3.0, &manner, &mut random).audio;
    let within = &audio[(0.6 * RATE) as usize..(2.0 * RATE) as usize];
    let levels: Vec<f32> = within.chunks((0.03 * RATE) as usize).map(root_mean_square).collect();
    let mean = levels.iter().sum::<f32>() / levels.len() as f32;
    // A held note swells by at most 37 % over its length and shimmers by 3.5 % a period: a click or a hole would stand
    // out of that.
    assert!(levels.iter().all(|level| (0.5 * mean..1.6 * mean).contains(level)), "{levels:?}");
}

#[test]
fn clips_without_a_pitch_make_no_singer() {
    let folder = tempfile::tempdir().unwrap();
    let mut random = Random::seed_from_u64(1);
    for number in 0..10 {
        let noise: Vec<f32> = (0..SAMPLE_RATE).map(|_| random.random_range(-0.3..0.3)).collect();
        write(&folder.path().join(format!("{number}.wav")), &noise);
    }
    let error = Singer::load(folder.path(), true, &mut random).unwrap_err();
    assert!(matches!(error, SingerError::TooFew { .. }), "{error}");
}

#[test]
fn a_folder_that_is_missing_is_named_and_clips_that_are_no_audio_are_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let mut random = Random::seed_from_u64(1);
    let missing = Singer::load(&folder.path().join("nobody"), true, &mut random).unwrap_err().to_string();
    assert!(missing.contains("nobody"), "{missing}");
    std::fs::write(folder.path().join("a.ogg"), "no audio").unwrap();
    let error = Singer::load(folder.path(), true, &mut random).unwrap_err();
    assert!(matches!(error, SingerError::TooFew { found: 0, .. }), "{error}");
    write_clips(folder.path());
    assert!(Singer::load(folder.path(), false, &mut random).is_ok());
}

#[test]
fn speech_is_not_silent_and_not_sung() {
    let mut random = Random::seed_from_u64(6);
    let speech = singer().speak(4.0, &mut random);
    assert_eq!(speech.len(), 4 * SAMPLE_RATE as usize);
    assert!(root_mean_square(&speech) > 0.01);
}
