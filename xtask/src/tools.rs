//! Tools of the checks that do not come with the toolchain.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::environment::{cache_folder, program};
use crate::foreground::Foreground;
use crate::project;
use crate::terminal::timed;

const CARGO_DENY: &str = "0.20.2";

/// cargo-deny in the version that `deny.toml` was written for: the installed one, or one of our own in the user's
/// cache, where every clone and every target directory finds it again.
pub(crate) fn cargo_deny(foreground: &Foreground) -> Result<PathBuf> {
    let folder = match cache_folder() {
        Some(cache) => cache,
        None => project::target_directory()?,
    };
    let root = folder.join("tools").join(format!("cargo-deny-{CARGO_DENY}"));
    let own = root.join("bin").join("cargo-deny");
    let known = program("cargo-deny").into_iter().chain([own.clone()]);
    if let Some(suitable) = known.into_iter().find(|candidate| is_wanted(candidate)) {
        return Ok(suitable);
    }
    timed("install cargo-deny", || install(foreground, &root))?;
    Ok(own)
}

fn is_wanted(candidate: &Path) -> bool {
    let answer = Command::new(candidate).arg("--version").output();
    answer.is_ok_and(|output| {
        String::from_utf8_lossy(&output.stdout).trim() == format!("cargo-deny {CARGO_DENY}")
    })
}

/// Compiles it without optimisation: it runs for a second, and the optimiser alone would take minutes.
fn install(foreground: &Foreground, root: &Path) -> Result<()> {
    fs::create_dir_all(root).with_context(|| format!("cannot create {}", root.display()))?;
    let scratch = tempfile::tempdir_in(root)?;
    let mut install =
        project::cargo(["install", "--quiet", "--locked", "--debug", "cargo-deny", "--version", CARGO_DENY]);
    install.arg("--root").arg(root).arg("--target-dir").arg(scratch.path());
    foreground.run(install.env("CARGO_PROFILE_DEV_DEBUG", "0"))
}
