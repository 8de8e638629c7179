//! How the beat is followed and chords are told apart.

use attacca_engine::{Bpm, CHORD_LAG_SECONDS, ChordVocabulary, models::Spelling};
use egui::Ui;

use super::{Form, number};
use crate::widgets::named_button;

/// The largest shift of beats, in milliseconds.
const LARGEST_NUDGE_MS: f32 = 250.0;

/// The contents of the card about beats.
pub(super) fn beat(form: &mut Form<'_>, ui: &mut Ui) {
    let mut settings = form.settings;
    form.row(ui, "Tempo range", |ui| {
        let range = Bpm::MINIMUM.0..=Bpm::MAXIMUM.0;
        number(ui, "Slowest tempo", &mut settings.tempo_range.slowest.0, range.clone(), " BPM");
        ui.label("to");
        number(ui, "Fastest tempo", &mut settings.tempo_range.fastest.0, range, " BPM");
    });
    let ways = [(false, "follow".to_owned()), (true, "lock".to_owned())];
    form.choice(ui, "Tempo", &mut settings.tempo_locked, ways);
    let metres =
        std::iter::once((None, "auto".to_owned())).chain((2..=7).map(|beats| (Some(beats), beats.to_string())));
    form.choice(ui, "Metre", &mut settings.metre, metres);
    form.row(ui, "Nudge", |ui| {
        let mut milliseconds = settings.beat_offset_seconds * 1_000.0;
        let before = milliseconds;
        for (step, name) in [(-5.0, "Nudge 5 ms earlier"), (-1.0, "Nudge 1 ms earlier")] {
            if named_button(ui, &format!("−{:.0}", -step), name).clicked() {
                milliseconds += step;
            }
        }
        number(ui, "Nudge", &mut milliseconds, -LARGEST_NUDGE_MS..=LARGEST_NUDGE_MS, " ms");
        for (step, name) in [(1.0, "Nudge 1 ms later"), (5.0, "Nudge 5 ms later")] {
            if named_button(ui, &format!("+{step:.0}"), name).clicked() {
                milliseconds += step;
            }
        }
        if milliseconds != before {
            settings.beat_offset_seconds = milliseconds.round() / 1_000.0;
        }
    });
    form.settings = settings;
}

/// The contents of the card about chords.
pub(super) fn chords(form: &mut Form<'_>, ui: &mut Ui) {
    let mut settings = form.settings;
    let vocabularies = [
        (ChordVocabulary::MajorMinor, "major and minor"),
        (ChordVocabulary::Triads, "triads"),
        (ChordVocabulary::Sevenths, "sevenths"),
    ];
    let vocabularies = vocabularies.map(|(vocabulary, name)| (vocabulary, name.to_owned()));
    form.choice(ui, "Vocabulary", &mut settings.chord_vocabulary, vocabularies);
    form.row(ui, "Lag", |ui| {
        let range = CHORD_LAG_SECONDS.start() * 1_000.0..=CHORD_LAG_SECONDS.end() * 1_000.0;
        let mut milliseconds = settings.chord_lag_seconds * 1_000.0;
        let before = milliseconds;
        number(ui, "Chord lag", &mut milliseconds, range, " ms");
        if milliseconds != before {
            settings.chord_lag_seconds = milliseconds.round() / 1_000.0;
        }
    });
    form.settings = settings;
    let mut spelling = form.preferences.spelling;
    let spellings = Spelling::ALL.map(|spelling| (spelling, spelling.name().to_owned()));
    form.choice(ui, "Spelling", &mut spelling, spellings);
    form.preferences.spelling = spelling;
    let mut camelot = form.preferences.camelot;
    form.row(ui, "Key", |ui| {
        ui.checkbox(&mut camelot, "with its Camelot code");
    });
    form.preferences.camelot = camelot;
}
