//! The pages of toy fits.

use super::{
    super::tests::{Toy, toy},
    *,
};

/// The page of a fit of two epochs; `change` is done to the toy before.
fn page_of(seed: u64, change: impl FnOnce(&mut Toy)) -> String {
    let mut toy = toy(seed);
    change(&mut toy);
    let folder = tempfile::tempdir().unwrap();
    let mut fit = Fit::begin(&toy.recipe, &toy.corpus, None, folder.path()).unwrap();
    for _ in 0..2 {
        fit.run_epoch(|_| {}).unwrap();
    }
    assert!(!folder.path().join("report.part").exists());
    fs::read_to_string(folder.path().join("report.html")).unwrap()
}

#[test]
fn a_fit_has_a_page_that_needs_nothing_else() {
    let page = page_of(6, |_| {});
    assert!(page.starts_with("<!doctype html>") && page.trim_end().ends_with("</html>"));
    assert_eq!(page.matches("<th scope=\"row\">").count(), 2);
    assert_eq!(page.matches("class=\"chart\"").count(), 3);
    // A toy has three excerpts for validation.
    assert_eq!(page.matches("data:image/png;base64,").count(), 3);
    assert_eq!(page.matches("<title>threshold ").count(), 3);
    assert!(page.contains("class=\"so\""), "onsets are labelled");
    assert!(page.contains("look_ahead_frames = 1"), "the recipe is there");
    for outside in ["://", "@import", "<script", "<link", "<iframe", "url(http"] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[test]
fn names_cannot_inject_markup() {
    let evil = "</style><script>alert('x')</script>";
    let page = page_of(7, |toy| {
        toy.recipe.name = evil.to_owned();
        let [name, source, licence] = [(); 3].map(|()| evil.to_owned());
        toy.corpus.provenance.push(attacca_models::description::DataSource { name, source, licence });
        toy.corpus
            .training
            .iter_mut()
            .chain(&mut toy.corpus.validation)
            .for_each(|excerpt| excerpt.source = evil.to_owned());
    });
    assert!(!page.contains("<script") && page.contains("&lt;script&gt;"));
    assert_eq!(page.matches("</style>").count(), 1);
}
