//! How close a key is to the annotated one, as MIREX weighs it.

use attacca_models::vocabulary::{KeyClass, Mode};

/// The weighted score: 1 for the same key, 0.5 for a fifth above in the same mode, 0.3 for the relative, 0.2 for the
/// parallel key, 0 otherwise. `None` is no key, mir_eval's `X`, which is right where none is annotated.
pub fn weighted_score(reference: Option<KeyClass>, estimate: Option<KeyClass>) -> f64 {
    let (reference, estimate) = match (reference, estimate) {
        (Some(reference), Some(estimate)) => (reference, estimate),
        (None, None) => return 1.0,
        _ => return 0.0,
    };
    let above = (12 + estimate.tonic - reference.tonic) % 12;
    match (reference.mode, estimate.mode, above) {
        (Mode::Major, Mode::Major, 0) | (Mode::Minor, Mode::Minor, 0) => 1.0,
        (Mode::Major, Mode::Major, 7) | (Mode::Minor, Mode::Minor, 7) => 0.5,
        (Mode::Major, Mode::Minor, 9) | (Mode::Minor, Mode::Major, 3) => 0.3,
        (Mode::Major, Mode::Minor, 0) | (Mode::Minor, Mode::Major, 0) => 0.2,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(tonic: u8, mode: Mode) -> Option<KeyClass> {
        Some(KeyClass { tonic, mode })
    }

    #[test]
    fn related_keys_are_partly_right() {
        let g_major = key(7, Mode::Major);
        let estimates = [
            (g_major, 1.0),
            (key(2, Mode::Major), 0.5),
            (key(0, Mode::Major), 0.0),
            (key(4, Mode::Minor), 0.3),
            (key(7, Mode::Minor), 0.2),
            (None, 0.0),
        ];
        for (estimate, score) in estimates {
            assert_eq!(weighted_score(g_major, estimate), score, "{estimate:?}");
        }
        assert_eq!(weighted_score(key(4, Mode::Minor), g_major), 0.3);
        assert_eq!(weighted_score(None, None), 1.0);
    }
}
