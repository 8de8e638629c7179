//! Reading along a line of notes.

/// What of a line is not read yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(line: &'a str) -> Self {
        Self { rest: line }
    }

    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    /// Takes the next character.
    pub(super) fn next(&mut self) -> Option<char> {
        let mut letters = self.rest.chars();
        let first = letters.next();
        self.rest = letters.as_str();
        first
    }

    /// Takes as many characters as there are of a kind.
    pub(super) fn take_while(&mut self, is_wanted: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|letter| !is_wanted(letter)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    /// Takes what comes before a character, and that; `None`, and nothing, if it does not come.
    pub(super) fn take_until(&mut self, end: char) -> Option<&'a str> {
        let (taken, rest) = self.rest.split_once(end)?;
        self.rest = rest;
        Some(taken)
    }

    /// Takes a number; `None`, and nothing, without one.
    pub(super) fn number(&mut self) -> Option<u32> {
        let digits = self.take_while(|letter| letter.is_ascii_digit());
        digits.parse().ok()
    }

    /// Takes the length of a note in unit lengths, such as `3/2`, `/` or nothing.
    pub(super) fn length(&mut self) -> f64 {
        let mut length = self.number().map_or(1.0, f64::from);
        while self.peek() == Some('/') {
            self.next();
            length /= self.number().filter(|under| *under > 0).map_or(2.0, f64::from);
        }
        length
    }

    /// Takes the numbers of endings, such as `1`, `1,3` or `1-3`, in order; none without them.
    pub(super) fn endings(&mut self) -> Vec<usize> {
        let mut numbers: Vec<usize> = Vec::new();
        let mut is_range = false;
        while let Some(number) = self.number() {
            let number = number as usize;
            let from = numbers.last().filter(|_| is_range).map_or(number, |last| last + 1);
            numbers.extend(from..=number.min(from + MOST_TIMES));
            is_range = self.peek() == Some('-');
            let goes_on = matches!(self.peek(), Some(',' | '-'))
                && self.rest[1..].starts_with(|letter: char| letter.is_ascii_digit());
            if !goes_on {
                break;
            }
            self.next();
        }
        numbers
    }
}

/// Most times that a range of endings names.
const MOST_TIMES: usize = 8;
