//! The units of a hop's work that are the decoders', and what they say.

use attacca_models::{
    Task,
    vocabulary::{CHORD_CLASSES, ChordClass, KeyClass},
};

use super::{Listener, NO_CHORD};
use crate::{
    decoders::beat::{BeatObservation, tempo_of},
    event::{Event, EventKind},
    graph::NetworkTraits,
    hop_plan::HopUnit,
    input::Hop,
    portrait::{self, Portrait},
    processor::frames_to_samples,
    settings::ChordVocabulary,
    snapshot::{BeatState, ChordCandidate, ChordState, KeyState},
    time::SamplePosition,
};

/// Silence that lasts this many hops has neither voice nor chord, whatever the networks say: longer than a rest, and
/// than what they look ahead.
const QUIET_AFTER_HOPS: u32 = 100;

impl Listener {
    /// Runs one unit of a hop's work; `now` is the position at which its result is known. What belongs to a task that is
    /// not listened for is left out.
    pub(super) fn run(&mut self, unit: HopUnit, hop: &Hop<'_>, now: SamplePosition) {
        let traits = |task| self.graph.traits(task);
        match unit {
            HopUnit::Feature(unit) => self.graph.run_feature(unit, hop),
            HopUnit::Network { index, first } => self.graph.run_network(index, first),
            HopUnit::OnsetBandsFirst => self.onset_bands.hear_first_half(hop),
            HopUnit::OnsetBandsSecond => self.onset_bands.hear_second_half(hop),
            HopUnit::Onset => {
                if let Some(traits) = traits(Task::Onset) {
                    self.hear_onset(hop, now, traits);
                }
            }
            HopUnit::BeatChordChange => {
                if traits(Task::Beat).is_some() {
                    self.beat.tell_of_chord_change();
                }
            }
            HopUnit::BeatBegin => {
                if traits(Task::Beat).is_some() {
                    self.begin_beat(hop);
                }
            }
            HopUnit::BeatObserve => {
                if traits(Task::Beat).is_some() {
                    self.beat.observe();
                }
            }
            HopUnit::BeatRefresh => {
                if traits(Task::Beat).is_some() {
                    self.beat.refresh();
                }
            }
            HopUnit::BeatFind => {
                if traits(Task::Beat).is_some() {
                    self.beat.find();
                }
            }
            HopUnit::Beat => {
                if let Some(traits) = traits(Task::Beat) {
                    self.hear_beat(hop, now, traits);
                }
            }
            HopUnit::Voice => {
                if let Some(traits) = traits(Task::Voice) {
                    self.hear_voice(hop, now, traits);
                }
            }
            HopUnit::Bass => {
                if traits(Task::Chord).is_some() {
                    self.bass.hear(self.graph.lowest_partial());
                }
            }
            HopUnit::ChordFilter => {
                if traits(Task::Chord).is_some() {
                    self.filter_chords(hop);
                }
            }
            HopUnit::Chord => {
                if let Some(traits) = traits(Task::Chord) {
                    self.hear_chord(hop, now, traits);
                }
            }
            HopUnit::Key => {
                if let Some(traits) = self.traits(Task::Key) {
                    self.hear_key(hop, now, traits);
                }
            }
            HopUnit::PortraitSpectrum => {
                for (byte, &value) in self.portrait.spectrum.iter_mut().zip(self.graph.spectrum()) {
                    *byte = portrait::level_byte(value);
                }
            }
            HopUnit::Portrait => self.portray(hop),
            HopUnit::Snapshot => self.publish_snapshot(hop, now),
        }
    }

    fn hear_onset(&mut self, hop: &Hop<'_>, now: SamplePosition, traits: NetworkTraits) {
        let activation = self.graph.activation(Task::Onset, 0);
        self.snapshot.onset_activation = activation;
        if let Some(onset) = self.onset.step(hop.index, activation) {
            let position = self.position(onset.frame, Task::Onset, traits);
            // Bands are measured as samples come, not as the network answers.
            let bands = self.onset_bands.rises(onset.frame - traits.look_ahead_frames as f64);
            let kind = EventKind::Onset { strength: onset.strength, bands };
            self.publish(now, position, onset.confidence, kind);
        }
    }

    fn begin_beat(&mut self, hop: &Hop<'_>) {
        let [beat, downbeat] = [0, 1].map(|channel| self.graph.activation(Task::Beat, channel));
        (self.snapshot.beat_activation, self.snapshot.downbeat_activation) = (beat, downbeat);
        self.beat.begin_step(BeatObservation { beat, downbeat, level_dbfs: hop.level_dbfs });
    }

