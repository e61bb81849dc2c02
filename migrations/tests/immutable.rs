//! A migration that has been released is never changed.

use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

/// Each file and the SHA-256 of its text. A new migration gets a line here; a line that is here is never changed once its
/// version has been released, because there are databases that have been through exactly this text.
const RELEASED: &[(&str, &str)] = &[
    ("m0001_organizations.rs", "c7e257d7209540da190fcd2434a554942e41d3f463dc5192b391b42b7b8b5468"),
    ("m0002_api_keys.rs", "1745eea256cadeae99e10c559fadbbdf3a8aca88acb4b1e4ec000d73d2c1e714"),
    ("m0003_audit.rs", "675fb72767cb5d7a389548aa4cdf5556abe1696afc8d54501796380ccdb5e811"),
    ("m0004_job_history.rs", "9bc8d64aa1e1509cf4f6c5fb65e17da92ef5d37921849a7728618e3cd5a64aa8"),
    ("m0005_positions.rs", "6629eaa2a4a05012e3122064390324e97e2d028f035d73540ed6cd56f759745c"),
    ("m0006_answers.rs", "645696d9c5f93b24a3b97458890c42110ce94f47cbfd75e3034594338b3e79bb"),
    ("m0007_outbox.rs", "2d7ce1af633b8358530d73cf9e464fdc348b255a5ccfbbb88f382355e7e7458a"),
];

#[test]
fn no_migration_has_changed_and_none_is_missing() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found: Vec<(String, String)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter_map(|path| {
            let name = path.file_name()?.to_str()?.to_owned();
            let is_migration =
                name.starts_with('m') && name.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
            is_migration.then(|| (name, hash(&fs::read_to_string(&path).unwrap())))
        })
        .collect();
    found.sort();
    let released: Vec<_> =
        RELEASED.iter().map(|(name, hash)| ((*name).to_owned(), (*hash).to_owned())).collect();
    assert_eq!(found, released, "a released migration is never changed; what has to change is a new one");
}

fn hash(text: &str) -> String {
    format!("{:x}", Sha256::digest(text))
}
