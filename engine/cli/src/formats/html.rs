//! One page that shows a recording: summary, overview, a timeline to zoom into, a table of the bars.
//!
//! The page needs nothing but itself. Style, script and frame are the files beside this one; a recording up to
//! [`audio::LARGEST_EMBEDDED_BYTES`] is embedded, a larger one is linked by its relative path, so that one can listen
//! along. Summary, overview and table are there without JavaScript too.

mod audio;
mod data;
mod overview;
mod template;

use std::{
    io::{self, Write},
    path::Path,
};

use attacca_decode::printable::{clock, counted, grouped};
use attacca_engine::models::Task;

use crate::{
    analysis::Analysis,
    summary::{self, Summary},
};
use template::Escaped;

const FRAME: &str = include_str!("html/frame.html");
const STYLE: &str = include_str!("html/style.css");
const SCRIPT: &str = include_str!("html/page.js");
/// The icon of the page: a bar line and a note of the overview's colours.
const ICON: &str = include_str!("html/icon.svg");

/// Writes `X.html`.
pub fn write(analysis: &Analysis, folder: Option<&Path>, out: &mut dyn Write) -> io::Result<()> {
    let info = &analysis.recording;
    let title = info.title.as_deref().unwrap_or(&info.name);
    template::fill(FRAME, out, |name, out| match name {
        "title" => write!(out, "{}", Escaped(title)),
        "version" => write!(out, "{}", env!("CARGO_PKG_VERSION")),
        "icon" => write!(out, "{}", Escaped(&template::percent_encoded(ICON.trim().as_bytes()))),
        "style" => out.write_all(STYLE.as_bytes()),
        "script" => out.write_all(SCRIPT.as_bytes()),
        "facts" => facts(analysis, out),
        "warnings" => warnings(analysis, out),
        "cards" => cards(analysis, out),
        "audio" => audio::write(&info.source, folder, out),
        "overview" => overview::write(analysis, out),
        "legend" => legend(analysis, out),
        "bars" => bars(analysis, out),
        "networks" => networks(analysis, out),
        "data" => data::write(analysis, out),
        _ => Err(io::Error::other(format!("the page's frame asks for an unknown part: {name}"))),
    })
}

fn facts(analysis: &Analysis, out: &mut dyn Write) -> io::Result<()> {
    let info = &analysis.recording;
    if let Some(key) = summary::written_key(analysis) {
        write!(out, "<span class=\"key\">{key}</span> ")?;
    }
    if let Some(artist) = &info.artist {
        write!(out, "<span class=\"artist\">{}</span> ", Escaped(artist))?;
    }
    if info.title.is_some() {
        write!(out, "<span>{}</span> ", Escaped(&info.name))?;
    }
    let rate = grouped(u64::from(info.sample_rate_hz));
    let channels = counted(info.channels, "channel");
    write!(out, "<span>{}</span> <span>{rate} Hz</span> <span>{channels}</span>", Escaped(info.codec))
}

fn warnings(analysis: &Analysis, out: &mut dyn Write) -> io::Result<()> {
    for warning in &analysis.warnings {
        writeln!(out, "<p class=\"warning\">{}</p>", Escaped(warning))?;
    }
    Ok(())
}

fn card(out: &mut dyn Write, name: &str, value: &str, unit: &str, note: &str) -> io::Result<()> {
    writeln!(
        out,
        "<div class=\"card\"><dt>{name}</dt><dd><strong>{value}</strong> {unit}<small>{}</small></dd></div>",
        Escaped(note)
    )
}

fn cards(analysis: &Analysis, out: &mut dyn Write) -> io::Result<()> {
    let summary = Summary::of(analysis);
    if analysis.listened_for(Task::Beat) {
        match &summary.tempo {
            Some(tempo) => card(out, "Tempo", &format!("{:.1}", tempo.median_bpm), "BPM", &tempo.range())?,
            None => card(out, "Tempo", "–", "", "no beat found")?,
        }
        if let Some(metre) = &summary.metre {
            let share = format!("{:.0} % of the beats", metre.share * 100.0);
            card(out, "Metre", &metre.beats_per_bar.to_string(), "beats a bar", &share)?;
        }
        let beats = counted(summary.beat_count, "beat");
        card(out, "Bars", &grouped(summary.bar_count as u64), "", &beats)?;
        if let Some(first) = summary.first_downbeat_seconds {
            card(out, "First downbeat", &clock(first, 2), "", "where bar 1 begins")?;
        }
    }
    if analysis.listened_for(Task::Onset) {
        let rate = format!("{:.1} a second", summary.onset_rate());
        card(out, "Onsets", &grouped(summary.onset_count as u64), "", &rate)?;
    }
    if analysis.listened_for(Task::Chord) {
        match summary::written_chords(analysis).split_first() {
            Some((first, others)) => {
                let others: Vec<_> = others.iter().take(2).map(|chord| chord.label.as_ref()).collect();
                let note = if others.is_empty() { "no other".into() } else { format!("then {}", others.join(", ")) };
                card(out, "Most common chord", &first.label, &format!("{:.0} %", 100.0 * first.share), &note)?;
            }
            None => card(out, "Most common chord", "–", "", "no chord found")?,
        }
    }
    if let Some(share) = summary.voice_share {
        let phrases = counted(analysis.voiced().count(), "phrase");
        card(out, "Voice", &format!("{:.0}", 100.0 * share), "% of the time", &phrases)?;
    }
    let samples = format!("{} samples", grouped(analysis.recording.length_samples));
    card(out, "Length", &clock(summary.duration_seconds, 1), "", &samples)
}

