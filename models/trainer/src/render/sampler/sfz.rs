//! SFZ files (version 1 and the opcodes of ARIA that instruments in the wild use to choose recordings).
//!
//! Understood are key and velocity ranges, keys and their pitch, tuning, round robin, random choice, volume, velocity
//! tracking, loops, the amplitude envelope, `#include` and `#define`. Regions that a note does not start (a release,
//! a pedal, a controller away from its rest) are left out, and so is any other opcode, by name.

use std::{
    collections::{BTreeSet, HashMap},
    ops::{Range, RangeInclusive},
    path::{Path, PathBuf},
};

use super::{SILENT_GAIN, SamplerError};

/// What a file holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SfzFile {
    pub(super) regions: Vec<Region>,
    pub(super) unknown_opcodes: Vec<String>,
}

/// What happens at the end of a recording's loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LoopMode {
    /// The recording is played to its end or to the note's.
    None,
    /// The recording is played to its end whatever the note does.
    OneShot,
    /// The loop goes on through the release.
    Continuous,
    /// The loop is left with the note's end.
    Sustain,
}

/// A recording and the notes that it is for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Region {
    /// Path of the recording from the folder of the file.
    pub(super) sample: String,
    /// The recording's number, once it is loaded.
    pub(super) recording: usize,
    pub(super) keys: RangeInclusive<u8>,
    pub(super) velocities: RangeInclusive<u8>,
    pub(super) sequence_length: u32,
    /// From 0.
    pub(super) sequence_position: u32,
    pub(super) chance: Range<f64>,
    pub(super) volume_db: f32,
    /// 0 to 1.
    pub(super) velocity_tracking: f32,
    /// First frame that is played.
    pub(super) offset: usize,
    pub(super) loop_mode: LoopMode,
    loop_points: (Option<usize>, Option<usize>),
    pitch_key: u8,
    /// Cents a key.
    pitch_tracking: f64,
    tune_cents: f64,
    pub(super) envelope: Envelope,
}

/// An amplitude envelope; times in seconds, the sustained level as a gain.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Envelope {
    attack: f64,
    hold: f64,
    decay: f64,
    sustain: f32,
    release: f64,
}

/// An envelope at work.
pub(super) struct Level {
    envelope: Envelope,
    rate: f64,
    sample: f64,
    release_at: f64,
    level: f32,
    fall: f32,
}

impl Region {
    /// How far a key is moved from the recording's pitch, in cents.
    pub(super) fn cents(&self, key: u8) -> f64 {
        self.pitch_tracking * (f64::from(key) - f64::from(self.pitch_key)) + self.tune_cents
    }

    /// First frame of the loop and the one after its last.
    pub(super) fn loop_frames(&self) -> Option<(usize, usize)> {
        let loops = matches!(self.loop_mode, LoopMode::Continuous | LoopMode::Sustain);
        let (start, end) = self.loop_points;
        start.zip(end).filter(|_| loops).map(|(start, end)| (start, end + 1))
    }
}

impl Envelope {
    /// The envelope of a note that ends `release_at` seconds after its start, at a sample rate.
    pub(super) fn start(self, release_at: f64, rate: f64) -> Level {
        Level { envelope: self, rate, sample: 0.0, release_at: release_at * rate, level: 0.0, fall: 1.0 }
    }
}

impl Level {
    pub(super) fn is_released(&self) -> bool {
        self.sample > self.release_at
    }

    /// The gain of the next sample: linear in the attack, exponential in decay and release.
    pub(super) fn step(&mut self) -> f32 {
        let Envelope { attack, hold, decay, sustain, release } = self.envelope;
        if self.is_released() {
            if self.fall == 1.0 {
                self.fall = falling(SILENT_GAIN, release * self.rate);
            }
            self.level *= self.fall;
        } else {
            let (peak, held) = (attack * self.rate, (attack + hold) * self.rate);
            self.level = if self.sample < peak {
                (self.sample / peak) as f32
            } else if self.sample < held || sustain >= 1.0 {
                1.0
            } else {
                let progress = ((self.sample - held) / (decay * self.rate).max(1.0)).min(1.0) as f32;
                sustain + (1.0 - sustain) * (SILENT_GAIN.powf(progress) - SILENT_GAIN) / (1.0 - SILENT_GAIN)
            };
        }
        self.sample += 1.0;
        self.level
    }
}

