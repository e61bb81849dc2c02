//! The documents, as far as a program can tell whether they are true.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{succeed, windlass};

const DOCUMENTS: [&str; 23] = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/api.md",
    "docs/autoscaling.md",
    "docs/authentication.md",
    "docs/configuration.md",
    "docs/guarantees.md",
    "docs/history.md",
    "docs/guides/batches.md",
    "docs/guides/bounds.md",
    "docs/guides/clients.md",
    "docs/guides/large-values.md",
    "docs/guides/limits.md",
    "docs/guides/order.md",
    "docs/guides/retries.md",
    "docs/guides/steering.md",
    "docs/guides/steps.md",
    "docs/guides/uniqueness.md",
    "docs/guides/why.md",
    "docs/measuring.md",
    "docs/transactional-enqueue.md",
];

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    fs::read_to_string(project().join(path)).unwrap()
}

/// What stands between two marks, each time.
fn between<'a>(text: &'a str, open: &'a str, close: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(open).skip(1).filter_map(move |rest| rest.split_once(close)).map(|(inner, _)| inner)
}

#[test]
fn the_job_in_the_readme_is_the_one_of_the_example() {
    let example = read("examples/own_job/src/main.rs");
    let readme = read("README.md");
    let code = between(&readme, "```rust\n", "```").next().unwrap();
    assert!(example.contains(code.trim()), "README.md shows another job than examples/own_job");
}

#[test]
fn every_link_leads_somewhere() {
    for document in DOCUMENTS {
        let text = read(document);
        let folder = project().join(document).parent().unwrap().to_owned();
        for target in between(&text, "](", ")").filter(|target| !target.starts_with("http")) {
            let file = target.split('#').next().unwrap();
            assert!(folder.join(file).exists(), "{document} links to {target}");
        }
    }
}

#[test]
fn every_guide_is_among_the_documents_and_among_the_doc_tests() {
    let doc_tests = read("tests/src/guides.rs") + &read("clients/rust/src/lib.rs");
    for entry in fs::read_dir(project().join("docs/guides")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(DOCUMENTS.contains(&format!("docs/guides/{name}").as_str()), "{name}");
        assert!(doc_tests.contains(&format!("docs/guides/{name}")), "{name}");
    }
}

#[test]
fn every_command_that_a_guide_names_exists() {
    let directory = tempfile::tempdir().unwrap();
    let guides = DOCUMENTS.into_iter().filter(|document| document.starts_with("docs/guides/"));
    for (guide, text) in guides.map(|guide| (guide, read(guide))) {
        for command in between(&text, "`windlass ", "`") {
            let words: Vec<_> = command.split(' ').collect();
            let named = words.iter().take_while(|word| word.chars().all(|c| c.is_ascii_lowercase())).copied();
            let options = words.iter().filter_map(|word| word.trim_start_matches('[').strip_prefix("--"));
            let help = succeed(windlass(directory.path(), &named.chain(["--help"]).collect::<Vec<_>>()));
            for option in options {
                assert!(
                    help.contains(&format!("--{option} ")) || help.contains(&format!("--{option}\n")),
                    "{guide} shows `windlass {command}`, but there is no --{option}: {help}"
                );
            }
        }
    }
}

#[test]
fn every_file_that_is_named_exists() {
    for document in DOCUMENTS {
        let text = read(document);
        for path in
            text.lines().flat_map(|line| line.split('`').skip(1).step_by(2)).filter(|word| is_path(word))
        {
            assert!(project().join(path).exists(), "{document} names {path}");
        }
    }
}

/// A file or folder below one of the project's own folders, without placeholders.
fn is_path(word: &str) -> bool {
    let Some((first, _)) = word.split_once('/') else { return false };
    let is_ours = !first.is_empty() && !first.starts_with('.') && project().join(first).exists();
    is_ours && (word.ends_with('/') || word.contains('.')) && !word.contains(['<', ' '])
}
