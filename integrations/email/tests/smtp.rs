//! The SMTP provider against an SMTP server that others wrote.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a failing test panics")]

mod support;

use std::time::Duration;

use serde_json::{Value, json};
use support::{CERTIFICATE, SmtpServer, draft, message};
use windlass_email::{
    Attachment, Credentials, Draft, Header, Mailbox, Provider, SendError, Smtp, SmtpConfig, TlsPolicy,
};

fn client(config: SmtpConfig) -> Smtp {
    Smtp::new(config).unwrap()
}

fn login(password: &str) -> Credentials {
    Credentials { username: "ada".to_owned(), password: password.to_owned().into() }
}

fn header<'a>(report: &'a Value, name: &str) -> Option<&'a str> {
    let headers = report["headers"].as_array().unwrap();
    headers.iter().find(|header| header[0].as_str().unwrap() == name).and_then(|header| header[1].as_str())
}

fn transient(error: &SendError) -> String {
    assert!(matches!(error, SendError::Transient { .. }), "{error:?}");
    error.to_string()
}

fn permanent(error: &SendError) -> String {
    assert!(matches!(error, SendError::Permanent { .. }), "{error:?}");
    error.to_string()
}

#[tokio::test]
async fn a_message_arrives_with_both_of_its_parts() {
    let mut server = SmtpServer::start(&[]);
    let smtp = client(server.config());
    let sent = smtp.send(&message(draft("job-1", "Ada Lovelace <ada@example.org>"))).await.unwrap();
    assert_eq!(sent.answer, "250 2.0.0 queued as message-1");
    assert_eq!(sent.message_id, "<job-1@example.com>");

    let arrived = server.report();
    assert_eq!(arrived["mail_from"], "hi@example.com");
    assert_eq!(arrived["rcpt_tos"], json!(["ada@example.org"]));
    assert_eq!(arrived["structure"], "multipart/alternative");
    assert_eq!(arrived["parts"][0]["type"], "text/plain");
    assert_eq!(arrived["parts"][0]["content"].as_str().unwrap().trim_end(), "Grüße, Ada");
    assert_eq!(arrived["parts"][1]["type"], "text/html");
    assert_eq!(arrived["parts"][1]["content"].as_str().unwrap().trim_end(), "<p>Grüße, <b>Ada</b></p>");
    assert_eq!(header(&arrived, "Message-ID"), Some("<job-1@example.com>"));
    assert_eq!(header(&arrived, "Date"), Some("Tue, 14 Nov 2023 22:13:20 +0000"));
    assert_eq!(header(&arrived, "From"), Some("Sails <hi@example.com>"));
}

#[tokio::test]
async fn bcc_recipients_get_the_message_and_stand_in_no_header() {
    let mut server = SmtpServer::start(&[]);
    let mut draft = draft("job-1", "ada@example.org");
    draft.cc.push("Bob <bob@example.org>".parse().unwrap());
    draft.bcc.push("Eve <eve@example.net>".parse().unwrap());
    client(server.config()).send(&message(draft)).await.unwrap();

    let arrived = server.report();
    assert_eq!(arrived["rcpt_tos"], json!(["ada@example.org", "bob@example.org", "eve@example.net"]));
    assert_eq!(header(&arrived, "Cc"), Some("Bob <bob@example.org>"));
    assert_eq!(header(&arrived, "Bcc"), None);
    assert!(!arrived["headers"].to_string().to_lowercase().contains("eve"));
}

#[tokio::test]
async fn names_and_subjects_of_every_kind_arrive_as_they_were_given() {
    let mut server = SmtpServer::start(&[]);
    let smtp = client(server.config());
    let long = "a long sübject ".repeat(20);
    for name in
        ["O'Brien, \"Ann\" <x@y>", "Jürgen Müller", "工藤 新一", "a@b; c", "back\\slash", "=?utf-8?q?x?="]
    {
        let mailbox = Mailbox::new("ada@example.org".parse().unwrap()).with_name(name).unwrap();
        let mut draft = Draft {
            to: vec![mailbox.clone()],
            subject: format!("{name}: {long}."),
            ..draft("job-1", "x@y.example")
        };
        draft.from = Some(mailbox.clone());
        draft.reply_to.push(mailbox);
        smtp.send(&message(draft)).await.unwrap();
        let arrived = server.report();
        assert_eq!(arrived["rcpt_tos"], json!(["ada@example.org"]), "{name}");
        if !name.starts_with("=?") {
            assert_eq!(arrived["to"], json!([[name, "ada@example.org"]]));
            assert_eq!(header(&arrived, "Subject"), Some(format!("{name}: {long}.").as_str()));
        }
    }
}

