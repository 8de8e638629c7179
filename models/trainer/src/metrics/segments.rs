//! What holds over stretches of time: chords, keys.

/// A stretch of time and what holds in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segment<T> {
    /// Start in seconds.
    pub start: f64,
    /// End in seconds, after `start`.
    pub end: f64,
    /// What holds.
    pub value: T,
}

/// Why segments cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum SegmentError {
    /// There is nothing to compare with.
    #[error("expected an annotation with at least one segment, found none")]
    Empty,
    /// A segment ends before it begins, or begins before 0.
    #[error("expected segments that start at 0 or later and end after that, found one from {start} to {end} s")]
    Disorder {
        /// Its start in seconds.
        start: f64,
        /// Its end in seconds.
        end: f64,
    },
    /// A segment begins before the one before it ends.
    #[error(
        "expected segments that follow each other, found one that starts at {start} s before the last ends at {end} s"
    )]
    Overlap {
        /// Start of the second in seconds.
        start: f64,
        /// End of the first in seconds.
        end: f64,
    },
}

/// Checks that segments have a length and follow each other; there may be gaps.
///
/// # Errors
/// See [`SegmentError`]; an empty list is none.
pub fn check<T>(segments: &[Segment<T>]) -> Result<(), SegmentError> {
    for segment in segments {
        if !(0.0 <= segment.start && segment.start < segment.end && segment.end.is_finite()) {
            return Err(SegmentError::Disorder { start: segment.start, end: segment.end });
        }
    }
    match segments.windows(2).find(|pair| pair[1].start < pair[0].end) {
        Some(pair) => Err(SegmentError::Overlap { start: pair[1].start, end: pair[0].end }),
        None => Ok(()),
    }
}

/// The segments cut to the span from `start` to `end`, with `filling` before the first and after the last where they do
/// not reach that far (mir_eval's `adjust_intervals`). What is left without a length vanishes.
pub fn fitted<T: Clone>(segments: &[Segment<T>], start: f64, end: f64, filling: T) -> Vec<Segment<T>> {
    let cut = segments.iter().map(|segment| Segment {
        start: segment.start.clamp(start, end),
        end: segment.end.clamp(start, end),
        value: segment.value.clone(),
    });
    let mut fitted: Vec<Segment<T>> = cut.filter(|segment| segment.start < segment.end).collect();
    let first = fitted.first().map_or(end, |segment| segment.start);
    if first > start {
        fitted.insert(0, Segment { start, end: first, value: filling.clone() });
    }
    let last = fitted.last().map_or(start, |segment| segment.end);
    if last < end {
        fitted.push(Segment { start: last, end, value: filling });
    }
    fitted
}

/// The segments with equal neighbours joined.
pub fn joined<T: Clone + PartialEq>(segments: &[Segment<T>]) -> Vec<Segment<T>> {
    let mut joined: Vec<Segment<T>> = Vec::with_capacity(segments.len());
    for segment in segments {
        match joined.last_mut() {
            Some(last) if last.value == segment.value => last.end = segment.end,
            _ => joined.push(segment.clone()),
        }
    }
    joined
}

/// Both lists over the common refinement of their boundaries: duration in seconds, what one says, what the other says
/// (mir_eval's `merge_labeled_intervals`). The lists span the same time; in a gap the segment before it holds.
pub fn side_by_side<'a, A, B>(one: &'a [Segment<A>], other: &'a [Segment<B>]) -> Vec<(f64, &'a A, &'a B)> {
    let mut boundaries: Vec<f64> = one.iter().flat_map(|segment| [segment.start, segment.end]).collect();
    boundaries.extend(other.iter().flat_map(|segment| [segment.start, segment.end]));
    boundaries.sort_by(f64::total_cmp);
    boundaries.dedup();
    let pieces = boundaries.windows(2).filter_map(|pair| {
        let of_one = one[..one.partition_point(|segment| segment.start <= pair[0])].last()?;
        let of_other = other[..other.partition_point(|segment| segment.start <= pair[0])].last()?;
        Some((pair[1] - pair[0], &of_one.value, &of_other.value))
    });
    pieces.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segments(list: &[(f64, f64, char)]) -> Vec<Segment<char>> {
        list.iter().map(|&(start, end, value)| Segment { start, end, value }).collect()
    }

    #[test]
    fn segments_are_cut_and_filled_to_a_span() {
        let given = segments(&[(0.0, 1.0, 'a'), (1.0, 3.0, 'b'), (3.0, 4.0, 'c')]);
        assert_eq!(fitted(&given, 1.0, 3.0, '-'), segments(&[(1.0, 3.0, 'b')]));
        let wider = segments(&[(0.0, 2.0, '-'), (2.0, 3.0, 'b'), (3.0, 5.0, '-')]);
        assert_eq!(fitted(&segments(&[(2.0, 3.0, 'b')]), 0.0, 5.0, '-'), wider);
        for elsewhere in [segments(&[]), segments(&[(7.0, 8.0, 'b')]), segments(&[(0.0, 0.5, 'b')])] {
            assert_eq!(fitted(&elsewhere, 1.0, 5.0, '-'), segments(&[(1.0, 5.0, '-')]));
        }
    }

    #[test]
    fn two_lists_are_laid_side_by_side() {
        let one = segments(&[(0.0, 2.0, 'a'), (2.0, 4.0, 'b')]);
        let other = segments(&[(0.0, 1.0, 'c'), (3.0, 4.0, 'd')]);
        let pieces: Vec<(f64, char, char)> =
            side_by_side(&one, &other).into_iter().map(|(seconds, a, b)| (seconds, *a, *b)).collect();
        assert_eq!(pieces, [(1.0, 'a', 'c'), (1.0, 'a', 'c'), (1.0, 'b', 'c'), (1.0, 'b', 'd')]);
    }

    #[test]
    fn equal_neighbours_are_one() {
        let given = segments(&[(0.0, 1.0, 'a'), (1.0, 2.0, 'a'), (2.0, 3.0, 'b'), (3.0, 4.0, 'a')]);
        assert_eq!(joined(&given), segments(&[(0.0, 2.0, 'a'), (2.0, 3.0, 'b'), (3.0, 4.0, 'a')]));
    }

    #[test]
    fn disorder_is_refused() {
        assert!(check(&segments(&[(0.0, 1.0, 'a'), (2.0, 3.0, 'a')])).is_ok());
        assert_eq!(check(&segments(&[(1.0, 1.0, 'a')])), Err(SegmentError::Disorder { start: 1.0, end: 1.0 }));
        let overlap = Err(SegmentError::Overlap { start: 1.0, end: 2.0 });
        assert_eq!(check(&segments(&[(0.0, 2.0, 'a'), (1.0, 3.0, 'a')])), overlap);
    }
}
