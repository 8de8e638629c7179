//! A recording in a few numbers, for musicians.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use attacca_decode::printable::{clock, counted, grouped};
use attacca_engine::models::{
    Task,
    vocabulary::{ChordOverBass, KeyClass},
};
use serde::Serialize;

use crate::analysis::{
    Analysis,
    states::{Stretch, chord_label},
};

/// Spread of the tempo, relative to its median, up to which it counts as steady: a drummer without a click keeps
/// within about this.
const STEADY_SPREAD: f64 = 0.04;
/// Chords that a summary names at most.
const COMMON_CHORDS: usize = 8;
/// Spread up to which it counts as flexible.
const FLEXIBLE_SPREAD: f64 = 0.12;

/// The summary.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Length of the recording.
    pub duration_seconds: f64,
    /// The tempo, where there are beats.
    pub tempo: Option<Tempo>,
    /// The metre, where there are beats.
    pub metre: Option<Metre>,
    /// Bars begun.
    pub bar_count: usize,
    /// Beats.
    pub beat_count: usize,
    /// Onsets.
    pub onset_count: usize,
    /// Time of the first downbeat.
    pub first_downbeat_seconds: Option<f64>,
    /// Part of the recording with a voice, 0 to 1; `None` where nothing listened for it.
    pub voice_share: Option<f64>,
    /// The most common chords without their bass in Harte's syntax, the most common first; empty where there are none.
    pub chords: Vec<LabelShare>,
    /// The key that holds longest, where one became clear.
    pub key: Option<LabelShare>,
}

/// A chord or a key and how much of the recording it holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LabelShare {
    /// The chord or the key, as it is written.
    pub label: Cow<'static, str>,
    /// Part of the recording, 0 to 1.
    pub share: f64,
}

/// The tempo over all beats.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Tempo {
    /// Median in beats a minute.
    pub median_bpm: f64,
    /// 5th percentile.
    pub low_bpm: f64,
    /// 95th percentile.
    pub high_bpm: f64,
    /// How much it varies.
    pub steadiness: Steadiness,
}

/// How much a tempo varies: its spread from the 5th to the 95th percentile, relative to the median.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Steadiness {
    /// Within 4 %.
    Steady,
    /// Within 12 %.
    Flexible,
    /// More.
    Changing,
}

impl fmt::Display for Steadiness {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Steady => "steady",
            Self::Flexible => "flexible",
            Self::Changing => "changing",
        })
    }
}

/// The metre of most beats.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Metre {
    /// Beats in a bar.
    pub beats_per_bar: u8,
    /// Part of all beats that lie in such bars, 0 to 1.
    pub share: f64,
}

/// A bar, from its downbeat to the next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// Its number, from 1.
    pub number: u32,
    /// When it begins.
    pub start_seconds: f64,
    /// Beats found in it.
    pub beats: u8,
    /// Mean tempo in it, in beats a minute.
    pub tempo_bpm: f64,
    /// Onsets in it.
    pub onsets: usize,
}

impl Summary {
    /// Sums up an analysis.
    pub fn of(analysis: &Analysis) -> Self {
        let mut tempi: Vec<f32> = analysis.beats.iter().map(|beat| beat.tempo.0).collect();
        tempi.sort_by(f32::total_cmp);
        let first_downbeat = analysis.beats.iter().find(|beat| beat.is_downbeat());
        Self {
            duration_seconds: analysis.duration_seconds(),
            tempo: tempo(&tempi),
            metre: metre(analysis),
            bar_count: analysis.beats.iter().filter(|beat| beat.is_downbeat()).count(),
            beat_count: analysis.beats.len(),
            onset_count: analysis.onsets.len(),
            first_downbeat_seconds: first_downbeat.map(|beat| analysis.seconds(beat.position)),
            voice_share: analysis.listened_for(Task::Voice).then(|| {
                // A sum of nothing would be −0.
                let voiced = analysis.voiced().fold(0.0, |sum, voice| sum + voice.seconds());
                voiced / analysis.duration_seconds()
            }),
            chords: chords(analysis, |chord| chord_label(chord.value).into()),
            key: key(analysis, |key| key.label().into()),
        }
    }

