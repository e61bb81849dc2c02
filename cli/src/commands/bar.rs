use std::io::{self, IsTerminal, Write};

use windlass_shared::Percent;

use crate::output::harmless;

/// How many characters of a line the bar itself takes.
const WIDTH: usize = 30;
/// Goes to the beginning of the line and clears it.
const AGAIN: &str = "\r\x1b[K";

/// How far something has come, on stderr: a bar that grows on a terminal, and lines elsewhere.
#[derive(Debug)]
pub(super) struct Bar {
    on_terminal: bool,
    said: String,
}

impl Bar {
    pub(super) fn new() -> Self {
        Self { on_terminal: io::stderr().is_terminal(), said: String::new() }
    }

    /// Whether a person watches it grow.
    pub(super) const fn is_watched(&self) -> bool {
        self.on_terminal
    }

    /// Shows how far it is, and what it is doing.
    pub(super) fn show(&mut self, percent: Percent, text: &str) -> io::Result<()> {
        let bar = if self.on_terminal { drawn(percent.get()) + " " } else { String::new() };
        let line = format!("{bar}{percent} · {}", harmless(text));
        if line == self.said {
            return Ok(());
        }
        if self.on_terminal {
            write!(io::stderr(), "{AGAIN}{line}")
        } else {
            writeln!(io::stderr(), "{line}")
        }?;
        self.said = line;
        io::stderr().flush()
    }

    /// Says something in a line of its own.
    pub(super) fn say(&mut self, line: &str) -> io::Result<()> {
        let again = if self.on_terminal { AGAIN } else { "" };
        self.said.clear();
        writeln!(io::stderr(), "{again}{}", harmless(line))
    }

    /// Takes the bar away.
    pub(super) fn clear(&mut self) -> io::Result<()> {
        if self.on_terminal { write!(io::stderr(), "{AGAIN}") } else { Ok(()) }
    }
}

fn drawn(percent: u8) -> String {
    let full = usize::from(percent.min(100)) * WIDTH / 100;
    format!("[{}{}]", "#".repeat(full), "·".repeat(WIDTH - full))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_is_as_full_as_the_work_is_far() {
        for (percent, full) in [(0, 0), (1, 0), (50, 15), (99, 29), (100, 30)] {
            let bar = drawn(percent);
            assert_eq!((bar.matches('#').count(), bar.chars().count()), (full, WIDTH + 2), "{percent}");
        }
    }
}