fn legend(analysis: &Analysis, out: &mut dyn Write) -> io::Result<()> {
    let entries = [
        (Task::Beat, "downbeat", "downbeat"),
        (Task::Beat, "beat", "beat"),
        (Task::Onset, "onset", "onset"),
        (Task::Beat, "tempo", "tempo"),
        (Task::Chord, "chord", "chord"),
        (Task::Voice, "voice", "voice"),
    ];
    for (task, class, name) in entries {
        if analysis.listened_for(task) {
            write!(out, "<li class=\"{class}\">{name}</li>")?;
        }
    }
    Ok(())
}

fn bars(analysis: &Analysis, out: &mut dyn Write) -> io::Result<()> {
    let mut bars = summary::bars(analysis).peekable();
    if bars.peek().is_none() {
        return Ok(());
    }
    let number = Summary::of(analysis).bar_count as u64;
    writeln!(out, "<details class=\"bars\"><summary>All {} bars</summary><div><table>", grouped(number))?;
    writeln!(out, "<thead><tr><th>Bar<th>Start<th>Beats<th>BPM<th>Onsets</tr></thead><tbody>")?;
    for bar in bars {
        writeln!(
            out,
            "<tr><td>{}<td><button type=\"button\" data-seconds=\"{:.3}\">{}</button><td>{}<td>{:.1}<td>{}",
            bar.number,
            bar.start_seconds,
            clock(bar.start_seconds, 2),
            bar.beats,
            bar.tempo_bpm,
            bar.onsets
        )?;
    }
    writeln!(out, "</tbody></table></div></details>")
}

fn networks(analysis: &Analysis, out: &mut dyn Write) -> io::Result<()> {
    for network in &analysis.networks {
        writeln!(
            out,
            "<li>{}: {} <code title=\"SHA-256 {}\">{}</code></li>",
            network.task.name(),
            Escaped(&network.name),
            Escaped(&network.sha256),
            Escaped(network.sha256.get(..12).unwrap_or(&network.sha256)),
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::example;

    fn page(analysis: &Analysis) -> String {
        let mut bytes = Vec::new();
        write(analysis, None, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn the_page_is_complete_and_needs_nothing_else() {
        let page = page(&example::analysis());
        assert!(page.starts_with("<!doctype html>") && page.trim_end().ends_with("</html>"));
        for outside in ["http://", "https://", "@import", "<link rel=\"stylesheet\"", "<script src"] {
            let found = page.replace("http://www.w3.org/2000/svg", "").contains(outside);
            assert!(!found, "the page refers to something outside: {outside}");
        }
        assert!(!page.contains("{{"), "a part of the frame was not filled");
        assert!(page.contains("C major") && page.contains("D:min7"));
    }

    #[test]
    fn names_cannot_inject_markup() {
        let mut analysis = example::analysis();
        analysis.recording.name = "</title><script>alert(1)</script>.wav".into();
        analysis.recording.artist = Some("\"><img src=x onerror=alert(1)>".into());
        analysis.warnings.push("</script><b>".into());
        let page = page(&analysis);
        assert!(!page.contains("<script>alert") && !page.contains("<img") && !page.contains("<b>"));
        assert_eq!(page.matches("</script>").count(), 2);
    }

    #[test]
    fn silence_has_a_page_too() {
        let mut analysis = example::analysis();
        analysis.beats.clear();
        analysis.onsets.clear();
        analysis.voice.clear();
        analysis.chords.clear();
        analysis.keys.clear();
        let page = page(&analysis);
        assert!(page.contains("no beat found") && page.contains("no chord found"));
    }
}
