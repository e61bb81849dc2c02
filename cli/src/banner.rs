//! What `windlass dev` greets with: everything that is needed for the first job.

use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use secrecy::{ExposeSecret, SecretString};

use crate::compose::{self, Destination};
use crate::config::{Environment, Settings};
use crate::output::{Colours, Style};

const FIRST_KIND: &str = "email.send_template";
const FIRST_ARGS: &str = r#"{"to":["ada@example.com"],"template":"welcome","variables":{"user_name":"Ada","verification_url":"https://example.com/verify"}}"#;

/// How this process was called, so that the commands we show can be called the same way.
#[derive(Debug)]
pub(crate) struct Invocation {
    program: String,
}

impl Invocation {
    /// From the process's own name.
    pub(crate) fn of(environment: &Environment) -> Self {
        Self { program: environment.program().unwrap_or("windlass").to_owned() }
    }
}

/// The greeting.
#[derive(Debug)]
pub(crate) struct Banner<'a> {
    pub(crate) address: SocketAddr,
    pub(crate) key: &'a SecretString,
    pub(crate) settings: &'a Settings,
    pub(crate) invocation: &'a Invocation,
}

impl Banner<'_> {
    /// Writes the greeting in one piece, so that no line of the log cuts through it.
    pub(crate) fn write(&self, out: &mut impl Write, colours: Colours) -> io::Result<()> {
        let title = colours.paint(Style::Bold, &format!("Windlass {}", env!("CARGO_PKG_VERSION")));
        let dim = |text| colours.paint(Style::Dim, text);
        let text = format!(
            "\n  {title} · development\n\n\
             \x20 {api}      {url}\n\
             \x20 {key_name}  {key}\n\
             \x20 {jobs}     {engine}\n\
             \x20 {mail}     {destination}\n\n\
             \x20 {first}\n\n{curl}\n\n\
             \x20 {same}\n\n{enqueue}\n\n\
             \x20 {stop}\n\n",
            api = dim("API"),
            url = colours.paint(Style::Cyan, &self.url()),
            key_name = dim("API key"),
            key = self.key.expose_secret(),
            jobs = dim("Jobs"),
            engine = self.engine(),
            mail = dim("Mail"),
            destination = self.mail(),
            first = dim("Send the first mail from another terminal:"),
            curl = self.curl(),
            same = dim("The same without HTTP, following the job to its end:"),
            enqueue = self.enqueue(),
            stop = dim("Ctrl-C finishes what runs and stops; a second one stops at once."),
        );
        out.write_all(text.as_bytes())?;
        out.flush()
    }

    fn url(&self) -> String {
        // Whoever listens everywhere is reached here too.
        let ip = match self.address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        format!("http://{}", SocketAddr::new(ip, self.address.port()))
    }

    fn engine(&self) -> String {
        let place = compose::describe(self.settings);
        if self.settings.redis_url.is_some() {
            format!("Redis at {place}")
        } else {
            format!("embedded, in {place}")
        }
    }

    fn mail(&self) -> String {
        match compose::destination(self.settings) {
            Destination::Server(smtp) => format!("SMTP server {}:{}", smtp.host, smtp.port),
            Destination::Folder(folder) => format!("kept as .eml files in {}", folder.display()),
        }
    }

    fn curl(&self) -> String {
        let url = self.url();
        let authorization = quoted(&format!("Authorization: Bearer {}", self.key.expose_secret()));
        let body = format!(r#"{{"kind":"{FIRST_KIND}","args":{FIRST_ARGS}}}"#);
        format!(
            "  curl -sS {url}/api/v1/jobs \\\n    -H {authorization} \\\n    -H 'Content-Type: application/json' \\\n    -d '{body}'"
        )
    }

    fn enqueue(&self) -> String {
        let program = quoted(&self.invocation.program);
        let place = match &self.settings.redis_url {
            Some(url) if url.expose_secret().contains('@') => r#" --redis-url "$REDIS_URL""#.to_owned(),
            Some(url) => format!(" --redis-url {}", quoted(url.expose_secret())),
            None => format!(" --data-dir {}", quoted(&self.settings.data_dir.to_string_lossy())),
        };
        format!("  {program} enqueue {FIRST_KIND}{place} --wait \\\n    --args '{FIRST_ARGS}'")
    }
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_only_where_a_shell_would_take_it_apart() {
        assert_eq!(quoted("target/debug/windlass"), "target/debug/windlass");
        assert_eq!(quoted("My Jobs/it's"), r"'My Jobs/it'\''s'");
    }
}
