//! Text in the page.

use std::fmt;

/// Writes text such that HTML and the values of its attributes show it as it is.
pub(super) struct Escaped<T>(pub(super) T);

impl<T: AsRef<str>> fmt::Display for Escaped<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.as_ref();
        while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
            formatter.write_str(&rest[..at])?;
            formatter.write_str(match rest.as_bytes()[at] {
                b'&' => "&amp;",
                b'<' => "&lt;",
                b'>' => "&gt;",
                b'"' => "&quot;",
                _ => "&#39;",
            })?;
            rest = &rest[at + 1..];
        }
        formatter.write_str(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_becomes_text() {
        let text = "<b title=\"x\">R&B's – ä</b>";
        assert_eq!(Escaped(text).to_string(), "&lt;b title=&quot;x&quot;&gt;R&amp;B&#39;s – ä&lt;/b&gt;");
        assert_eq!(Escaped("").to_string(), "");
    }
}
