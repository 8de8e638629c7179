//! The notes of a tune, bar by bar.

use super::{
    Fault,
    cursor::Cursor,
    fields::{self, Signature},
    symbol,
};
use crate::{
    harte::natural,
    score::written::{Measure, WrittenNote, WrittenTie},
};

/// Velocity of every note.
const VELOCITY: u8 = 80;

/// MIDI key of the note `C`; `c` is an octave above.
const MIDDLE_C: i32 = 60;

/// What a tune has said so far.
#[derive(Debug, Default)]
pub(super) struct Body {
    metre: Option<(u8, u8)>,
    /// The unit length in quarter notes, once it is known.
    unit: Option<f64>,
    signature: Signature,
    voice: Option<String>,
    /// Tempo marks of the header, which the unit length may follow.
    tempo_marks: Vec<String>,
    /// The bars that are full.
    measures: Vec<Measure>,
    measure: Measure,
    /// Where in the bar the next note starts, in quarter notes.
    now: f64,
    /// The end of the longest overlay before this one.
    overlays: f64,
    /// Accidentals that hold to the end of the bar, by their letters from A on.
    accidentals: [Option<i8>; 7],
    /// The last note, chord or rest, if it lies in this bar.
    last: Option<Last>,
    /// Its pitches.
    pitches: Vec<Pitch>,
    /// Pitches that a tie holds on to.
    tied: Vec<Pitch>,
    /// Factor on the length of the next note, by broken rhythm.
    broken: Option<f64>,
    tuplet: Option<Tuplet>,
    in_ending: bool,
}

/// A note, a chord or a rest.
#[derive(Clone, Copy, Debug)]
struct Last {
    /// Its first note among the bar's.
    first: usize,
    length: f64,
}

/// Notes that are longer or shorter by a factor.
#[derive(Clone, Copy, Debug)]
struct Tuplet {
    factor: f64,
    left: u32,
}

/// A note's place on the staff, in the semitones of natural notes, and what it sounds.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Pitch {
    natural: i32,
    key: u8,
}

impl Body {
    /// Takes a field of the header.
    pub(super) fn header(&mut self, name: char, value: &str) -> Result<(), Fault> {
        match name {
            'Q' => self.tempo_marks.push(value.to_owned()),
            'K' => {
                let unit = *self.unit.get_or_insert(self.metre.map_or(0.5, fields::default_unit));
                self.measure
                    .tempi
                    .extend(self.tempo_marks.iter().filter_map(|mark| Some((0.0, fields::tempo(mark, unit)?))));
                self.field(name, value)?;
            }
            _ => self.field(name, value)?,
        }
        Ok(())
    }

