//! One measure of one part.

use roxmltree::Node;

use super::symbol;
use crate::score::written::{Measure, WrittenNote, WrittenTie, repeats::Marks};

/// Velocity of a note without a dynamic mark: 100 % of MusicXML's reference, which is 90.
const PLAIN_VELOCITY: f64 = 80.0;

/// What holds from one measure of a part to the next.
#[derive(Clone, Debug)]
pub(super) struct State {
    divisions: f64,
    metre: (u8, u8),
    sharps: i8,
    transposition: i32,
    velocity: f64,
}

impl Default for State {
    fn default() -> Self {
        Self { divisions: 1.0, metre: (4, 4), sharps: 0, transposition: 0, velocity: PLAIN_VELOCITY }
    }
}

/// An element that is not what MusicXML asks for.
pub(super) struct Fault<'a, 'input> {
    pub(super) node: Node<'a, 'input>,
    pub(super) expected: &'static str,
}

/// Reads a measure and leaves in `state` what holds after it.
pub(super) fn read<'a, 'input>(node: Node<'a, 'input>, state: &mut State) -> Result<Measure, Fault<'a, 'input>> {
    let mut measure = Measure::default();
    let mut now = 0.0f64;
    let mut chord_start = 0.0;
    for element in node.children().filter(Node::is_element) {
        match element.tag_name().name() {
            "attributes" => attributes(element, state)?,
            "backup" => now = (now - duration(element, state)?).max(0.0),
            "forward" => now += duration(element, state)?,
            "note" => {
                // A grace note takes no time of its own.
                if child(element, "grace").is_some() {
                    continue;
                }
                let length = duration(element, state)?;
                let start = if child(element, "chord").is_some() { chord_start } else { now };
                measure.sung |= child(element, "lyric").is_some();
                if child(element, "cue").is_none() && length > 0.0 {
                    measure.notes.extend(note(element, start, length, state)?);
                }
                chord_start = start;
                now = now.max(start + length);
                if child(element, "chord").is_none() {
                    now = start + length;
                }
            }
            "harmony" => {
                let offset = child_value::<f64>(element, "offset").unwrap_or(0.0) / state.divisions;
                measure.symbols.push((now + offset, symbol::read(element)));
            }
            "direction" => {
                let offset = child_value::<f64>(element, "offset").unwrap_or(0.0) / state.divisions;
                for sound in element.children().filter(|child| child.has_tag_name("sound")) {
                    sounds(sound, now + offset, state, &mut measure);
                }
            }
            "sound" => sounds(element, now, state, &mut measure),
            "barline" => bar_line(element, &mut measure.marks),
            _ => {}
        }
        measure.length = measure.length.max(now);
    }
    measure.metre = state.metre;
    measure.sharps = state.sharps;
    Ok(measure)
}

fn attributes<'a, 'input>(node: Node<'a, 'input>, state: &mut State) -> Result<(), Fault<'a, 'input>> {
    for element in node.children().filter(Node::is_element) {
        let fault = |expected| Fault { node: element, expected };
        match element.tag_name().name() {
            "divisions" => {
                let divisions = value::<f64>(element).filter(|divisions| *divisions > 0.0);
                state.divisions = divisions.ok_or_else(|| fault("divisions of a quarter note above 0"))?;
            }
            "time" => {
                // Free time (senza misura) has no beats: the metre before it stays.
                if child(element, "senza-misura").is_some() {
                    continue;
                }
                let beats = child(element, "beats").and_then(|beats| beats.text());
                let sum = beats.and_then(|beats| beats.split('+').map(|group| group.trim().parse::<u8>().ok()).sum());
                let unit = child_value(element, "beat-type").filter(|unit| *unit > 0);
                state.metre = sum.zip(unit).ok_or_else(|| fault("beats and beat-type as numbers"))?;
            }
            "key" => state.sharps = child_value(element, "fifths").unwrap_or(0),
            "transpose" => {
                let octaves = child_value::<i32>(element, "octave-change").unwrap_or(0);
                state.transposition = child_value::<i32>(element, "chromatic").unwrap_or(0) + 12 * octaves;
            }
            _ => {}
        }
    }
    Ok(())
}

fn sounds(node: Node<'_, '_>, now: f64, state: &mut State, measure: &mut Measure) {
    let attribute = |name| node.attribute(name).and_then(|text| text.parse::<f64>().ok()).filter(|value| *value > 0.0);
    measure.tempi.extend(attribute("tempo").map(|tempo| (now, tempo)));
    // MusicXML counts playback dynamics in per cent of velocity 90.
    if let Some(dynamics) = attribute("dynamics") {
        state.velocity = 0.9 * dynamics;
    }
}

/// Adds what a `barline` element says to a measure's marks.
fn bar_line(barline: Node<'_, '_>, marks: &mut Marks) {
    for element in barline.children().filter(Node::is_element) {
        match (element.tag_name().name(), element.attribute("direction"), element.attribute("type")) {
            ("repeat", Some("forward"), _) => marks.opens = true,
            ("repeat", ..) => {
                let times = element.attribute("times").and_then(|times| times.parse().ok());
                marks.closes = Some(times.unwrap_or(2));
            }
            ("ending", _, Some("start")) => {
                let numbers = element.attribute("number").unwrap_or_default().split([',', ' ']);
                marks.ending = numbers.filter_map(|number| number.trim().parse().ok()).collect();
            }
            ("ending", ..) => marks.ending_stops = true,
            _ => {}
        }
    }
}

/// A sounding note; `None` for a rest and an unpitched one.
fn note<'a, 'input>(
    node: Node<'a, 'input>,
    start: f64,
    length: f64,
    state: &State,
) -> Result<Option<WrittenTie>, Fault<'a, 'input>> {
    let Some(pitch) = child(node, "pitch") else { return Ok(None) };
    let fault = Fault { node: pitch, expected: "a step from A to G and an octave" };
    let step = child(pitch, "step").and_then(symbol::step);
    let Some((step, octave)) = step.zip(child_value::<i32>(pitch, "octave")) else { return Err(fault) };
    let alter = child_value::<f64>(pitch, "alter").unwrap_or(0.0).round() as i32;
    let key = 12 * (octave + 1) + step + alter + state.transposition;
    let tied = |kind: &str| {
        node.children().any(|tie| tie.has_tag_name("tie") && tie.attribute("type").is_some_and(|named| named == kind))
    };
    Ok(Some(WrittenTie {
        note: WrittenNote {
            start,
            length,
            key: key.clamp(0, 127) as u8,
            velocity: state.velocity.clamp(20.0, 120.0) as u8,
        },
        continues: tied("stop"),
        goes_on: tied("start"),
    }))
}

/// The duration of an element in quarter notes.
fn duration<'a, 'input>(node: Node<'a, 'input>, state: &State) -> Result<f64, Fault<'a, 'input>> {
    let divisions = child_value::<f64>(node, "duration").filter(|divisions| *divisions >= 0.0);
    let divisions = divisions.ok_or(Fault { node, expected: "a duration in divisions of a quarter note" })?;
    Ok(divisions / state.divisions)
}

pub(super) fn child<'a, 'input>(node: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    node.children().find(|child| child.has_tag_name(name))
}

pub(super) fn child_value<T: std::str::FromStr>(node: Node<'_, '_>, name: &str) -> Option<T> {
    child(node, name).and_then(value)
}

fn value<T: std::str::FromStr>(node: Node<'_, '_>) -> Option<T> {
    node.text()?.trim().parse().ok()
}
