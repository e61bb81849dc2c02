//! Where settings come from, and what is said about wrong ones.

use std::fs;
use std::path::Path;

use crate::support::{fail, succeed, windlass};

/// The value that holds for a setting, and who gave it.
fn holds(directory: &Path, key: &str, environment: &[(&str, &str)], args: &[&str]) -> (String, String) {
    let mut command = windlass(directory, args);
    command.envs(environment.iter().copied()).arg("check-config");
    let table = succeed(command);
    let line = table.lines().find(|line| line.split_whitespace().next() == Some(key)).unwrap();
    let mut columns = line.split_once(key).unwrap().1.split("  ").map(str::trim).filter(|c| !c.is_empty());
    (columns.next().unwrap().to_owned(), columns.next().unwrap().to_owned())
}

fn refused(directory: &Path, file: &str, environment: &[(&str, &str)]) -> String {
    fs::write(directory.join("windlass.toml"), file).unwrap();
    let mut command = windlass(directory, &["check-config"]);
    command.envs(environment.iter().copied());
    fail(command)
}

#[test]
fn the_command_line_wins_over_the_environment_that_over_the_file_and_that_over_the_default() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let key = "data_dir";
    let pair = |value: &str, origin: &str| (value.to_owned(), origin.to_owned());
    assert_eq!(holds(directory, key, &[], &[]), pair("./.windlass", "default"));
    fs::write(directory.join("windlass.toml"), "data_dir = \"from-file\"").unwrap();
    assert_eq!(holds(directory, key, &[], &[]), pair("from-file", "windlass.toml"));
    let environment = [("WINDLASS_DATA_DIR", "from-environment")];
    assert_eq!(holds(directory, key, &environment, &[]), pair("from-environment", "WINDLASS_DATA_DIR"));
    assert_eq!(holds(directory, key, &environment, &["--data-dir", "flag"]), pair("flag", "--data-dir"));
}

#[test]
fn every_variable_reaches_its_setting() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let password = directory.join("secret");
    fs::write(&password, "hunter2\n").unwrap();
    let password = password.to_str().unwrap();
    let login = [("SMTP_USER", "ada"), ("SMTP_PASSWORD", "hunter2")];
    let bucket = [
        ("WINDLASS_BLOBS_URL", "s3://a-bucket/windlass"),
        ("AWS_ENDPOINT_URL", "https://s3.example.com"),
        ("AWS_DEFAULT_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "ada"),
        ("AWS_SECRET_ACCESS_KEY", "hunter2"),
    ];
    for (variables, key, value) in [
        (&[("REDIS_URL", "redis://127.0.0.1/")][..], "redis_url", "(secret)"),
        (&[("REDIS_URL_FILE", password)], "redis_url", "(secret)"),
        (&[("DATABASE_URL", "postgres://ada:hunter2@127.0.0.1/x")], "database_url", "(secret)"),
        (&[("WINDLASS_SECRET_KEY", "a-secret-of-thirty-two-characters")], "secret_key", "(secret)"),
        (&[("WINDLASS_DATA_DIR", "d")], "data_dir", "d"),
        (&bucket, "blobs.url", "s3://a-bucket/windlass"),
        (&bucket, "blobs.endpoint", "https://s3.example.com"),
        (&bucket, "blobs.region", "eu-central-1"),
        (&bucket, "blobs.access_key_id", "ada"),
        (&bucket, "blobs.secret_access_key", "(secret)"),
        (&[("WINDLASS_DIAGNOSTICS", "1")], "diagnostics", "true"),
        (&[("WINDLASS_LISTEN", "localhost:0")], "api.listen", "localhost:0"),
        (&[("WINDLASS_API_KEY", "sixteen-letters!")], "api.key", "(secret)"),
        (&[("WINDLASS_RATE_LIMIT_KEY_PER_SECOND", "7")], "api.rate_limit.key_per_second", "7"),
        (&[("WINDLASS_RATE_LIMIT_KEY_BURST", "8")], "api.rate_limit.key_burst", "8"),
        (
            &[("WINDLASS_RATE_LIMIT_ORGANIZATION_PER_SECOND", "9")],
            "api.rate_limit.organization_per_second",
            "9",
        ),
        (&[("WINDLASS_RATE_LIMIT_ORGANIZATION_BURST", "10")], "api.rate_limit.organization_burst", "10"),
        (&[("JWT_SECRET", "a-secret-of-thirty-two-bytes-at-least")], "auth.jwt_secret", "(secret)"),
        (&[("JWKS_URL", "https://issuer.example/keys")], "auth.jwks_url", "https://issuer.example/keys"),
        (&[("WINDLASS_JWT_ISSUER", "issuer")], "auth.issuer", "issuer"),
        (&[("WINDLASS_JWT_AUDIENCE", "windlass")], "auth.audience", "windlass"),
        (&[("WINDLASS_JWT_ORGANIZATION_CLAIM", "org")], "auth.organization_claim", "org"),
        (&[("WINDLASS_JWT_ROLES_CLAIM", "groups")], "auth.roles_claim", "groups"),
        (&[("WINDLASS_ROLES", "a = jobs.read, jobs.manage; b=")], "auth.roles", "a=jobs.read,jobs.manage;b="),
        (&[("WINDLASS_QUEUES", "email, default")], "worker.queues", "email,default"),
        (&[("WINDLASS_CONCURRENCY", "7")], "worker.concurrency", "7"),
        (&[("WINDLASS_LOG", "windlass=debug")], "log.filter", "windlass=debug"),
        (&[("WINDLASS_LOG_FORMAT", "json")], "log.format", "json"),
        (&[("SMTP_HOST", "mail.example.com")], "smtp.host", "mail.example.com"),
        (&[("SMTP_PORT", "2525")], "smtp.port", "2525"),
        (&login, "smtp.username", "ada"),
        (&[("SMTP_USERNAME", "eve"), ("SMTP_USER", "ada"), ("SMTP_PASSWORD", "x")], "smtp.username", "eve"),
        (&login, "smtp.password", "(secret)"),
        (&[("SMTP_USER", "ada"), ("SMTP_PASSWORD_FILE", password)], "smtp.password", "(secret)"),
        (&[("WINDLASS_SMTP_TLS", "implicit")], "smtp.tls", "implicit"),
        (&[("FROM_EMAIL", "hi@example.com")], "email.from", "hi@example.com"),
        (&[("DEFAULT_FROM_EMAIL", "hi@example.com")], "email.from", "hi@example.com"),
        (&[("FROM_NAME", "Sails")], "email.from_name", "Sails"),
        (&[("DEFAULT_FROM_NAME", "Sails")], "email.from_name", "Sails"),
    ] {
        if variables[0].0 == "REDIS_URL_FILE" {
            fs::write(password, "redis://:hunter2@127.0.0.1/\n").unwrap();
        }
        let (held, origin) = holds(directory, key, variables, &[]);
        assert_eq!(held, value, "{variables:?}");
        assert!(variables.iter().any(|(name, _)| origin.starts_with(name)), "{variables:?}: {origin}");
    }
}

