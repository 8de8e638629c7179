//! What independent teachers agree on.
//!
//! Each rule is a pure function from the teachers' answers about a whole recording to an [`Annotation`]: labels where
//! the teachers agree, masked everywhere else.
//!
//! [`Annotation`]: crate::data::labels::Annotation

pub mod beats;
pub mod chords;
pub mod onsets;
pub mod voice;

/// The stretches of `[0, seconds]` that no stretch of `known` covers; `known` is in order and does not overlap.
pub(crate) fn unknown(known: &[[f64; 2]], seconds: f64) -> Vec<[f64; 2]> {
    let starts = std::iter::once(0.0).chain(known.iter().map(|stretch| stretch[1]));
    let ends = known.iter().map(|stretch| stretch[0]).chain(std::iter::once(seconds));
    starts.zip(ends).filter(|(start, end)| start < end).map(|(start, end)| [start, end]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_lies_between_and_around() {
        assert_eq!(unknown(&[], 3.0), [[0.0, 3.0]]);
        assert_eq!(unknown(&[[0.0, 1.0], [1.0, 1.5], [2.0, 3.0]], 3.0), [[1.5, 2.0]]);
        assert_eq!(unknown(&[[1.0, 2.0]], 3.0), [[0.0, 1.0], [2.0, 3.0]]);
    }
}
