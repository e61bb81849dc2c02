//! Facts about one thing, one a line.

use std::fmt::Display;
use std::io::{self, Write};

use crate::output::{Colours, Style, harmless};

/// Where facts are written to.
#[derive(Debug)]
pub(super) struct Sheet<'a, W> {
    out: &'a mut W,
    colours: Colours,
}

impl<'a, W: Write> Sheet<'a, W> {
    /// A sheet on `out`.
    pub(super) fn new(out: &'a mut W, colours: Colours) -> Self {
        Self { out, colours }
    }

    /// One fact.
    pub(super) fn fact(&mut self, name: &str, value: impl Display) -> io::Result<()> {
        let name = self.colours.paint(Style::Dim, &format!("{name:<13}"));
        writeln!(self.out, "  {name} {}", harmless(&value.to_string()))
    }

    /// The name of what follows.
    pub(super) fn section(&mut self, name: &str) -> io::Result<()> {
        let name = self.colours.paint(Style::Bold, name);
        writeln!(self.out, "\n{name}")
    }

    /// A line as it is, below a section.
    pub(super) fn line(&mut self, line: &str) -> io::Result<()> {
        writeln!(self.out, "  {}", harmless(line))
    }
}