#[tokio::test]
async fn attachments_and_headers_arrive() {
    let mut server = SmtpServer::start(&[]);
    let bytes: Vec<u8> = (0..=255).collect();
    let mut draft = draft("job-1", "ada@example.org");
    draft
        .attachments
        .push(Attachment::new("übersicht \"neu\".pdf", "application/pdf", bytes.clone()).unwrap());
    draft
        .attachments
        .push(Attachment::new("notes.txt", "text/plain; charset=utf-8", b"one\ntwo\n".to_vec()).unwrap());
    draft.headers.push(Header::new("X-Campaign", "spring sails").unwrap());
    client(server.config()).send(&message(draft)).await.unwrap();

    let arrived = server.report();
    assert_eq!(arrived["structure"], "multipart/mixed");
    let types: Vec<&str> =
        arrived["parts"].as_array().unwrap().iter().map(|part| part["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["text/plain", "text/html", "application/pdf", "text/plain"]);
    assert_eq!(arrived["parts"][2]["filename"], "übersicht \"neu\".pdf");
    assert_eq!(arrived["parts"][2]["content"], json!(bytes));
    assert_eq!(arrived["parts"][3]["content"].as_str().unwrap().trim_end(), "one\ntwo");
    assert_eq!(header(&arrived, "X-Campaign"), Some("spring sails"));
}

#[tokio::test]
async fn one_connection_carries_several_messages() {
    let mut server = SmtpServer::start(&[]);
    let smtp = client(server.config());
    for key in ["job-1", "job-2"] {
        smtp.send(&message(draft(key, "ada@example.org"))).await.unwrap();
    }
    assert_eq!(server.report()["peer_port"], server.report()["peer_port"]);
}

#[tokio::test]
async fn a_450_is_worth_a_retry_and_shows_what_the_server_said() {
    let server = SmtpServer::start(&["--refuse-recipient", "450 4.2.1 mailbox is busy"]);
    let smtp = client(server.config());
    let error = smtp.send(&message(draft("job-1", "refused@example.org"))).await.unwrap_err();
    assert!(transient(&error).contains("450 4.2.1 mailbox is busy"), "{error}");
}

#[tokio::test]
async fn a_550_is_final_and_shows_what_the_server_said() {
    let server = SmtpServer::start(&["--refuse-recipient", "550 5.1.1 no such user"]);
    let smtp = client(server.config());
    let error = smtp.send(&message(draft("job-1", "refused@example.org"))).await.unwrap_err();
    assert!(permanent(&error).contains("550 5.1.1 no such user"), "{error}");
}

#[tokio::test]
async fn a_message_refused_as_a_whole_is_final() {
    let server = SmtpServer::start(&["--refuse-data", "554 5.7.1 looks like spam"]);
    let smtp = client(server.config());
    let error = smtp.send(&message(draft("job-1", "ada@example.org"))).await.unwrap_err();
    assert!(permanent(&error).contains("554 5.7.1 looks like spam"), "{error}");
}

#[tokio::test]
async fn a_refused_recipient_leaves_the_client_able_to_send_the_next_message() {
    let mut server = SmtpServer::start(&["--refuse-recipient", "550 5.1.1 no such user"]);
    let smtp = client(server.config());
    smtp.send(&message(draft("job-1", "refused@example.org"))).await.unwrap_err();
    smtp.send(&message(draft("job-2", "ada@example.org"))).await.unwrap();
    assert_eq!(header(&server.report(), "Message-ID"), Some("<job-2@example.com>"));
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up_and_worth_a_retry() {
    let server = SmtpServer::start(&["--mute"]);
    let smtp = client(SmtpConfig { timeout: Duration::from_millis(300), ..server.config() });
    let error = smtp.send(&message(draft("job-1", "ada@example.org"))).await.unwrap_err();
    assert!(transient(&error).contains("0.3 s"), "{error}");
}

#[tokio::test]
async fn the_late_answer_to_a_send_that_was_given_up_is_never_taken_for_the_next_one() {
    let mut server = SmtpServer::start(&["--stall-first"]);
    let smtp = client(server.config());
    let first = message(draft("job-1", "ada@example.org"));
    let stalled = tokio::task::spawn_blocking(move || (server.report(), server));
    let (_report, _server) = tokio::select! {
        answer = smtp.send(&first) => panic!("answered before the second message: {answer:?}"),
        stalled = stalled => stalled.unwrap(),
    };
    // With the second message the server says 250 to the first and 550 to the second.
    let error = smtp.send(&message(draft("job-2", "ada@example.org"))).await.unwrap_err();
    assert!(permanent(&error).contains("the second message is refused"), "{error}");
}

#[tokio::test]
async fn a_server_that_is_away_is_worth_a_retry() {
    let config = {
        let server = SmtpServer::start(&[]);
        server.config()
    };
    let error = client(config).send(&message(draft("job-1", "ada@example.org"))).await.unwrap_err();
    assert!(transient(&error).contains("check SMTP host, port"), "{error}");
}

#[tokio::test]
async fn a_server_that_went_away_between_two_messages_is_no_failure_when_it_is_back() {
    let mut server = SmtpServer::start(&[]);
    let smtp = client(server.config());
    smtp.send(&message(draft("job-1", "ada@example.org"))).await.unwrap();
    server.restart();
    smtp.send(&message(draft("job-2", "ada@example.org"))).await.unwrap();
    assert_eq!(header(&server.report(), "Message-ID"), Some("<job-2@example.com>"));
}

#[tokio::test]
async fn a_login_is_given_where_one_is_configured() {
    let mut server = SmtpServer::start(&["--login", "ada:secret"]);
    let smtp = client(SmtpConfig { credentials: Some(login("secret")), ..server.config() });
    smtp.send(&message(draft("job-1", "ada@example.org"))).await.unwrap();
    assert_eq!(server.report()["user"], "ada");
}

#[tokio::test]
async fn a_refused_login_is_final_and_says_what_to_check() {
    let server = SmtpServer::start(&["--login", "ada:secret"]);
    let smtp = client(SmtpConfig { credentials: Some(login("hunter2")), ..server.config() });
    let error = smtp.send(&message(draft("job-1", "ada@example.org"))).await.unwrap_err();
    let text = permanent(&error);
    assert!(text.contains("535") && text.contains("check the SMTP user name and password"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}

#[tokio::test]
async fn a_server_that_wants_a_login_and_gets_none_is_final() {
    let server = SmtpServer::start(&["--login", "ada:secret"]);
    let error = client(server.config()).send(&message(draft("job-1", "ada@example.org"))).await.unwrap_err();
    assert!(permanent(&error).contains("530"), "{error}");
}

#[tokio::test]
async fn a_server_that_knows_no_login_is_final() {
    let server = SmtpServer::start(&[]);
    let smtp = client(SmtpConfig { credentials: Some(login("secret")), ..server.config() });
    let error = smtp.send(&message(draft("job-1", "ada@example.org"))).await.unwrap_err();
    assert!(permanent(&error).contains("PLAIN"), "{error}");
}

#[tokio::test]
async fn tls_is_used_where_the_server_offers_it_even_with_a_certificate_of_its_own() {
    let mut server = SmtpServer::start(&["--certificate", CERTIFICATE]);
    client(server.config()).send(&message(draft("job-1", "ada@example.org"))).await.unwrap();
    assert_eq!(server.report()["tls"], true);
}

#[tokio::test]
async fn where_tls_is_required_a_certificate_that_proves_nothing_is_refused() {
    let server = SmtpServer::start(&["--certificate", CERTIFICATE]);
    let smtp = client(SmtpConfig { tls: TlsPolicy::StartTls, ..server.config() });
    let error = smtp.send(&message(draft("job-1", "ada@example.org"))).await.unwrap_err();
    assert!(transient(&error).contains("certificate"), "{error}");
}

#[tokio::test]
async fn where_tls_is_required_a_server_without_it_gets_nothing() {
    let server = SmtpServer::start(&[]);
    let smtp = client(SmtpConfig { tls: TlsPolicy::StartTls, ..server.config() });
    let error = smtp.send(&message(draft("job-1", "ada@example.org"))).await.unwrap_err();
    assert!(permanent(&error).contains("offers no STARTTLS"), "{error}");
}

#[tokio::test]
async fn no_more_connections_are_opened_than_allowed() {
    let mut server = SmtpServer::start(&[]);
    let smtp = client(SmtpConfig { max_connections: 1.try_into().unwrap(), ..server.config() });
    let (first, second) =
        (message(draft("job-1", "ada@example.org")), message(draft("job-2", "ada@example.org")));
    let (one, two) = tokio::join!(smtp.send(&first), smtp.send(&second));
    one.unwrap();
    two.unwrap();
    assert_eq!(server.report()["peer_port"], server.report()["peer_port"]);
}