    /// Onsets a second.
    pub fn onset_rate(&self) -> f64 {
        if self.duration_seconds > 0.0 { self.onset_count as f64 / self.duration_seconds } else { 0.0 }
    }
}

impl Tempo {
    /// The range in words, as in `steady, 118–121`.
    pub fn range(&self) -> String {
        let (low, high) = (self.low_bpm.round(), self.high_bpm.round());
        if low == high { format!("{}, {low}", self.steadiness) } else { format!("{}, {low}–{high}", self.steadiness) }
    }
}

fn tempo(sorted: &[f32]) -> Option<Tempo> {
    let last = sorted.len().checked_sub(1)?;
    let percentile = |part: f64| f64::from(sorted[(last as f64 * part).round() as usize]);
    let (median_bpm, low_bpm, high_bpm) = (percentile(0.5), percentile(0.05), percentile(0.95));
    let steadiness = match (high_bpm - low_bpm) / median_bpm {
        spread if spread <= STEADY_SPREAD => Steadiness::Steady,
        spread if spread <= FLEXIBLE_SPREAD => Steadiness::Flexible,
        _ => Steadiness::Changing,
    };
    Some(Tempo { median_bpm, low_bpm, high_bpm, steadiness })
}

fn metre(analysis: &Analysis) -> Option<Metre> {
    let mut beats_in_metre = [0_usize; 256];
    for beat in &analysis.beats {
        beats_in_metre[usize::from(beat.beats_per_bar)] += 1;
    }
    let (beats_per_bar, &beats) = beats_in_metre.iter().enumerate().max_by_key(|(_, beats)| **beats)?;
    (beats > 0).then(|| Metre { beats_per_bar: beats_per_bar as u8, share: beats as f64 / analysis.beats.len() as f64 })
}