/// The factor a sample by which a level falls to `to` in a number of samples.
fn falling(to: f32, samples: f64) -> f32 {
    to.powf((1.0 / samples.max(1.0)) as f32)
}

/// Opcodes by name, as the headers above a region leave them.
type Opcodes = HashMap<String, String>;

/// Reads a file and those that it includes.
pub(super) fn read(file: &Path) -> Result<SfzFile, SamplerError> {
    let mut reader = Reader { defines: Vec::new(), levels: Default::default(), regions: Vec::new() };
    reader.file(file, file.parent().unwrap_or(Path::new("")), 0)?;
    let mut unknown = BTreeSet::new();
    let mut regions = Vec::new();
    for (opcodes, (file, line)) in &reader.regions {
        let fault = |expected| SamplerError::Line { file: file.clone(), line: *line, expected };
        regions.extend(region(opcodes, &mut unknown).map_err(fault)?);
    }
    Ok(SfzFile { regions, unknown_opcodes: unknown.into_iter().collect() })
}

/// How deep files may include files.
const DEEPEST_INCLUDE: usize = 8;

struct Reader {
    defines: Vec<(String, String)>,
    /// Control, global, master, group and region.
    levels: [Opcodes; 5],
    regions: Vec<(Opcodes, (PathBuf, usize))>,
}

const REGION: usize = 4;

impl Reader {
    fn file(&mut self, file: &Path, folder: &Path, depth: usize) -> Result<(), SamplerError> {
        let bytes = std::fs::read(file).map_err(|source| SamplerError::Read { file: file.to_owned(), source })?;
        let mut level = None;
        for (index, line) in String::from_utf8_lossy(&bytes).lines().enumerate() {
            let line_number = index + 1;
            let fault = |expected| SamplerError::Line { file: file.to_owned(), line: line_number, expected };
            let line = line.split("//").next().unwrap_or_default().trim();
            if let Some(rest) = line.strip_prefix("#include") {
                let name = rest.trim().trim_matches('"').replace('\\', "/");
                if depth == DEEPEST_INCLUDE {
                    return Err(fault("files that do not include themselves"));
                }
                self.file(&folder.join(name), folder, depth + 1)?;
                continue;
            }
            if let Some(rest) = line.strip_prefix("#define") {
                let mut words = rest.split_whitespace();
                let (Some(name), Some(value)) = (words.next(), words.next()) else {
                    return Err(fault("#define $NAME value"));
                };
                self.defines.push((name.to_owned(), value.to_owned()));
                // Longer names first, so that $KEY does not cut $KEYNOTE short.
                self.defines.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
                continue;
            }
            let text = self.defines.iter().fold(line.to_owned(), |text, (name, value)| text.replace(name, value));
            let mut rest = text.as_str();
            while !rest.is_empty() {
                if let Some((header, after)) = rest.strip_prefix('<').and_then(|inner| inner.split_once('>')) {
                    level = self.open(header, (file, line_number));
                    rest = after.trim_start();
                    continue;
                }
                let end = rest.find('<').unwrap_or(rest.len());
                let (here, after) = rest.split_at(end);
                for (name, value) in opcodes(here).ok_or_else(|| fault("opcode=value"))? {
                    match level {
                        Some(REGION) => {
                            if let Some((region, _)) = self.regions.last_mut() {
                                region.insert(name, value);
                            }
                        }
                        Some(level) => {
                            self.levels[level].insert(name, value);
                        }
                        None => {}
                    }
                }
                rest = after;
            }
        }
        Ok(())
    }

    /// Starts a header; what stood under it and under those within it is forgotten.
    fn open(&mut self, header: &str, place: (&Path, usize)) -> Option<usize> {
        let level = ["control", "global", "master", "group", "region"].iter().position(|name| *name == header)?;
        if level == REGION {
            let all =
                self.levels.iter().flat_map(|level| level.iter().map(|(name, value)| (name.clone(), value.clone())));
            self.regions.push((all.collect(), (place.0.to_owned(), place.1)));
        } else {
            self.levels[level.max(1)..].iter_mut().for_each(HashMap::clear);
        }
        Some(level)
    }
}