    /// Takes a field of the body.
    pub(super) fn field(&mut self, name: char, value: &str) -> Result<(), Fault> {
        match name {
            'M' => self.metre = fields::metre(value)?,
            'L' => self.unit = Some(fields::unit_length(value)?),
            'K' => self.signature = Signature::parse(value)?,
            'Q' => {
                let tempo = fields::tempo(value, self.unit());
                self.measure.tempi.extend(tempo.map(|tempo| (self.now, tempo)));
            }
            'V' => {
                let voice = value.split_whitespace().next().unwrap_or_default();
                if self.voice.get_or_insert_with(|| voice.to_owned()) != voice {
                    return Err(Fault::new("a tune in one voice", format!("the voice {voice}")));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Takes a line of notes.
    pub(super) fn music(&mut self, line: &str) -> Result<(), Fault> {
        let mut cursor = Cursor::new(line);
        while let Some(sign) = cursor.peek() {
            match sign {
                'A'..='G' | 'a'..='g' | '^' | '_' | '=' => self.chord(&mut cursor, false)?,
                'z' | 'x' => {
                    cursor.next();
                    let length = cursor.length();
                    self.advance(length, self.measure.notes.len());
                    self.pitches.clear();
                    self.tied.clear();
                }
                'Z' | 'X' => {
                    cursor.next();
                    self.whole_rests(cursor.number().unwrap_or(1));
                }
                '|' | ':' | ']' => self.bar_line(&mut cursor),
                '[' => self.bracket(&mut cursor)?,
                '(' => self.parenthesis(&mut cursor),
                '>' | '<' => {
                    let times = cursor.take_while(|other| other == sign).len();
                    self.broken_rhythm(sign == '>', times)?;
                }
                '-' => {
                    cursor.next();
                    self.tie();
                }
                '&' => {
                    cursor.next();
                    self.overlays = self.overlays.max(self.now);
                    (self.now, self.last) = (0.0, None);
                }
                '"' => {
                    cursor.next();
                    let text = cursor.take_until('"').ok_or_else(|| Fault::new("a text that ends in a quote", line))?;
                    self.measure.symbols.extend(symbol::read(text).map(|symbol| (self.now, symbol)));
                }
                '{' => {
                    cursor.take_until('}').ok_or_else(|| Fault::new("grace notes that end in a brace", line))?;
                }
                '!' | '+' => decoration(&mut cursor),
                // Spacing, which may have a length of its own.
                'y' => {
                    cursor.next();
                    cursor.length();
                }
                // Spaces, ends of slurs and ornaments.
                ' ' | '\t' | '`' | '\\' | ')' | '.' | '~' | '*' | '$' | 'H'..='W' | 'h'..='w' => {
                    cursor.next();
                }
                _ => return Err(Fault::new("notes, rests and bar lines", cursor.rest())),
            }
        }
        Ok(())
    }

    /// The bars of the tune.
    pub(super) fn finish(mut self) -> Result<Vec<Measure>, Fault> {
        self.close_bar();
        if self.metre.is_none() {
            return Err(Fault::new("a metre (M:)", "none"));
        }
        if self.measures.is_empty() {
            return Err(Fault::new("notes", "none"));
        }
        Ok(self.measures)
    }

    fn unit(&self) -> f64 {
        self.unit.unwrap_or(0.5)
    }

    /// Moves on by a length in unit lengths, that of the notes of the bar from `first` on; returns what it takes in quarter
    /// notes for each unit length.
    fn advance(&mut self, length: f64, first: usize) -> f64 {
        let mut quarters = self.unit() * self.broken.take().unwrap_or(1.0);
        if let Some(Tuplet { factor, left }) = self.tuplet.take() {
            quarters *= factor;
            self.tuplet = (left > 1).then_some(Tuplet { factor, left: left - 1 });
        }
        self.last = Some(Last { first, length: length * quarters });
        self.now += length * quarters;
        quarters
    }

    fn whole_rests(&mut self, bars: u32) {
        let (beats, kind) = self.metre.unwrap_or((4, 4));
        for _ in 0..bars {
            self.now += 4.0 * f64::from(beats) / f64::from(kind);
            self.close_bar();
        }
    }

    /// Takes a note, or the notes of a chord up to the bracket that closes it.
    fn chord(&mut self, cursor: &mut Cursor<'_>, bracketed: bool) -> Result<(), Fault> {
        let mut notes = Vec::new();
        loop {
            match cursor.peek() {
                Some('A'..='G' | 'a'..='g' | '^' | '_' | '=') => {
                    let pitch = self.pitch(cursor)?;
                    notes.push((pitch, cursor.length(), false));
                }
                Some('-') if bracketed => {
                    cursor.next();
                    notes.iter_mut().rev().take(1).for_each(|(.., goes_on)| *goes_on = true);
                }
                Some(']') if bracketed => {
                    cursor.next();
                    break;
                }
                // Ornaments of single notes, fingerings and spaces.
                Some(' ' | '.' | '~' | 'H'..='W' | 'h'..='w') if bracketed => {
                    cursor.next();
                }
                Some('"') if bracketed => {
                    cursor.next();
                    cursor.take_until('"');
                }
                Some('!' | '+') if bracketed => decoration(cursor),
                _ => return Err(Fault::new("the notes of a chord and a bracket that closes it", cursor.rest())),
            }
            if !bracketed {
                break;
            }
        }
        let outer = if bracketed { cursor.length() } else { 1.0 };
        let Some((_, length, _)) = notes.first() else { return Ok(()) };
        let (start, first) = (self.now, self.measure.notes.len());
        let quarters = self.advance(length * outer, first);
        let tied = std::mem::take(&mut self.tied);
        self.pitches = notes.iter().map(|(pitch, ..)| *pitch).collect();
        for (pitch, length, goes_on) in notes {
            let note = WrittenNote { start, length: length * outer * quarters, key: pitch.key, velocity: VELOCITY };
            self.measure.notes.push(WrittenTie { note, continues: tied.contains(&pitch), goes_on });
            self.tied.extend(goes_on.then_some(pitch));
        }
        Ok(())
    }

    /// Takes a pitch.
    fn pitch(&mut self, cursor: &mut Cursor<'_>) -> Result<Pitch, Fault> {
        let before = cursor.rest();
        let refused = || Fault::new("an accidental and a note from A to g", before);
        let signs = cursor.take_while(|sign| ['^', '_', '='].contains(&sign));
        let letter =
            cursor.next().filter(|letter| ('A'..='G').contains(&letter.to_ascii_uppercase())).ok_or_else(refused)?;
        let upper = letter.to_ascii_uppercase();
        let step = natural(upper).ok_or_else(refused)?;
        let octaves = cursor.take_while(|sign| ['\'', ','].contains(&sign));
        let octaves =
            i32::from(letter != upper) + octaves.chars().map(|sign| if sign == '\'' { 1 } else { -1 }).sum::<i32>();
        let natural = MIDDLE_C + step + 12 * octaves;
        let accidental = &mut self.accidentals[usize::from(upper as u8 - b'A')];
        if !signs.is_empty() {
            *accidental = Some(fields::accidental(signs).ok_or_else(refused)?);
        }
        // An accidental holds on over the bar line with the note that is tied.
        let held = self.tied.iter().find(|pitch| pitch.natural == natural && signs.is_empty());
        let raised = accidental.map_or_else(|| self.signature.of_letter(upper), i32::from);
        let key = held.map_or_else(|| (natural + raised).clamp(0, 127) as u8, |pitch| pitch.key);
        Ok(Pitch { natural, key })
    }

    /// Ties the last note or chord to the next.
    fn tie(&mut self) {
        let Some(Last { first, .. }) = self.last else { return };
        for tie in &mut self.measure.notes[first..] {
            tie.goes_on = true;
        }
        self.tied.clone_from(&self.pitches);
    }

    /// Makes the last note longer at the cost of the next, or shorter for its benefit.
    fn broken_rhythm(&mut self, first_is_longer: bool, times: usize) -> Result<(), Fault> {
        let sign = if first_is_longer { ">" } else { "<" };
        let Last { first, length } = self.last.ok_or_else(|| Fault::new("a note before broken rhythm", sign))?;
        let short = 0.5f64.powi(times.min(4) as i32);
        let (factor, next) = if first_is_longer { (2.0 - short, short) } else { (short, 2.0 - short) };
        for tie in &mut self.measure.notes[first..] {
            tie.note.length *= factor;
        }
        self.now += length * (factor - 1.0);
        self.broken = Some(next);
        Ok(())
    }

    /// Takes what an opening bracket begins: a bar line, an ending, a field or a chord.
    fn bracket(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Fault> {
        let mut inner = *cursor;
        inner.next();
        match (inner.peek(), inner.rest().chars().nth(1)) {
            (Some('|'), _) => self.bar_line(cursor),
            (Some(digit), _) if digit.is_ascii_digit() => {
                let endings = inner.endings();
                self.close_bar();
                self.begin_ending(endings);
                *cursor = inner;
            }
            // An ending that is named in words is played each time.
            (Some('"'), _) if self.now == 0.0 => *cursor = inner,
            (Some(name), Some(':')) if name.is_ascii_alphabetic() => {
                let field = inner.take_until(']');
                let field = field.ok_or_else(|| Fault::new("a field that ends in a bracket", cursor.rest()))?;
                self.field(name, field[2..].trim())?;
                *cursor = inner;
            }
            _ => {
                *cursor = inner;
                self.chord(cursor, true)?;
            }
        }
        Ok(())
    }

    /// Takes the beginning of a tuplet, or of a slur.
    fn parenthesis(&mut self, cursor: &mut Cursor<'_>) {
        cursor.next();
        let Some(notes) = cursor.number().filter(|notes| *notes > 0) else { return };
        let mut given = || {
            let is_given = cursor.peek() == Some(':');
            if is_given {
                cursor.next();
            }
            cursor.number().filter(|_| is_given)
        };
        let (time, left) = (given(), given());
        let is_compound = self.metre.is_some_and(|(beats, _)| beats > 3 && beats.is_multiple_of(3));
        let time = time.unwrap_or(match notes {
            2 | 4 | 8 => 3,
            3 | 6 => 2,
            _ if is_compound => 3,
            _ => 2,
        });
        let factor = f64::from(time) / f64::from(notes);
        self.tuplet = Some(Tuplet { factor, left: left.unwrap_or(notes) });
    }

    /// Takes a bar line with its repeats and the endings that it begins.
    fn bar_line(&mut self, cursor: &mut Cursor<'_>) {
        let mut signs = String::new();
        while let Some(sign) = cursor.peek() {
            let belongs = match sign {
                '|' | ':' => true,
                ']' => signs.ends_with('|') || signs.is_empty(),
                '[' => cursor.rest().starts_with("[|"),
                _ => false,
            };
            if !belongs {
                break;
            }
            signs.extend(cursor.next());
        }
        let endings = if signs.ends_with(['|', ':']) { cursor.endings() } else { Vec::new() };
        self.close_bar();
        let colons = signs.chars().take_while(|sign| *sign == ':').count();
        let closes = match (colons, signs.contains('|')) {
            (0, _) | (1, false) => None,
            (colons, true) => Some(colons + 1),
            (_, false) => Some(2),
        };
        if let Some(last) = self.measures.last_mut() {
            last.marks.closes = closes.or(last.marks.closes);
            last.marks.ending_stops |= self.in_ending && signs.len() > 1;
        }
        self.in_ending &= signs.len() == 1;
        self.measure.marks.opens |= signs.len() > 1 && signs.ends_with(':');
        self.begin_ending(endings);
    }

    /// Begins an ending with the bar that is open, if there are numbers; the one before stops.
    fn begin_ending(&mut self, numbers: Vec<usize>) {
        if numbers.is_empty() {
            return;
        }
        if let Some(last) = self.measures.last_mut() {
            last.marks.ending_stops |= self.in_ending;
        }
        self.measure.marks.ending = numbers;
        self.in_ending = true;
    }

    /// Ends the bar, if there is anything in it.
    fn close_bar(&mut self) {
        let length = self.now.max(self.overlays);
        if length <= 0.0 {
            return;
        }
        let mut measure = std::mem::take(&mut self.measure);
        measure.length = length;
        measure.metre = self.metre.unwrap_or((4, 4));
        measure.sharps = self.signature.sharps;
        measure.key = self.signature.key;
        self.measures.push(measure);
        (self.now, self.overlays, self.last) = (0.0, 0.0, None);
        self.accidentals = [None; 7];
    }
}

/// Takes a decoration such as `!trill!`; older files end lines of the staff with a single sign.
fn decoration(cursor: &mut Cursor<'_>) {
    let Some(sign) = cursor.next() else { return };
    let is_name = |name: &str| !name.contains([' ', '|']);
    if cursor.rest().split_once(sign).is_some_and(|(name, _)| is_name(name)) {
        cursor.take_until(sign);
    }
}