/// The share of each label among stretches, the largest first; of equal ones, the first in the alphabet.
fn shares(analysis: &Analysis, stretches: impl Iterator<Item = (Cow<'static, str>, f64)>) -> Vec<LabelShare> {
    let mut seconds = BTreeMap::new();
    for (label, length) in stretches {
        *seconds.entry(label).or_insert(0.0) += length;
    }
    let duration = analysis.duration_seconds();
    let mut shares: Vec<_> =
        seconds.into_iter().map(|(label, seconds)| LabelShare { label, share: seconds / duration }).collect();
    shares.sort_by(|one, other| other.share.total_cmp(&one.share));
    shares
}

/// The most common chords without their bass, named by `name`.
fn chords(analysis: &Analysis, name: impl Fn(&Stretch<Option<ChordOverBass>>) -> Cow<'static, str>) -> Vec<LabelShare> {
    let sounding = analysis.chord_stretches().filter_map(|stretch| {
        let chord = ChordOverBass { bass: None, ..stretch.value? };
        Some((name(&Stretch { value: Some(chord), ..stretch }), stretch.seconds()))
    });
    let mut shares = shares(analysis, sounding);
    shares.truncate(COMMON_CHORDS);
    shares
}

/// The key that holds longest, named by `name`.
fn key(analysis: &Analysis, name: impl Fn(KeyClass) -> Cow<'static, str>) -> Option<LabelShare> {
    let keys = analysis.key_stretches().map(|key| (name(key.value), key.seconds()));
    shares(analysis, keys).into_iter().next()
}

/// The most common chords, as the reader wants them written.
pub fn written_chords(analysis: &Analysis) -> Vec<LabelShare> {
    chords(analysis, |chord| analysis.written_chord(chord))
}

/// The key that holds longest, in words, as the reader wants it written.
pub fn written_key(analysis: &Analysis) -> Option<String> {
    let key = key(analysis, |key| analysis.written_key(key))?;
    Some(key.label.replace(":maj", " major").replace(":min", " minor"))
}

/// The bars in order, without the pick-up.
pub fn bars(analysis: &Analysis) -> impl Iterator<Item = Bar> {
    let mut beats = analysis.beats.as_slice();
    let mut onsets = analysis.onsets.as_slice();
    let mut number = 0;
    std::iter::from_fn(move || {
        let start = beats.iter().position(|beat| beat.is_downbeat())?;
        let rest = &beats[start..];
        let length = rest[1..].iter().position(|beat| beat.is_downbeat()).map_or(rest.len(), |next| next + 1);
        let (bar, later) = rest.split_at(length);
        beats = later;
        number += 1;
        onsets = &onsets[onsets.partition_point(|onset| onset.position < bar[0].position)..];
        let end = later.first().map(|next| next.position);
        let within = onsets.partition_point(|onset| end.is_none_or(|end| onset.position < end));
        Some(Bar {
            number,
            start_seconds: analysis.seconds(bar[0].position),
            beats: u8::try_from(bar.len()).unwrap_or(u8::MAX),
            tempo_bpm: bar.iter().map(|beat| f64::from(beat.tempo.0)).sum::<f64>() / bar.len() as f64,
            onsets: within,
        })
    })
}

/// The summary as a terminal shows it; with a table of the bars if wanted.
pub fn text(analysis: &Analysis, with_bars: bool) -> String {
    let summary = Summary::of(analysis);
    let info = &analysis.recording;
    let mut lines = vec![
        info.name.chars().map(|character| if character.is_control() { '\u{fffd}' } else { character }).collect(),
        format!(
            "  Length          {}  ({}, {} Hz, {})",
            clock(summary.duration_seconds, 1),
            info.codec,
            grouped(u64::from(info.sample_rate_hz)),
            counted(info.channels, "channel"),
        ),
    ];
    if analysis.listened_for(Task::Beat) {
        lines.push(match &summary.tempo {
            Some(tempo) => format!("  Tempo           {:.1} BPM  ({})", tempo.median_bpm, tempo.range()),
            None => "  Tempo           no beat found".into(),
        });
        if let Some(metre) = &summary.metre {
            let share = metre.share * 100.0;
            lines.push(format!(
                "  Metre           {} beats to the bar  ({share:.0} % of the beats)",
                metre.beats_per_bar
            ));
        }
        if let Some(first) = summary.first_downbeat_seconds {
            lines.push(format!("  First downbeat  {}", clock(first, 2)));
        }
        let (bars, beats) = (counted(summary.bar_count, "bar"), counted(summary.beat_count, "beat"));
        lines.push(format!("  Bars            {bars}, {beats}"));
    }
    if analysis.listened_for(Task::Onset) {
        let onsets = counted(summary.onset_count, "onset");
        lines.push(format!("  Onsets          {onsets}, {:.1} a second", summary.onset_rate()));
    }
    lines.extend(harmony_and_voice(analysis, &summary));
    lines.push(format!(
        "  Analysed        in {:.1} s, {:.0} times faster than real time",
        analysis.elapsed.as_secs_f64(),
        analysis.real_time_factor()
    ));
    lines.extend(analysis.warnings.iter().map(|warning| format!("  Note            {warning}")));
    if with_bars && summary.bar_count > 0 {
        lines.push("\n   Bar       Start  Beats     BPM  Onsets".into());
        lines.extend(bars(analysis).map(|bar| {
            let start = clock(bar.start_seconds, 2);
            format!("  {:>4}  {start:>10}  {:>5}  {:>6.1}  {:>6}", bar.number, bar.beats, bar.tempo_bpm, bar.onsets)
        }));
    }
    lines.join("\n")
}

fn harmony_and_voice(analysis: &Analysis, summary: &Summary) -> Vec<String> {
    let percent = |share: f64| format!("{:.0} %", 100.0 * share);
    let mut lines = Vec::new();
    if analysis.listened_for(Task::Key) {
        lines.push(match written_key(analysis) {
            Some(key) => format!("  Key             {key}"),
            None => "  Key             none became clear".into(),
        });
    }
    if analysis.listened_for(Task::Chord) {
        let chords = written_chords(analysis);
        let named = chords.iter().map(|chord| format!("{} {}", chord.label, percent(chord.share)));
        let named = named.collect::<Vec<_>>().join(", ");
        lines.push(format!("  Chords          {}", if named.is_empty() { "none found" } else { &named }));
    }
    if let Some(share) = summary.voice_share {
        lines.push(format!("  Voice           {} of the time", percent(share)));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::example;
    use attacca_engine::models::Spelling;

    #[test]
    fn the_example_is_summed_up() {
        let summary = Summary::of(&example::analysis());
        let tempo = summary.tempo.unwrap();
        assert!((105.0..116.0).contains(&tempo.median_bpm), "{tempo:?}");
        assert_eq!(tempo.steadiness, Steadiness::Changing);
        assert_eq!(summary.metre, Some(Metre { beats_per_bar: 4, share: 1.0 }));
        assert!((summary.first_downbeat_seconds.unwrap() - 0.9).abs() < 0.01);
        assert_eq!(summary.onset_count, 2 * summary.beat_count);
        assert!((summary.voice_share.unwrap() - 5.25 / 12.0).abs() < 1e-4, "{summary:?}");
        let chords: Vec<_> = summary.chords.iter().map(|chord| chord.label.as_ref()).collect();
        assert_eq!(chords, ["D:min7", "G:7", "C:maj7"], "4.2, 4.1 and 2.2 s; no chord is none of them");
        assert_eq!(summary.key.map(|key| key.label).as_deref(), Some("C:maj"));
        assert!(text(&example::analysis(), false).contains("Key             C major"));
    }

    #[test]
    fn chords_and_key_are_written_as_wanted() {
        let mut analysis = example::analysis();
        analysis.spelling = Some(Spelling::Roman);
        let text = text(&analysis, false);
        assert!(text.contains("Key             C major") && text.contains("Chords          ii7 "), "{text}");
        analysis.spelling = Some(Spelling::German);
        assert_eq!(written_key(&analysis).as_deref(), Some("C Dur"));
        let labels: Vec<_> = Summary::of(&analysis).chords.into_iter().map(|chord| chord.label).collect();
        assert_eq!(labels, ["D:min7", "G:7", "C:maj7"], "what programs read stays as it is");
    }

    #[test]
    fn bars_share_out_every_beat_and_onset_after_the_pick_up() {
        let analysis = example::analysis();
        let bars: Vec<Bar> = bars(&analysis).collect();
        assert_eq!(bars.iter().map(|bar| usize::from(bar.beats)).sum::<usize>(), analysis.beats.len() - 1);
        assert_eq!(bars.iter().map(|bar| bar.onsets).sum::<usize>(), analysis.onsets.len() - 2);
        assert!(bars.iter().zip(1..).all(|(bar, number)| bar.number == number));
        assert!(bars[..bars.len() - 1].iter().all(|bar| bar.beats == 4));
    }

    #[test]
    fn silence_has_neither_tempo_nor_metre() {
        let mut analysis = example::analysis();
        analysis.beats.clear();
        analysis.onsets.clear();
        analysis.voice.clear();
        let summary = Summary::of(&analysis);
        assert_eq!((summary.tempo, summary.metre), (None, None));
        let text = text(&analysis, true);
        assert!(text.contains("no beat found") && text.contains("Voice           0 % of the time"), "{text}");
        assert_eq!(bars(&analysis).count(), 0);
    }
}
