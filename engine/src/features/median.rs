//! Medians of windows in which one value at a time is replaced. Audio thread; bounded by the length of the window.

/// Puts `new` into a sorted window in the place of one `old` value that is in it.
pub(super) fn replace(sorted: &mut [f32], old: f32, new: f32) {
    let Some(last) = sorted.len().checked_sub(1) else { return };
    let mut at = sorted.partition_point(|&value| value < old).min(last);
    while at < last && sorted[at + 1] < new {
        sorted[at] = sorted[at + 1];
        at += 1;
    }
    while at > 0 && sorted[at - 1] > new {
        sorted[at] = sorted[at - 1];
        at -= 1;
    }
    sorted[at] = new;
}

/// The middle of a sorted window of odd length; 0 for an empty one.
pub(super) fn middle(sorted: &[f32]) -> f32 {
    sorted.get(sorted.len() / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_window_stays_sorted(values in prop::collection::vec(0_u8..6, 1..60), length in 1_usize..12) {
            // Few distinct values, so that equal ones meet.
            let values: Vec<f32> = values.into_iter().map(f32::from).collect();
            let mut window = vec![0.0; length];
            for (index, &new) in values.iter().enumerate() {
                let old = index.checked_sub(length).map_or(0.0, |index| values[index]);
                replace(&mut window, old, new);
                let mut expected = vec![0.0; length.saturating_sub(index + 1)];
                expected.extend(&values[(index + 1).saturating_sub(length)..=index]);
                expected.sort_by(f32::total_cmp);
                prop_assert_eq!(&window, &expected);
            }
        }
    }

    #[test]
    fn the_middle_is_the_median() {
        assert_eq!(middle(&[1.0, 2.0, 7.0]), 2.0);
        assert_eq!(middle(&[]), 0.0);
        replace(&mut [], 0.0, 1.0);
    }
}
