//! Tables for a terminal and for Markdown.

use comfy_table::{CellAlignment, presets};

use crate::evaluate::scoring::Mean;

/// A table with a heading; the first column names the rows, values are aligned to the right.
#[derive(Debug)]
pub(super) struct Table(comfy_table::Table);

impl Table {
    /// A table with a column for each heading.
    pub(super) fn new(headings: impl IntoIterator<Item = String>) -> Self {
        let mut table = comfy_table::Table::new();
        table.set_header(headings);
        Self(table)
    }

    /// Adds a row.
    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.0.add_row(cells);
    }

    /// The table for a terminal: columns apart by spaces.
    pub(super) fn plain(mut self) -> String {
        self.0.load_preset(presets::NOTHING);
        self.aligned().lines().map(|line| line.trim_end().to_owned() + "\n").collect()
    }

    /// The table in Markdown.
    pub(super) fn markdown(mut self) -> String {
        self.0.load_preset(presets::ASCII_MARKDOWN);
        self.aligned() + "\n"
    }

    fn aligned(mut self) -> String {
        self.0.column_iter_mut().skip(1).for_each(|column| column.set_cell_alignment(CellAlignment::Right));
        self.0.to_string()
    }
}

/// The interval of a mean, empty where there is none.
pub(super) fn interval(mean: &Mean) -> String {
    mean.interval.map_or(String::new(), |[low, high]| format!("{low:.3} to {high:.3}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(["metric", "mean"].map(str::to_owned));
        table.row(["onset F-measure".to_owned(), "0.5".to_owned()]);
        table
    }

    #[test]
    fn values_are_aligned_to_the_right() {
        assert_eq!(table().plain(), " metric           mean\n onset F-measure   0.5\n");
    }

    #[test]
    fn markdown_has_a_rule_under_the_heading() {
        let lines: Vec<String> = table().markdown().lines().map(str::to_owned).collect();
        assert_eq!(lines, ["| metric          | mean |", "|-----------------|------|", "| onset F-measure |  0.5 |"]);
    }
}