/// The opcodes of a line. A value goes on to the next name: file names may have blanks.
fn opcodes(line: &str) -> Option<Vec<(String, String)>> {
    let mut found: Vec<(String, String)> = Vec::new();
    for word in line.split_whitespace() {
        match word.split_once('=') {
            Some((name, value)) => found.push((name.to_owned(), value.to_owned())),
            None => {
                let (_, value) = found.last_mut()?;
                value.push(' ');
                value.push_str(word);
            }
        }
    }
    Some(found)
}

/// Opcodes that concern a stereo image, a group's polyphony or a display: a mono part does not need them.
const WITHOUT_EFFECT: [&str; 9] =
    ["group", "off_by", "off_mode", "width", "pan", "polyphony", "region_label", "group_label", "master_label"];

/// A region from its opcodes; `None` for one that a note does not start.
fn region(opcodes: &Opcodes, unknown: &mut BTreeSet<String>) -> Result<Option<Region>, &'static str> {
    let mut fields = Fields { opcodes, known: WITHOUT_EFFECT.into() };
    let Some(sample) = fields.text("sample") else { return Ok(None) };
    let path = format!("{}{sample}", fields.text("default_path").unwrap_or_default()).replace('\\', "/");
    let key = fields.key("key")?;
    let keys = fields.key("lokey")?.or(key).unwrap_or(0)..=fields.key("hikey")?.or(key).unwrap_or(127);
    let velocities = fields.number("lovel")?.unwrap_or(0)..=fields.number("hivel")?.unwrap_or(127);
    let loop_mode = match fields.text("loop_mode").or_else(|| fields.text("loopmode")) {
        Some("one_shot") => LoopMode::OneShot,
        Some("loop_continuous") => LoopMode::Continuous,
        Some("loop_sustain") => LoopMode::Sustain,
        _ => LoopMode::None,
    };
    let sequence_length = fields.number("seq_length")?.unwrap_or(1u32).max(1);
    let highest_chance = fields.number("hirand")?.unwrap_or(1.0f64);
    let transposed = 100.0 * fields.number("transpose")?.unwrap_or(0.0f64);
    let region = Region {
        sample: path,
        recording: 0,
        keys,
        velocities,
        sequence_length,
        sequence_position: (fields.number("seq_position")?.unwrap_or(1u32).max(1) - 1) % sequence_length,
        // The last of several shares takes in its end.
        chance: fields.number("lorand")?.unwrap_or(0.0)..if highest_chance >= 1.0 { 2.0 } else { highest_chance },
        volume_db: fields.number("volume")?.unwrap_or(0.0),
        velocity_tracking: fields.number("amp_veltrack")?.unwrap_or(100.0f32).clamp(0.0, 100.0) / 100.0,
        offset: fields.number("offset")?.unwrap_or(0),
        loop_mode,
        loop_points: (
            fields.number("loop_start")?.or(fields.number("loopstart")?),
            fields.number("loop_end")?.or(fields.number("loopend")?),
        ),
        pitch_key: fields.key("pitch_keycenter")?.or(key).unwrap_or(60),
        pitch_tracking: fields.number("pitch_keytrack")?.unwrap_or(100.0),
        tune_cents: transposed + fields.number("tune")?.or(fields.number("pitch")?).unwrap_or(0.0),
        envelope: Envelope {
            attack: fields.number("ampeg_attack")?.unwrap_or(0.0),
            hold: fields.number("ampeg_hold")?.unwrap_or(0.0),
            decay: fields.number("ampeg_decay")?.unwrap_or(0.0),
            sustain: fields.number("ampeg_sustain")?.unwrap_or(100.0f32) / 100.0,
            release: fields.number("ampeg_release")?.unwrap_or(0.001),
        },
    };
    let is_started = fields.text("trigger").is_none_or(|trigger| matches!(trigger, "attack" | "first"));
    // A controller rests at 0: a region that waits for it to move is not heard.
    let waits = opcodes
        .iter()
        .any(|(name, value)| name.starts_with("locc") && value.parse::<f64>().is_ok_and(|lowest| lowest > 0.0));
    unknown.extend(opcodes.keys().filter(|name| !fields.known.contains(&name.as_str())).cloned());
    Ok((is_started && !waits).then_some(region))
}

