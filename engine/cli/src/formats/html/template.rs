//! Filling the page's frame, and the two escapes that it needs.

use std::{
    fmt,
    io::{self, Write},
};

/// Writes a frame with every `{{name}}` replaced by what `part` writes for it.
///
/// # Errors
/// When writing fails.
pub fn fill(
    frame: &str,
    out: &mut dyn Write,
    mut part: impl FnMut(&str, &mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut rest = frame;
    while let Some((before, after)) = rest.split_once("{{") {
        out.write_all(before.as_bytes())?;
        let (name, after) = after.split_once("}}").ok_or_else(|| io::Error::other("the page's frame is broken"))?;
        part(name, out)?;
        rest = after;
    }
    out.write_all(rest.as_bytes())
}

/// Text for the content of an element or an attribute in double quotes.
pub struct Escaped<'a>(pub &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => formatter.write_str("&amp;")?,
                '<' => formatter.write_str("&lt;")?,
                '>' => formatter.write_str("&gt;")?,
                '"' => formatter.write_str("&quot;")?,
                '\0' => formatter.write_str("\u{fffd}")?,
                other => write!(formatter, "{other}")?,
            }
        }
        Ok(())
    }
}

/// Bytes for the path of a URL (RFC 3986): all but unreserved characters and `/` are percent-encoded.
pub fn percent_encoded(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_filled_in_order() {
        let mut out = Vec::new();
        fill("a{{x}}b{{y}}", &mut out, |name, out| write!(out, "<{name}>")).unwrap();
        assert_eq!(out, b"a<x>b<y>");
        assert!(fill("a{{x", &mut Vec::new(), |_, _| Ok(())).is_err());
    }

    #[test]
    fn urls_are_plain_ascii() {
        assert_eq!(percent_encoded("../a b/é#?.wav".as_bytes()), "../a%20b/%C3%A9%23%3F.wav");
    }
}
