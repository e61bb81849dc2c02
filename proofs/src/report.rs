//! What a proof has found: figures, and what must hold of them.

use std::fmt;

use anyhow::{Result, bail};

/// The figures of one proof.
#[derive(Debug, Default)]
pub struct Report {
    title: String,
    method: String,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    figure: String,
    value: String,
    must: Option<String>,
    holds: bool,
}

impl Report {
    /// A report without figures.
    pub fn new(title: impl Into<String>, method: impl Into<String>) -> Self {
        Self { title: title.into(), method: method.into(), rows: Vec::new() }
    }

    /// A figure that is told, and of which nothing must hold.
    pub fn tell(&mut self, figure: &str, value: impl fmt::Display) {
        self.row(figure, value.to_string(), None, true);
    }

    /// A figure that must be zero.
    pub fn none(&mut self, figure: &str, count: usize) {
        self.row(figure, count.to_string(), Some("0".to_owned()), count == 0);
    }

    /// A figure that must not be greater than another one.
    pub fn at_most<T: PartialOrd + Copy + fmt::Display>(&mut self, figure: &str, value: T, most: T) {
        let holds = value <= most;
        self.row(figure, value.to_string(), Some(format!("≤ {most}")), holds);
    }

    /// A figure that must not be smaller than another one.
    pub fn at_least<T: PartialOrd + Copy + fmt::Display>(&mut self, figure: &str, value: T, least: T) {
        let holds = value >= least;
        self.row(figure, value.to_string(), Some(format!("≥ {least}")), holds);
    }

    fn row(&mut self, figure: &str, value: String, must: Option<String>, holds: bool) {
        self.rows.push(Row { figure: figure.to_owned(), value, must, holds });
    }

    /// Fails, with all figures, when one is not as it must be.
    pub fn verdict(&self) -> Result<()> {
        let broken: Vec<_> =
            self.rows.iter().filter(|row| !row.holds).map(|row| row.figure.as_str()).collect();
        if broken.is_empty() {
            return Ok(());
        }
        bail!("{}: not as it must be: {}\n\n{self}", self.title, broken.join("; "))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "### {}\n\n{}\n\n| figure | seen | must be |\n|---|---|---|", self.title, self.method)?;
        for Row { figure, value, must, holds } in &self.rows {
            let broken = if *holds { "" } else { " **broken**" };
            writeln!(f, "| {figure} | {value}{broken} | {} |", must.as_deref().unwrap_or("–"))?;
        }
        Ok(())
    }
}

/// The value below which `part` of all values are; 0 without any.
pub(crate) fn percentile(values: &mut [i64], part: f64) -> i64 {
    values.sort_unstable();
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rank"
    )]
    let rank = ((values.len() as f64 * part).ceil() as usize).saturating_sub(1);
    values.get(rank).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_fails_when_one_figure_is_not_as_it_must_be() {
        let mut report = Report::new("title", "method");
        report.none("lost", 0);
        report.at_most("slow", 3, 5);
        report.tell("told", 9);
        assert!(report.verdict().is_ok());
        report.at_least("fast", 1, 2);
        let error = report.verdict().unwrap_err().to_string();
        assert!(error.contains("fast") && error.contains("**broken**"), "{error}");
    }

    #[test]
    fn percentiles_are_values_that_were_seen() {
        let mut values = [5, 1, 4, 2, 3];
        assert_eq!(
            [percentile(&mut values, 0.5), percentile(&mut values, 0.99), percentile(&mut [], 0.5)],
            [3, 5, 0]
        );
    }
}