/// The opcodes of a region, and which of them have been asked for.
struct Fields<'a> {
    opcodes: &'a Opcodes,
    known: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    fn text(&mut self, name: &'static str) -> Option<&'a str> {
        self.known.push(name);
        self.opcodes.get(name).map(String::as_str)
    }

    fn number<T: std::str::FromStr>(&mut self, name: &'static str) -> Result<Option<T>, &'static str> {
        self.text(name).map(|text| text.parse().map_err(|_| "numbers where opcodes take numbers")).transpose()
    }

    /// A key as a number or a name such as `c#4`, in which c4 is 60; −1 stands for none.
    fn key(&mut self, name: &'static str) -> Result<Option<u8>, &'static str> {
        let Some(text) = self.text(name) else { return Ok(None) };
        if text == "-1" {
            return Ok(None);
        }
        let key = text.parse().ok().or_else(|| named_key(text)).filter(|key| *key < 128);
        key.map(Some).ok_or("a key from 0 to 127 or a name such as c#4")
    }
}

fn named_key(name: &str) -> Option<u8> {
    let mut letters = name.chars();
    let letter = letters.next()?.to_ascii_lowercase();
    let natural = [0, 2, 4, 5, 7, 9, 11]["cdefgab".find(letter)?];
    let rest = letters.as_str();
    let (shift, octave) = match rest.chars().next()? {
        '#' => (1, &rest[1..]),
        'b' => (-1, &rest[1..]),
        _ => (0, rest),
    };
    u8::try_from(12 * (octave.parse::<i32>().ok()? + 1) + natural + shift).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<SfzFile, SamplerError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x.sfz");
        std::fs::write(&file, text).unwrap();
        read(&file)
    }

    #[test]
    fn regions_inherit_from_the_headers_above_them() {
        let file = parse(
            "<control> default_path=a\\b\\\n<global> ampeg_release=0.5 // a comment\n<group> hivel=80 key=c#4\n\
             <region> sample=one two.wav tune=10\n<region>\nsample=x.wav lokey=59 hikey=61\n\
             <group>\n<region> sample=y.wav",
        )
        .unwrap();
        let [first, second, third] = &file.regions[..] else { panic!("{}", file.regions.len()) };
        assert_eq!(first.sample, "a/b/one two.wav");
        assert_eq!((first.keys.clone(), first.velocities.clone(), first.cents(61)), (61..=61, 0..=80, 10.0));
        assert_eq!((second.keys.clone(), second.cents(60)), (59..=61, -100.0));
        assert_eq!((third.keys.clone(), third.envelope.release), (0..=127, 0.5));
    }

    #[test]
    fn definitions_are_filled_in_and_what_no_note_starts_is_left_out() {
        let file = parse(
            "#define $K 40\n<region> key=$K sample=a.wav cutoff=300\n<region> sample=b.wav trigger=release\n\
             <region> sample=c.wav locc64=64",
        )
        .unwrap();
        assert_eq!(file.regions.len(), 1);
        assert_eq!(file.regions[0].keys, 40..=40);
        assert_eq!(file.unknown_opcodes, ["cutoff", "locc64"]);
    }

    #[test]
    fn faults_are_named_with_their_line() {
        let message = parse("<region>\nsample=a.wav\n<region> sample=a.wav key=x").unwrap_err().to_string();
        assert!(message.ends_with("x.sfz:3: expected a key from 0 to 127 or a name such as c#4"), "{message}");
        assert!(parse("<region>\nkey").unwrap_err().to_string().ends_with("x.sfz:2: expected opcode=value"));
        assert!(parse("#include \"x.sfz\"").is_err());
    }

    #[test]
    fn an_envelope_rises_falls_to_its_sustain_and_is_released() {
        let envelope = Envelope { attack: 0.1, hold: 0.1, decay: 0.2, sustain: 0.5, release: 0.1 };
        let mut level = envelope.start(0.6, 1000.0);
        let levels: Vec<f32> = (0..800).map(|_| level.step()).collect();
        assert_eq!((levels[50], levels[150]), (0.5, 1.0));
        assert!((levels[450] - 0.5).abs() < 1e-3);
        // Half of the release's decibels are half of −80.
        assert!((levels[650] / 0.5 - 0.01).abs() < 1e-3, "{}", levels[650]);
        assert!(levels[720] < SILENT_GAIN);
    }
}
