//! Names and times as people read them.

use std::{fmt, path::Path};

/// A file name for a message of one line: control characters are escaped, what is not Unicode becomes `�`.
pub struct Printable<'a>(pub &'a Path);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.to_string_lossy().chars() {
            if character.is_control() {
                write!(formatter, "{}", character.escape_default())?;
            } else {
                write!(formatter, "{character}")?;
            }
        }
        Ok(())
    }
}

/// Seconds as `m:ss` or `h:mm:ss`, with a number of decimals.
pub fn clock(seconds: f64, decimals: usize) -> String {
    let unit = 10_u64.pow(decimals as u32);
    let ticks = (seconds.max(0.0) * unit as f64).round() as u64;
    let (whole, fraction) = (ticks / unit, ticks % unit);
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    let mut text = match hours {
        0 => format!("{minutes}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    };
    if decimals > 0 {
        text.push_str(&format!(".{fraction:0decimals$}"));
    }
    text
}

/// A whole number with its thousands set apart by a narrow space, as in `44 100`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// A count with its noun, as in `1 beat` or `1 203 beats`.
pub fn counted(number: usize, singular: &str) -> String {
    format!("{} {singular}{}", grouped(number as u64), if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_round_up_into_the_next_minute() {
        assert_eq!(clock(0.0, 0), "0:00");
        assert_eq!(clock(59.996, 2), "1:00.00");
        assert_eq!(clock(3600.0 + 62.5, 1), "1:01:02.5");
        assert_eq!(clock(-1.0, 0), "0:00");
    }

    #[test]
    fn names_stay_on_one_line() {
        assert_eq!(Printable(Path::new("a\nb\u{1b}.wav")).to_string(), "a\\nb\\u{1b}.wav");
    }

    #[test]
    fn counts_are_grouped() {
        assert_eq!(grouped(44_100), "44\u{202f}100");
        assert_eq!(counted(1, "beat"), "1 beat");
        assert_eq!(counted(0, "beat"), "0 beats");
    }
}
