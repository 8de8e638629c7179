//! Accuracy of a tempo: Gouyon et al., *An experimental comparison of audio tempo induction algorithms* (IEEE
//! Transactions on Audio, Speech, and Language Processing, 2006).

/// How far an estimate may be from the tempo, as a share of it.
const TOLERANCE: f64 = 0.04;

/// What else accuracy 2 takes for right: the tempo of another metrical level, as a multiple of the annotated one.
const OTHER_LEVELS: [f64; 4] = [2.0, 3.0, 1.0 / 2.0, 1.0 / 3.0];

/// Accuracy 1: whether `estimate` is within 4 % of `reference`, both in beats a minute.
pub fn is_right(reference: f64, estimate: f64) -> bool {
    (estimate - reference).abs() <= TOLERANCE * reference
}

/// Accuracy 2: whether it is within 4 % of the tempo, or of twice, three times, half or a third of it.
pub fn is_right_at_some_level(reference: f64, estimate: f64) -> bool {
    is_right(reference, estimate) || OTHER_LEVELS.iter().any(|factor| is_right(factor * reference, estimate))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_per_cent_are_allowed() {
        assert!(is_right(100.0, 104.0) && is_right(100.0, 96.0));
        assert!(!is_right(100.0, 104.1) && !is_right(100.0, 95.9) && !is_right(100.0, 200.0));
    }

    #[test]
    fn other_levels_are_twice_and_three_times_up_and_down() {
        for estimate in [100.0, 200.0, 300.0, 50.0, 33.0] {
            assert!(is_right_at_some_level(100.0, estimate), "{estimate}");
        }
        assert!(!is_right_at_some_level(100.0, 150.0) && !is_right_at_some_level(100.0, 25.0));
    }
}
