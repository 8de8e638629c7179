//! The scores of each task, a piece at a time, and their means.

mod beat;
mod chord;
mod key;
mod onset;
mod voice;

use attacca_models::Task;

use super::{Found, piece::Piece};
use crate::metrics::{bootstrap, chord::ChordError};

/// A metric and its value.
pub type NamedValue = (&'static str, f64);

/// A piece cannot be scored.
#[derive(Debug, thiserror::Error)]
#[error("{piece}: {source}")]
pub struct ScoreError {
    /// The piece's name.
    pub piece: String,
    /// What is wrong with its chords.
    pub source: ChordError,
}

/// A metric's mean over pieces.
#[derive(Clone, Debug, PartialEq)]
pub struct Mean {
    /// The metric.
    pub name: &'static str,
    /// The mean.
    pub value: f64,
    /// The mean's 95 % interval by bootstrap over the pieces; `None` for a single piece.
    pub interval: Option<[f64; 2]>,
    /// Pieces in which the metric says anything.
    pub pieces: usize,
}

/// Scores of one piece, the task's main metric first; `None` without its annotation. A metric that says nothing of the
/// piece (the recall of the voice where nobody sings) is left out.
///
/// # Errors
/// When a chord label is not understood.
pub fn piece_scores(task: Task, piece: &Piece, found: &[Found]) -> Result<Option<Vec<NamedValue>>, ScoreError> {
    Ok(match task {
        Task::Onset => piece.labels.onsets.as_ref().map(|onsets| onset::scores(onsets, found)),
        Task::Beat => piece.labels.beats.as_ref().map(|beats| beat::scores(beats, found)),
        Task::Voice => piece.labels.voice.as_ref().map(|voice| voice::scores(voice, found, piece.seconds())),
        Task::Chord => {
            let scores = piece.labels.chords.as_ref().map(|chords| chord::scores(chords, found, piece.seconds()));
            scores.transpose().map_err(|source| ScoreError { piece: piece.name.clone(), source })?
        }
        Task::Key => piece.labels.keys.as_ref().map(|keys| key::scores(keys, found, piece.seconds())),
    })
}

/// Scores of every piece, in order; `None` for those without the annotation.
///
/// # Errors
/// When a chord label is not understood.
pub fn all_scores(
    task: Task,
    pieces: &[Piece],
    heard: &[Vec<Found>],
) -> Result<Vec<Option<Vec<NamedValue>>>, ScoreError> {
    pieces.iter().zip(heard).map(|(piece, found)| piece_scores(task, piece, found)).collect()
}

/// The mean of each metric over the pieces of which it says something, as the field reports them; in the order in which
/// the metrics first appear.
pub fn means(pieces: &[Option<Vec<NamedValue>>]) -> Vec<Mean> {
    let mut metrics: Vec<(&'static str, Vec<f64>)> = Vec::new();
    for &(name, value) in pieces.iter().flatten().flatten() {
        match metrics.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) => values.push(value),
            None => metrics.push((name, vec![value])),
        }
    }
    let mean = |(name, values): (&'static str, Vec<f64>)| Mean {
        name,
        value: values.iter().sum::<f64>() / values.len() as f64,
        interval: bootstrap::mean_interval(&values),
        pieces: values.len(),
    };
    metrics.into_iter().map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_is_over_the_pieces_of_which_a_metric_says_something() {
        let pieces = [Some(vec![("accuracy", 1.0)]), None, Some(vec![("accuracy", 0.5), ("recall", 0.25)])];
        let means = means(&pieces);
        let seen: Vec<_> = means.iter().map(|mean| (mean.name, mean.value, mean.pieces)).collect();
        assert_eq!(seen, [("accuracy", 0.75, 2), ("recall", 0.25, 1)]);
        assert!(means[0].interval.is_some() && means[1].interval.is_none());
    }
}
