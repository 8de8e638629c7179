//! Repeats and their endings.

/// Bars after which a score that repeats itself is cut: longer than any song.
const MOST_BARS: usize = 4000;

/// What a measure's bar lines say about repeats.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::score) struct Marks {
    /// A repeat starts here.
    pub(in crate::score) opens: bool,
    /// A repeat ends here; it is played this many times.
    pub(in crate::score) closes: Option<usize>,
    /// An ending starts here, for these times through.
    pub(in crate::score) ending: Vec<usize>,
    /// An ending stops here.
    pub(in crate::score) ending_stops: bool,
}

impl Marks {
    /// The marks of all parts: programs write them into the first or into each.
    pub(in crate::score) fn united<'a>(parts: impl Iterator<Item = &'a Self>) -> Self {
        parts.fold(Self::default(), |mut all, marks| {
            all.opens |= marks.opens;
            all.closes = all.closes.max(marks.closes);
            all.ending_stops |= marks.ending_stops;
            if all.ending.is_empty() {
                all.ending.clone_from(&marks.ending);
            }
            all
        })
    }
}

/// The measures in the order in which they are played.
pub(in crate::score) fn play_order(marks: &[Marks]) -> Vec<usize> {
    let endings = endings(marks);
    let mut order = Vec::new();
    let (mut from, mut pass, mut index) = (0, 1, 0);
    while index < marks.len() && order.len() < MOST_BARS {
        if marks[index].opens && from != index {
            (from, pass) = (index, 1);
        }
        if endings[index].is_some_and(|numbers| !numbers.contains(&pass)) {
            index += 1;
            continue;
        }
        order.push(index);
        if let Some(times) = marks[index].closes {
            // Where there are endings, they say how often; the first one is always followed by another time.
            let times = if endings[index].is_some() { last_ending(&marks[from..]).max(2) } else { times };
            if pass < times {
                pass += 1;
                index = from;
                continue;
            }
        }
        if marks[index].closes.is_some() || (marks[index].ending_stops && pass > 1) {
            (from, pass) = (index + 1, 1);
        }
        index += 1;
    }
    order
}

/// For each measure, the times through in which it is played, where it lies under an ending.
fn endings(marks: &[Marks]) -> Vec<Option<&[usize]>> {
    let mut current = None;
    marks
        .iter()
        .map(|marks| {
            if !marks.ending.is_empty() {
                current = Some(marks.ending.as_slice());
            }
            let here = current;
            if marks.ending_stops {
                current = None;
            }
            here
        })
        .collect()
}

/// The greatest number of the endings of the repeat that starts the measures.
fn last_ending(marks: &[Marks]) -> usize {
    let same_repeat = marks.iter().enumerate().take_while(|(index, marks)| *index == 0 || !marks.opens);
    let mut greatest = 0;
    for number in same_repeat.flat_map(|(_, marks)| &marks.ending) {
        if *number <= greatest {
            break;
        }
        greatest = *number;
    }
    greatest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(text: &str) -> Vec<Marks> {
        text.split_whitespace()
            .map(|bar| Marks {
                opens: bar.contains('['),
                closes: bar.contains(']').then_some(2),
                ending: bar.chars().filter_map(|sign| sign.to_digit(10)).map(|digit| digit as usize).collect(),
                ending_stops: bar.contains('.'),
            })
            .collect()
    }

    #[test]
    fn repeats_are_played_twice_from_their_start() {
        assert_eq!(play_order(&marks("- - ]")), [0, 1, 2, 0, 1, 2]);
        assert_eq!(play_order(&marks("- [ ] -")), [0, 1, 2, 1, 2, 3]);
        assert_eq!(play_order(&marks("- ] - ] -")), [0, 1, 0, 1, 2, 3, 2, 3, 4]);
    }

    #[test]
    fn endings_take_turns() {
        assert_eq!(play_order(&marks("- 1.] 2. -")), [0, 1, 0, 2, 3]);
        assert_eq!(play_order(&marks("- 1 .] 2. -")), [0, 1, 2, 0, 3, 4]);
        assert_eq!(play_order(&marks("- 12.] 3. -")), [0, 1, 0, 1, 0, 2, 3]);
        assert_eq!(play_order(&marks("- 1.] -")), [0, 1, 0, 2]);
        assert_eq!(play_order(&marks("[ 1.] 2.] [ 1.] 2.")), [0, 1, 0, 2, 3, 4, 3, 5]);
    }

    #[test]
    fn a_score_that_never_ends_is_cut() {
        let endless = vec![Marks { closes: Some(usize::MAX), ..Marks::default() }];
        assert_eq!(play_order(&endless).len(), MOST_BARS);
    }
}
