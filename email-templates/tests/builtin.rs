//! Every built-in template, rendered.
#![expect(clippy::unwrap_used, reason = "a failing test panics")]

use std::collections::BTreeSet;

use serde_json::{Value, json};
use windlass_email_templates::{TemplateError, Templates, VariableFault, VariableType};

fn templates() -> Templates {
    Templates::builtin().unwrap()
}

fn welcome(user_name: &str, url: &str) -> Value {
    json!({"user_name": user_name, "verification_url": url})
}

fn faults(error: TemplateError) -> Vec<VariableFault> {
    match error {
        TemplateError::Variables { faults, .. } => faults,
        other => panic!("expected faults of variables, got {other}"),
    }
}

#[test]
fn every_template_renders_with_its_sample() {
    let templates = templates();
    for name in templates.names() {
        let mail = templates.render(name, templates.sample(name).unwrap()).unwrap();
        for part in [&mail.subject, &mail.html, &mail.text] {
            assert!(!part.trim().is_empty(), "{name}");
            assert!(!part.contains("{{"), "{name}: {part}");
        }
        assert!(mail.subject.len() <= 78, "{name}: the subject is too long for one line");
    }
}

#[test]
fn every_folder_is_a_template() {
    let folders: BTreeSet<String> = std::fs::read_dir(env!("CARGO_MANIFEST_DIR"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().join("sample.json").exists())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    let names: BTreeSet<String> = templates().names().map(str::to_owned).collect();
    assert_eq!(folders, names, "a folder is missing in the list of src/builtin.rs");
}

#[test]
fn no_template_loads_anything_from_elsewhere() {
    let templates = templates();
    for name in templates.names() {
        let html = templates.render(name, templates.sample(name).unwrap()).unwrap().html.to_lowercase();
        for remote in ["<script", "<link", "<img", "src=", "url(", "@import", "<iframe"] {
            assert!(!html.contains(remote), "{name} has {remote}");
        }
    }
}

#[test]
fn no_line_of_a_text_part_is_too_long_to_read() {
    let templates = templates();
    for name in templates.names() {
        let text = templates.render(name, templates.sample(name).unwrap()).unwrap().text;
        for line in text.lines().filter(|line| !line.starts_with("http")) {
            assert!(line.len() <= 90, "{name}: {line}");
        }
        assert!(!text.contains("\n\n\n"), "{name} has a gap: {text}");
    }
}

#[test]
fn variables_are_escaped_in_html_and_stand_as_they_are_in_text() {
    let url = "https://example.com/?a=1&b=\"><script>alert(1)</script>";
    let mail = templates().render("welcome", &welcome("<b>Ada</b> & Co", url)).unwrap();
    assert!(mail.html.contains("&lt;b&gt;Ada&lt;/b&gt; &amp; Co"));
    assert!(!mail.html.contains("<script>"));
    assert!(mail.text.contains("Hello <b>Ada</b> & Co,"));
    assert!(mail.text.contains(url));
}

#[test]
fn handlebars_in_a_variable_stays_text() {
    let mail = templates().render("welcome", &welcome("{{brand}}", "https://example.com")).unwrap();
    assert!(mail.text.contains("Hello {{brand}},"));
}

#[test]
fn the_brand_is_at_the_head_and_in_the_subject() {
    let mail = templates()
        .with_brand("Sails & Ropes")
        .render("welcome", &welcome("Ada", "https://example.com"))
        .unwrap();
    assert!(mail.subject.contains("Sails & Ropes"));
    assert!(mail.html.contains("Sails &amp; Ropes"));
    assert!(!mail.html.contains("Windlass"));
}

#[test]
fn a_brand_with_a_line_break_never_becomes_a_subject() {
    let error = templates()
        .with_brand("Windlass\r\nBcc: everybody@example.com")
        .render("welcome", &welcome("Ada", "https://example.com"))
        .unwrap_err();
    assert_eq!(error, TemplateError::SubjectLineBreak { template: "welcome".to_owned() });
}

#[test]
fn minutes_are_counted_grammatically() {
    let text = |minutes: Value| {
        let variables = json!({
            "user_name": "Ada", "reset_url": "https://example.com", "expires_in_minutes": minutes
        });
        templates().render("password_reset", &variables).unwrap().text
    };
    assert!(text(json!(1)).contains("works for 1 minute and"));
    assert!(text(json!(30)).contains("works for 30 minutes and"));
    assert!(text(json!("30")).contains("works for 30 minutes and"));
}

#[test]
fn an_empty_name_leaves_no_gap_in_the_greeting() {
    let mail = templates().render("welcome", &welcome("", "https://example.com")).unwrap();
    assert!(mail.text.contains("Hello,"));
}

#[test]
fn an_unknown_template_is_refused_with_the_nearest_name() {
    let error = templates().render("welcom", &json!({})).unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no email template \"welcom\" (did you mean \"welcome\"?); there are: welcome, password_reset"
    );
}

#[test]
fn every_fault_of_the_variables_is_named_at_once() {
    let variables =
        json!({"username": "Ada", "reset_url": "javascript:alert(1)", "expires_in_minutes": null});
    let error = templates().render("password_reset", &variables).unwrap_err();
    let message = error.to_string();
    assert!(message.contains("password_reset"), "{message}");
    assert_eq!(
        faults(error),
        [
            VariableFault::Missing { name: "expires_in_minutes".to_owned() },
            VariableFault::WrongType { name: "reset_url".to_owned(), expected: VariableType::WebAddress },
            VariableFault::Missing { name: "user_name".to_owned() },
            VariableFault::Unknown { name: "username".to_owned(), nearest: Some("user_name".to_owned()) },
        ]
    );
}

#[test]
fn the_value_of_a_variable_is_never_part_of_an_error() {
    let error = templates().render("welcome", &welcome("Ada", "javascript:secret-token")).unwrap_err();
    assert!(!error.to_string().contains("secret-token"));
}

#[test]
fn the_brand_cannot_be_overridden_by_a_variable() {
    let mut variables = welcome("Ada", "https://example.com");
    variables["brand"] = json!("Evil");
    let error = templates().render("welcome", &variables).unwrap_err();
    assert_eq!(faults(error), [VariableFault::Unknown { name: "brand".to_owned(), nearest: None }]);
}

#[test]
fn variables_that_are_no_object_are_refused_with_what_is_expected() {
    let error = templates().render("welcome", &json!(["Ada"])).unwrap_err();
    assert!(error.to_string().ends_with("user_name, verification_url"), "{error}");
}
