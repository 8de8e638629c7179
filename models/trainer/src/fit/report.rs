//! The report of a fit: one page that needs nothing but itself, written anew after every epoch.
//!
//! Its curves and its examples are SVG, what an example sounds like is a picture within that; there is no script. Every
//! colour comes with a shape or a word.

mod chart;
mod example;
mod lanes;
mod markup;
mod picture;

use std::{fmt::Write as _, fs, io};

use attacca_decode::printable::{counted, grouped};
use attacca_models::WeightsFile;

use self::{
    chart::{Chart, Curve},
    example::Example,
    markup::Escaped,
};
use super::{EpochRecord, Fit, FitError, Scores};
use crate::{card, graph::Graph};

const STYLE: &str = include_str!("report/style.css");

/// The stripes over what does not count, which every drawing refers to.
const STRIPES: &str = "<svg width=\"0\" height=\"0\" aria-hidden=\"true\"><defs><pattern id=\"stripes\" width=\"6\" \
                       height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><path \
                       class=\"stripe\" d=\"M0 0V6\"/></pattern></defs></svg>";

/// Writes `report.html`, under another name first. Its examples are heard through the network of the best epoch, whose
/// file has been written.
///
/// # Errors
/// When the network or an excerpt cannot be read, or the page cannot be written.
pub(super) fn write(fit: &Fit<'_>) -> Result<(), FitError> {
    let examples = if fit.best_epoch().is_some() {
        let graph = Graph::from_weights(&WeightsFile::read(&fit.weights_file())?)?;
        Example::hear(&graph, fit.corpus, fit.recipe)?
    } else {
        Vec::new()
    };
    let file = fit.folder.join("report.html");
    let temporary = file.with_extension("part");
    let written = page(fit, &examples).and_then(|page| fs::write(&temporary, page));
    written.and_then(|()| fs::rename(&temporary, &file)).map_err(|source| FitError::File { file, source })
}

// Writing to a string cannot fail, in all that follows.
fn page(fit: &Fit<'_>, examples: &[Example]) -> io::Result<String> {
    let name = Escaped(&fit.recipe.name);
    let recipe = toml::to_string_pretty(fit.recipe).unwrap_or_else(|error| format!("(not shown: {error})"));
    Ok(format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{name}: fit</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n{STRIPES}\n\
         <header><p class=\"brand\">attacca-train fit</p><h1>{name}</h1>{facts}</header>\n\
         <main>\n<section class=\"charts\" aria-label=\"Curves over the epochs\">\n{charts}</section>\n\
         {examples}{epochs}{data}\
         <section><h2>Recipe</h2><details><summary>All settings</summary><pre>{recipe}</pre></details></section>\n\
         </main>\n</body>\n</html>\n",
        facts = facts(fit),
        charts = charts(fit),
        examples = examples_section(fit, examples)?,
        epochs = epochs(fit),
        data = data(fit),
        recipe = Escaped(recipe),
    ))
}

/// What is fitted to what, and how far it has come.
fn facts(fit: &Fit<'_>) -> String {
    let Fit { recipe, corpus, history, .. } = fit;
    let sources = corpus.sources().into_iter().map(|(source, count)| format!("{source} ({count})"));
    let mut facts = vec![
        ("Task", recipe.task.name().to_owned()),
        ("Trained values", grouped(fit.parameter_count() as u64)),
        ("Hears", card::front_end(&corpus.front_end)),
        (
            "Training data",
            format!("{:.1} hours in {}", corpus.training_hours(), counted(corpus.training.len(), "excerpt")),
        ),
        ("From", sources.collect::<Vec<_>>().join(", ")),
        ("Validation", counted(corpus.validation.len(), "excerpt")),
        ("Epochs", format!("{} of at most {}", history.len(), recipe.fit.epochs)),
    ];
    if let Some(best) = fit.best_epoch() {
        let summary = history[best].validation.scores.summary(recipe.task);
        facts.push(("Best so far", format!("epoch {}: {summary}", best + 1)));
    }
    let entries = facts.iter().map(|(name, value)| format!("<div><dt>{name}</dt><dd>{}</dd></div>", Escaped(value)));
    format!("<dl class=\"facts\">{}</dl>", entries.collect::<String>())
}

/// The curves over the epochs.
fn charts(fit: &Fit<'_>) -> String {
    let curve = |name: &str, value: fn(&EpochRecord) -> f64| Curve {
        name: name.to_owned(),
        values: fit.history.iter().map(value).collect(),
    };
    let losses =
        vec![curve("validation", |record| record.validation.loss), curve("training", |record| record.training_loss)];
    let rate = vec![curve("last step of the epoch", |record| record.learning_rate)];
    let charts = [
        ("Loss", "mean cross-entropy", losses),
        ("Validation scores", "share", score_curves(fit)),
        ("Learning rate", "rate", rate),
    ];
    let figure = |(title, axis, curves)| {
        let best = fit.best_epoch();
        format!("<figure>{}</figure>\n", Chart { title, axis, curves, best }.svg())
    };
    charts.map(figure).concat()
}

