//! The project speaks of itself alone: what is committed names no machine that somebody wrote it on.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// Folders at the top of a file system that belong to a person or a machine, spelled without their slashes so that this
/// file does not accuse itself.
const FOLDERS: &[&str] = &["home", "root", "Users", "work"];

#[test]
fn committed_files_name_no_folder_of_a_machine() -> Result<()> {
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask lies in the root of the repository")?;
    let mut found = Vec::new();
    for name in committed_files(root)? {
        // A file may be deleted and the deletion not committed yet; a binary file has no lines to look at.
        let Ok(text) = std::fs::read_to_string(root.join(&name)) else { continue };
        let accused = (1..).zip(text.lines()).filter(|(_, line)| names_a_folder(line));
        found.extend(accused.map(|(number, line)| format!("{name}:{number}: {}", line.trim())));
    }
    assert!(found.is_empty(), "paths of a machine are committed:\n  {}", found.join("\n  "));
    Ok(())
}

#[test]
fn a_folder_counts_only_where_a_path_begins() {
    let path = |folder: &str| format!("/{folder}/somebody");
    assert!(names_a_folder(&path("home")));
    assert!(names_a_folder(&format!("open `{}`", path("root"))));
    assert!(!names_a_folder(&format!("example.org{}", path("home"))));
    assert!(!names_a_folder(&format!("docs{}", path("work"))));
}

fn names_a_folder(line: &str) -> bool {
    FOLDERS.iter().any(|folder| {
        let needle = format!("/{folder}/");
        line.match_indices(&needle).any(|(at, _)| !line[..at].ends_with(is_part_of_a_name))
    })
}

fn is_part_of_a_name(character: char) -> bool {
    character.is_alphanumeric() || "-_.~}".contains(character)
}

/// Committed files, and those that a commit of everything would add.
fn committed_files(root: &Path) -> Result<Vec<String>> {
    let mut git = Command::new("git");
    git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let output = git.current_dir(root).output().context("git")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let names = String::from_utf8(output.stdout)?;
    Ok(names.split('\0').filter(|name| !name.is_empty() && *name != "Cargo.lock").map(String::from).collect())
}
