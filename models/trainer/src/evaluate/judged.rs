//! The time of a piece that counts: what is masked is cut out, as if the piece were shorter.

use crate::{data::labels::Annotation, metrics::segments::Segment};

/// The stretches of a piece that count, and where they come to lie when the others are cut out.
#[derive(Clone, Debug, PartialEq)]
pub struct JudgedTime {
    /// Start and end in seconds, and where the start comes to lie.
    kept: Vec<[f64; 3]>,
}

impl JudgedTime {
    /// The time from 0 to `end` seconds without `masked` stretches, in any order.
    pub fn new(masked: &[[f64; 2]], end: f64) -> Self {
        let mut masked = masked.to_vec();
        masked.sort_by(|a, b| a[0].total_cmp(&b[0]));
        let (mut kept, mut from, mut moved_to) = (Vec::new(), 0.0, 0.0);
        for [start, stop] in masked.into_iter().chain([[end, end]]) {
            let to = start.min(end);
            if from < to {
                kept.push([from, to, moved_to]);
                moved_to += to - from;
            }
            from = f64::max(from, stop);
        }
        Self { kept }
    }

    /// The same, with all time that no segment of `annotation` covers left out too.
    pub fn covered<T>(annotation: &Annotation<T>, span: impl Fn(&T) -> [f64; 2], end: f64) -> Self {
        let mut masked = annotation.masked.clone();
        let mut reached = 0.0;
        for [start, stop] in annotation.values.iter().map(span) {
            if start > reached {
                masked.push([reached, start]);
            }
            reached = f64::max(reached, stop);
        }
        masked.push([reached, end.max(reached)]);
        Self::new(&masked, end)
    }

    /// How much time counts, in seconds.
    pub fn seconds(&self) -> f64 {
        self.kept.last().map_or(0.0, |[start, end, moved_to]| moved_to + (end - start))
    }

    /// Where a time comes to lie; one that is cut out, where the next that counts does.
    pub fn at(&self, time: f64) -> f64 {
        let before = self.kept.partition_point(|[start, ..]| *start <= time);
        let Some([start, end, moved_to]) = before.checked_sub(1).map(|index| self.kept[index]) else { return 0.0 };
        moved_to + (time.min(end) - start)
    }

    /// What is left of segments, moved.
    pub fn segments<T: Clone>(&self, segments: &[Segment<T>]) -> Vec<Segment<T>> {
        let moved = segments.iter().map(|segment| Segment {
            start: self.at(segment.start),
            end: self.at(segment.end),
            value: segment.value.clone(),
        });
        moved.filter(|segment| segment.start < segment.end).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masked_time_is_cut_out() {
        let judged = JudgedTime::new(&[[6.0, 7.0], [1.1, 3.3], [3.0, 4.2]], 10.0);
        assert!((judged.seconds() - 5.9).abs() < 1e-12);
        assert_eq!([0.5, 1.1, 2.0, 4.2].map(|time| judged.at(time)), [0.5, 1.1, 1.1, 1.1]);
        assert_eq!(judged.at(99.0), judged.seconds());
        let segments = [(0.0, 2.0, 'a'), (2.0, 4.0, 'b'), (4.0, 5.2, 'c')];
        let segments = judged.segments(&segments.map(|(start, end, value)| Segment { start, end, value }));
        assert_eq!(segments.iter().map(|segment| segment.value).collect::<String>(), "ac");
        // What followed each other still does, to the last bit.
        assert_eq!(segments[0].end, segments[1].start);
    }

    #[test]
    fn time_that_nothing_covers_does_not_count() {
        let annotation = Annotation { values: vec![[1.0, 2.0], [2.0, 3.0], [5.0, 8.0]], masked: vec![[2.5, 3.0]] };
        assert_eq!(JudgedTime::covered(&annotation, |span| *span, 6.0).seconds(), 2.5);
        let nothing: Annotation<[f64; 2]> = Annotation::default();
        assert_eq!(JudgedTime::covered(&nothing, |span| *span, 6.0).seconds(), 0.0);
    }
}