#[test]
fn what_leads_to_a_bucket_is_looked_at_only_where_there_is_one() {
    let directory = tempfile::tempdir().unwrap();
    let others = [("AWS_ACCESS_KEY_ID", "somebody-else's"), ("AWS_ENDPOINT_URL", "nowhere")];
    holds(directory.path(), "data_dir", &others, &[]);
    for (file, fault) in [
        ("[blobs]\nurl = \"ftp://x\"", "blobs.url (from windlass.toml): the place of blobs is written like"),
        ("[blobs]\nurl = \"s3://b\"", "blobs.access_key_id (from AWS_ACCESS_KEY_ID"),
        ("[blobs]\nurl = \"s3://b\"", "blobs.endpoint (from AWS_ENDPOINT_URL"),
    ] {
        let said = refused(directory.path(), file, &others);
        assert!(said.contains(fault), "{file}: {said}");
    }
}

#[test]
fn an_empty_variable_counts_as_not_set() {
    let directory = tempfile::tempdir().unwrap();
    let (held, origin) = holds(directory.path(), "smtp.port", &[("SMTP_PORT", "")], &[]);
    assert_eq!((held.as_str(), origin.as_str()), ("587", "default"));
}

#[test]
fn an_unknown_key_is_an_error_that_names_the_nearest() {
    let directory = tempfile::tempdir().unwrap();
    for (file, meant) in [
        ("data_dri = \"x\"", "data_dri in windlass.toml is no setting; did you mean data_dir?"),
        ("[smtp]\nhots = \"x\"", "smtp.hots in windlass.toml is no setting; did you mean smtp.host?"),
        ("concurrency = 3", "concurrency in windlass.toml is no setting; did you mean worker.concurrency?"),
        ("[wroker]\nconcurrency = 3", "wroker in windlass.toml is no setting; did you mean worker?"),
        ("colour = \"red\"", "docs/configuration.md lists those that exist"),
    ] {
        let said = refused(directory.path(), file, &[]);
        assert!(said.contains(meant), "{file}: {said}");
    }
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let file = "[api]\nlisten = \"nowhere\"\n[worker]\nconcurrency = 0\nqueues = [\"{x}\"]\n[log]\nformat = \"xml\"\n\
                [smtp]\nport = \"x\"\ntls = \"maybe\"\nusername = \"ada\"\n[email]\nfrom = \"nobody\"";
    let environment = [("WINDLASS_DIAGNOSTICS", "perhaps"), ("REDIS_URL", "http://x")];
    let said = refused(directory.path(), file, &environment);
    for part in [
        "api.listen (from windlass.toml): \"nowhere\" is not HOST:PORT",
        "worker.concurrency (from windlass.toml): goes from 1 to 10000",
        "worker.queues (from windlass.toml): the queue name \"{x}\"",
        "log.format (from windlass.toml): \"xml\" is not a format",
        "smtp.port in windlass.toml must be a whole number",
        "smtp.tls (from windlass.toml): \"maybe\" is not a TLS policy",
        "smtp.username (from windlass.toml): smtp.password is missing",
        "email.from (from windlass.toml)",
        "WINDLASS_DIAGNOSTICS is \"perhaps\"; it must be true or false",
        "redis_url (from REDIS_URL)",
    ] {
        assert!(said.contains(part), "{part}\n{said}");
    }
}