    fn hear_beat(&mut self, hop: &Hop<'_>, now: SamplePosition, traits: NetworkTraits) {
        if let Some(chords) = self.graph.traits(Task::Chord) {
            // On the beat decoder's clock: each of the two runs late by what its network looks ahead.
            let frame = (hop.index + traits.look_ahead_frames as u64).checked_sub(chords.look_ahead_frames as u64);
            if let Some(frame) = frame {
                self.beat.hear_chords(frame, self.graph.probabilities(Task::Chord));
            }
        }
        if let Some(beat) = self.beat.end_step(hop.index) {
            let kind = EventKind::Beat {
                beat_in_bar: beat.bar.beat_in_bar,
                beats_per_bar: beat.bar.beats_per_bar,
                tempo: tempo_of(beat.period_frames),
            };
            let position = self.position(beat.frame, Task::Beat, traits);
            self.publish(now, position, beat.confidence, kind);
        }
        // The prediction is read with the snapshot.
        let read = SamplePosition(hop.position.0 + u64::from(self.graph.plan().spread_samples()));
        let read_frames = self.decoder_frames(read, traits);
        self.snapshot.beat = self.beat.prediction(hop.index, read_frames).map(|next| BeatState {
            tempo: tempo_of(next.period_frames),
            beat_in_bar: next.bar.beat_in_bar,
            beats_per_bar: next.bar.beats_per_bar,
            next_beat: self.position(next.frame, Task::Beat, traits),
            confidence: next.confidence,
        });
    }

    fn is_quiet(&self) -> bool {
        self.silent_hops >= QUIET_AFTER_HOPS
    }

    fn hear_voice(&mut self, hop: &Hop<'_>, now: SamplePosition, traits: NetworkTraits) {
        let activation = self.graph.activation(Task::Voice, 0);
        self.snapshot.voice_activation = activation;
        let heard = if self.is_quiet() { 0.0 } else { activation };
        if let Some(change) = self.voice.step(hop.index, heard) {
            let position = self.position(change.frame, Task::Voice, traits);
            self.publish(now, position, change.confidence, EventKind::Voice { active: change.active });
        }
        self.snapshot.voice = self.voice.is_active();
    }

    fn filter_chords(&mut self, hop: &Hop<'_>) {
        if self.is_quiet() {
            self.chord.hear_known(hop.index, NO_CHORD);
        } else {
            let probabilities = reduced(self.graph.probabilities(Task::Chord), self.settings.chord_vocabulary);
            self.chord.hear(hop.index, &probabilities);
        }
    }

    fn hear_chord(&mut self, hop: &Hop<'_>, now: SamplePosition, traits: NetworkTraits) {
        if let Some(change) = self.chord.decide(hop.index) {
            let chord = ChordClass::from_class(change.class);
            self.tell_beat_of(chord, hop, change.frame - traits.look_ahead_frames as f64);
            self.bass.begin((hop.index + 1).saturating_sub(change.frame as u64) as usize);
            let kind = EventKind::Chord { chord, bass: None };
            let position = self.position(change.frame, Task::Chord, traits);
            self.publish(now, position, change.confidence, kind);
        }
        self.hear_bass(hop, now, traits);
        self.snapshot.chord = self.chord.present().map(|present| ChordState {
            chord: ChordClass::from_class(present.class),
            bass: ChordClass::from_class(present.class).and_then(|chord| self.bass.inversion(chord)),
            confidence: present.probability,
            alternatives: self.chord.alternatives().map(|other| ChordCandidate {
                chord: ChordClass::from_class(other.class),
                probability: other.probability,
            }),
        });
    }

    /// Lets the beat decoder hear of a new root; `heard_frame` is when it began, without any look-ahead.
    fn tell_beat_of(&mut self, chord: Option<ChordClass>, hop: &Hop<'_>, heard_frame: f64) {
        let (Some(chord), Some(beat)) = (chord, self.graph.traits(Task::Beat)) else { return };
        if self.sounding_root.replace(chord.root) != Some(chord.root) {
            self.beat.hear_chord_change(hop.index, heard_frame + beat.look_ahead_frames as f64);
        }
    }

