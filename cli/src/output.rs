//! What people and scripts read: tables and texts on stdout.

use std::io::{self, IsTerminal, Write};

use windlass_shared::JobState;

use crate::config::Environment;

/// Whether colours are wanted on a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Colours {
    /// A person looks at a terminal.
    On,
    /// A file, a pipe, or a person who wants none.
    Off,
}

impl Colours {
    /// For a stream, by whether it is a terminal and `NO_COLOR` is not set.
    pub(crate) fn of(stream: &impl IsTerminal, environment: &Environment) -> Self {
        if stream.is_terminal() && !environment.no_color() { Self::On } else { Self::Off }
    }

    /// The text in this style.
    pub(crate) fn paint(self, style: Style, text: &str) -> String {
        match self {
            Self::On => format!("\x1b[{}m{text}\x1b[0m", style.code()),
            Self::Off => text.to_owned(),
        }
    }
}

/// The few styles there are.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Style {
    Bold,
    Dim,
    Red,
    Green,
    Yellow,
    Cyan,
}

impl Style {
    const fn code(self) -> u8 {
        match self {
            Self::Bold => 1,
            Self::Dim => 2,
            Self::Red => 31,
            Self::Green => 32,
            Self::Yellow => 33,
            Self::Cyan => 36,
        }
    }

    /// The style of a state.
    pub(crate) const fn of_state(state: JobState) -> Self {
        match state {
            JobState::Completed => Self::Green,
            JobState::Discarded => Self::Red,
            JobState::Retryable => Self::Yellow,
            JobState::Running => Self::Cyan,
            JobState::Available => Self::Bold,
            JobState::Scheduled | JobState::Pending | JobState::Cancelled => Self::Dim,
        }
    }
}

/// A table whose columns are as wide as their widest cell.
#[derive(Debug)]
pub(crate) struct Table {
    rows: Vec<Vec<Cell>>,
}

/// A text with a style.
#[derive(Debug)]
pub(crate) struct Cell {
    text: String,
    style: Option<Style>,
}

impl Cell {
    /// A cell in a style.
    pub(crate) fn styled(text: impl Into<String>, style: Style) -> Self {
        Self { text: text.into(), style: Some(style) }
    }

    /// A state in its colour.
    pub(crate) fn state(state: JobState) -> Self {
        Self::styled(state.as_str(), Style::of_state(state))
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self { text: text.into(), style: None }
    }
}

impl Table {
    /// A table without rows.
    pub(crate) fn new(head: &[&str]) -> Self {
        Self { rows: vec![head.iter().map(|text| Cell::styled(*text, Style::Bold)).collect()] }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// Writes the table.
    pub(crate) fn write(&self, out: &mut impl Write, colours: Colours) -> io::Result<()> {
        let widths = self.widths();
        for row in &self.rows {
            let cells = row.iter().zip(&widths).map(|(cell, width)| cell.padded(*width, colours));
            writeln!(out, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
        }
        Ok(())
    }

    fn widths(&self) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let width = |column| self.rows.iter().filter_map(|row| row.get(column)).map(Cell::width).max();
        (0..columns).map(|column| width(column).unwrap_or_default()).collect()
    }
}

impl Cell {
    fn width(&self) -> usize {
        self.text.chars().count()
    }

    fn padded(&self, width: usize, colours: Colours) -> String {
        let space = " ".repeat(width.saturating_sub(self.width()));
        match self.style {
            Some(style) => colours.paint(style, &self.text) + &space,
            None => self.text.clone() + &space,
        }
    }
}

/// A text that goes to a terminal: what could steer it becomes visible instead.
pub(crate) fn harmless(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' && c != '\t' { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(table: &Table, colours: Colours) -> String {
        let mut out = Vec::new();
        table.write(&mut out, colours).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn columns_are_aligned_with_and_without_colours() {
        let mut table = Table::new(&["STATE", "KIND"]);
        table.row(vec![Cell::state(JobState::Completed), "email.send".into()]);
        table.row(vec![Cell::state(JobState::Running), "a".into()]);
        assert_eq!(written(&table, Colours::Off), "STATE      KIND\ncompleted  email.send\nrunning    a\n");
        assert!(written(&table, Colours::On).contains("\x1b[32mcompleted\x1b[0m  email.send"));
    }

    #[test]
    fn a_text_cannot_steer_the_terminal() {
        assert_eq!(harmless("a\x1b[2Jb"), "a\u{fffd}[2Jb");
    }
}