#[test]
fn a_secret_that_is_given_twice_in_one_place_or_cannot_be_read_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let key = ("WINDLASS_API_KEY", "sixteen-letters!");
    let said = refused(directory.path(), "", &[key, ("WINDLASS_API_KEY_FILE", "key")]);
    assert!(said.contains("WINDLASS_API_KEY and WINDLASS_API_KEY_FILE are both set"), "{said}");
    let said = refused(directory.path(), "[smtp]\npassword_file = \"none\"", &[]);
    assert!(said.contains("smtp.password_file in windlass.toml names none, which cannot be read"), "{said}");
}

#[test]
fn a_key_that_could_be_guessed_is_refused_and_not_repeated() {
    let directory = tempfile::tempdir().unwrap();
    let said = refused(directory.path(), "", &[("WINDLASS_API_KEY", "fifteen-letters")]);
    assert!(said.contains("the API key has 15 characters; take 16 or more"), "{said}");
    assert!(!said.contains("fifteen-letters"), "{said}");
}

#[test]
fn a_file_that_was_named_must_exist_and_be_toml() {
    let directory = tempfile::tempdir().unwrap();
    let said = fail(windlass(directory.path(), &["check-config", "--config", "missing.toml"]));
    assert!(said.contains("missing.toml cannot be read"), "{said}");
    let said = refused(directory.path(), "data_dir =", &[]);
    assert!(said.contains("windlass.toml is not valid TOML") && said.contains("line 1"), "{said}");
}

#[test]
fn no_secret_is_shown() {
    let directory = tempfile::tempdir().unwrap();
    let mut command =
        windlass(directory.path(), &["check-config", "--redis-url", "redis://:hunter2@127.0.0.1/"]);
    command.envs([
        ("SMTP_USER", "ada"),
        ("SMTP_PASSWORD", "hunter2"),
        ("WINDLASS_API_KEY", "hunter2-hunter2-hunter2"),
    ]);
    let shown = succeed(command);
    assert!(!shown.contains("hunter2"), "{shown}");
}

/// The settings that exist, as `check-config` lists them.
fn settings() -> Vec<String> {
    let directory = tempfile::tempdir().unwrap();
    let table = succeed(windlass(directory.path(), &["check-config"]));
    table.lines().skip(1).filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

fn project(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)).unwrap()
}

#[test]
fn every_setting_is_described_in_the_documents() {
    let page = project("docs/configuration.md");
    let settings = settings();
    for setting in &settings {
        assert!(
            page.contains(&format!("| `{setting}` |")),
            "docs/configuration.md does not describe {setting}"
        );
    }
    let rows = page.lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(rows, settings.len(), "docs/configuration.md describes settings that do not exist");
}

#[test]
fn the_example_file_is_accepted_as_it_is_and_with_everything_switched_on() {
    let directory = tempfile::tempdir().unwrap();
    let example = project("windlass.example.toml");
    let switched_on: String = example
        .lines()
        .filter(|line| !line.contains("_file = "))
        .map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line))
        .flat_map(|line| [line, "\n"])
        .collect();
    for text in [&example, &switched_on] {
        fs::write(directory.path().join("windlass.toml"), text).unwrap();
        succeed(windlass(directory.path(), &["check-config"]));
    }
    for setting in settings() {
        let name = setting.rsplit('.').next().unwrap();
        assert!(
            switched_on.lines().any(|line| line.starts_with(&format!("{name} = "))),
            "{setting} is missing"
        );
    }
}