/// The task's main scores, each between 0 and 1.
fn score_curves(fit: &Fit<'_>) -> Vec<Curve> {
    let mut curves: Vec<Curve> = Vec::new();
    for (epoch, record) in fit.history.iter().enumerate() {
        for (index, (name, value)) in main_scores(fit, &record.validation.scores).into_iter().enumerate() {
            if epoch == 0 {
                curves.push(Curve { name, values: Vec::new() });
            }
            if let Some(curve) = curves.get_mut(index) {
                curve.values.push(value);
            }
        }
    }
    curves
}

fn main_scores(fit: &Fit<'_>, scores: &Scores) -> Vec<(String, f64)> {
    match scores {
        Scores::Peaks(labels) => {
            let names = fit.recipe.task.labels().iter().map(|label| format!("{label} F"));
            names.zip(labels.iter().map(|score| score.f_measure)).collect()
        }
        Scores::Frames(score) => {
            vec![("F-measure".to_owned(), score.f_measure), ("accuracy".to_owned(), score.accuracy)]
        }
        Scores::Classes(score) => {
            let majmin = score.majmin_accuracy.map(|accuracy| ("majmin".to_owned(), accuracy));
            [("accuracy".to_owned(), score.accuracy)].into_iter().chain(majmin).collect()
        }
    }
}

/// The thresholds that the scores were reached with, one a label.
fn thresholds(scores: &Scores) -> Vec<f64> {
    match scores {
        Scores::Peaks(labels) => labels.iter().map(|score| score.threshold).collect(),
        Scores::Frames(score) => vec![score.threshold],
        Scores::Classes(_) => Vec::new(),
    }
}

fn examples_section(fit: &Fit<'_>, examples: &[Example]) -> io::Result<String> {
    let Some(best) = fit.best_epoch().filter(|_| !examples.is_empty()) else { return Ok(String::new()) };
    let explained = if fit.recipe.task.is_exclusive() {
        "The likeliest class under the labelled one; a dashed box is another class than the label, stripes do not count. \
         P(label) is the probability of the labelled class."
    } else {
        "Bars are labelled; the curve is what the network says, the dotted line the threshold of the scores; stripes do \
         not count."
    };
    let mut section = format!(
        "<section><h2>Validation examples</h2><p class=\"note\">As the network of epoch {} hears them, each activation at \
         the time it is about. {explained}</p>\n",
        best + 1
    );
    let thresholds = thresholds(&fit.history[best].validation.scores);
    for example in examples {
        let svg = lanes::svg(example, fit.recipe.task, fit.recipe.labels.look_ahead_frames, &thresholds)?;
        let _ = writeln!(
            section,
            "<figure><figcaption>Excerpt {} of {}, from {}</figcaption>\
             <div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Example, scrolls sideways\">{svg}</div></figure>",
            example.index + 1,
            fit.corpus.validation.len(),
            Escaped(&example.source)
        );
    }
    section += "</section>\n";
    Ok(section)
}

/// The table of the epochs.
fn epochs(fit: &Fit<'_>) -> String {
    let task = fit.recipe.task;
    let mut rows = String::new();
    for (epoch, record) in fit.history.iter().enumerate() {
        let EpochRecord { training_loss, gradient_norm, learning_rate, validation } = record;
        let (class, mark) = if fit.best_epoch() == Some(epoch) { (" class=\"best\"", " ★") } else { ("", "") };
        let _ = write!(
            rows,
            "<tr{class}><th scope=\"row\">{}{mark}<td>{training_loss:.4}<td>{:.4}<td>{gradient_norm:.3}\
             <td>{learning_rate:.2e}",
            epoch + 1,
            validation.loss
        );
        for (_, score) in validation.scores.named(task) {
            let _ = write!(rows, "<td>{score:.3}");
        }
        rows += "</tr>\n";
    }
    let names = fit.history.first().map(|record| record.validation.scores.named(task)).unwrap_or_default();
    let names: String =
        names.iter().map(|(name, _)| format!("<th scope=\"col\">{}", Escaped(name.replace('_', " ")))).collect();
    format!(
        "<section><h2>Epochs</h2><div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Epochs\"><table>\
         <thead><tr><th scope=\"col\">epoch<th scope=\"col\">training loss<th scope=\"col\">validation loss\
         <th scope=\"col\">gradient norm<th scope=\"col\">learning rate{names}</tr></thead>\n\
         <tbody>\n{rows}</tbody></table></div><p class=\"note\">★ lowest validation loss: the epoch that is kept.</p>\
         </section>\n"
    )
}

/// Where the data come from.
fn data(fit: &Fit<'_>) -> String {
    let entries = fit.corpus.provenance.iter().map(|source| {
        let (name, from, licence) = (Escaped(&source.name), Escaped(&source.source), Escaped(&source.licence));
        format!("<li><strong>{name}</strong> — {from}. Licence: {licence}</li>\n")
    });
    let entries: String = entries.collect();
    if entries.is_empty() {
        return String::new();
    }
    format!("<section><h2>Data</h2><ul>\n{entries}</ul></section>\n")
}

#[cfg(test)]
mod tests;