    /// Says the present chord again once it is clear that it stands on another note than its root.
    fn hear_bass(&mut self, hop: &Hop<'_>, now: SamplePosition, traits: NetworkTraits) {
        let Some(present) = self.chord.present() else { return };
        let Some(chord) = ChordClass::from_class(present.class) else { return };
        if let Some(bass) = self.bass.decide(chord) {
            let kind = EventKind::Chord { chord: Some(chord), bass: Some(bass.pitch_class) };
            let position = self.position(hop.index as f64, Task::Chord, traits);
            self.publish(now, position, present.probability * bass.share, kind);
        }
    }

    /// A key network knows better than the chords. Silence says nothing of a key: the last one holds.
    fn hear_key(&mut self, hop: &Hop<'_>, now: SamplePosition, traits: NetworkTraits) {
        if self.is_quiet() {
            return;
        }
        match self.graph.traits(Task::Key) {
            Some(_) => self.key.hear(hop.index, self.graph.probabilities(Task::Key)),
            None => self.key.hear(hop.index, &self.key_from_chords.keys(self.graph.probabilities(Task::Chord))),
        }
        if let Some(change) = self.key.decide(hop.index)
            && let Some(key) = KeyClass::from_class(change.class)
        {
            let position = self.position(change.frame, Task::Key, traits);
            self.publish(now, position, change.confidence, EventKind::Key { key });
        }
        self.snapshot.key = self.key.present().and_then(|present| {
            KeyClass::from_class(present.class).map(|key| KeyState { key, confidence: present.probability })
        });
    }

    /// The input position of a time in the frames of a task's decoder.
    fn position(&self, frame: f64, task: Task, traits: NetworkTraits) -> SamplePosition {
        let correction = f64::from(self.correction_seconds(task, traits)) * f64::from(self.sample_rate_hz);
        let heard = frames_to_samples(frame - traits.look_ahead_frames as f64, self.sample_rate_hz);
        SamplePosition((heard + correction).round().max(0.0) as u64)
    }

    /// What is added to the times of a task: by its network, and by the performer.
    pub(super) fn correction_seconds(&self, task: Task, traits: NetworkTraits) -> f32 {
        let wanted = if task == Task::Beat { self.settings.beat_offset_seconds } else { 0.0 };
        traits.decoder.time_correction_seconds + wanted
    }

    pub(super) fn publish(&mut self, now: SamplePosition, position: SamplePosition, confidence: f32, kind: EventKind) {
        let latency = now.0.saturating_sub(position.0);
        let latency_samples = u32::try_from(latency).unwrap_or(u32::MAX);
        let event = Event { position, latency_samples, confidence, kind };
        self.snapshot.health.dropped_events += u64::from(self.outputs.events.push(event).is_err());
    }

    /// What is drawn of a hop, for whoever wants it.
    fn portray(&mut self, hop: &Hop<'_>) {
        let Some(portraits) = &mut self.outputs.portraits else { return };
        let portrait = &mut self.portrait;
        portrait.position = hop.position;
        portrait.tempi = Portrait::default().tempi;
        if self.graph.traits(Task::Beat).is_some() {
            portrait.tempi = self.tempo_bins.gathered(self.beat.period_probabilities());
        }
        portrait.chords = Portrait::default().chords;
        if self.graph.traits(Task::Chord).is_some() {
            for (byte, &probability) in portrait.chords.iter_mut().zip(self.chord.posterior()) {
                *byte = portrait::byte(probability);
            }
        }
        self.snapshot.health.dropped_portraits += u64::from(portraits.push(*portrait).is_err());
    }

    fn publish_snapshot(&mut self, hop: &Hop<'_>, now: SamplePosition) {
        self.snapshot.position = now;
        self.snapshot.level_dbfs = hop.level_dbfs;
        self.snapshot.peak = hop.peak;
        self.snapshot.health.neutralised_samples = hop.neutralised_samples;
        self.snapshot.health.denormal_samples = hop.denormal_samples;
        if let Some(recorded) = &mut self.outputs.recorded {
            self.snapshot.health.dropped_snapshots += u64::from(recorded.push(self.snapshot).is_err());
        }
        self.outputs.newest.write(self.snapshot);
    }
}

/// The probabilities of all chord classes, gathered in those that a vocabulary has.
fn reduced(probabilities: &[f32], vocabulary: ChordVocabulary) -> [f32; CHORD_CLASSES] {
    let mut gathered = [0.0; CHORD_CLASSES];
    for (class, &probability) in probabilities.iter().enumerate().take(CHORD_CLASSES) {
        let kept = ChordClass::from_class(class).map_or(NO_CHORD, |chord| vocabulary.reduced(chord).class());
        gathered[kept] += probability;
    }
    gathered
}
