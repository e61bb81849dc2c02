use std::fmt;
use std::str::FromStr;

use crate::invalid::{InvalidMessage, shown};

/// RFC 5321 section 4.5.3.1.3: a path has 256 octets, two of them are the angle brackets.
const MAX_ADDRESS_LENGTH: usize = 254;

/// Longer names are folded by no reader and are mistakes.
const MAX_NAME_LENGTH: usize = 200;

/// An email address, `user@domain`. It has no white space and no control character, so it cannot end a header
/// or an SMTP command. A domain beyond ASCII is kept in its ASCII form, which every server understands.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress(lettre::Address);

impl EmailAddress {
    /// The address as text.
    pub fn as_str(&self) -> &str {
        self.0.as_ref()
    }

    /// What stands behind the `@`.
    pub fn domain(&self) -> &str {
        self.0.domain()
    }

    pub(crate) fn to_lettre(&self) -> lettre::Address {
        self.0.clone()
    }
}

impl FromStr for EmailAddress {
    type Err = InvalidMessage;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = |fault| InvalidMessage::Address { text: shown(text), fault };
        if text.contains(|c: char| c.is_control() || c.is_whitespace()) {
            return Err(refuse("it has a space or a control character in it"));
        }
        let (user, domain) = text.rsplit_once('@').ok_or_else(|| refuse("the @ is missing"))?;
        let domain = ascii_domain(domain).ok_or_else(|| refuse("the domain behind the @ is not valid"))?;
        let address = lettre::Address::new(user, domain)
            .map_err(|_| refuse("the part before or behind the @ is not valid"))?;
        if AsRef::<str>::as_ref(&address).len() > MAX_ADDRESS_LENGTH {
            return Err(refuse("it is longer than 254 characters"));
        }
        Ok(Self(address))
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn ascii_domain(domain: &str) -> Option<String> {
    if domain.is_ascii() { Some(domain.to_owned()) } else { idna::domain_to_ascii(domain).ok() }
}

/// An address and, perhaps, the name of whom it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Mailbox {
    name: Option<String>,
    address: EmailAddress,
}

impl Mailbox {
    /// A mailbox without a name.
    pub fn new(address: EmailAddress) -> Self {
        Self { name: None, address }
    }

    /// The same mailbox under a display name; a blank name is none.
    pub fn with_name(self, name: &str) -> Result<Self, InvalidMessage> {
        let name = name.trim();
        let refuse = |fault| InvalidMessage::DisplayName { name: shown(name), fault };
        if name.contains(char::is_control) {
            return Err(refuse("has a line break or another control character in it"));
        }
        if name.len() > MAX_NAME_LENGTH {
            return Err(refuse("is longer than 200 bytes"));
        }
        Ok(Self { name: (!name.is_empty()).then(|| name.to_owned()), ..self })
    }

    /// The display name.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The address.
    pub fn address(&self) -> &EmailAddress {
        &self.address
    }

    pub(crate) fn to_lettre(&self) -> lettre::message::Mailbox {
        lettre::message::Mailbox::new(self.name.clone(), self.address.to_lettre())
    }
}

impl From<EmailAddress> for Mailbox {
    fn from(address: EmailAddress) -> Self {
        Self::new(address)
    }
}

/// Reads `user@domain` and `Name <user@domain>`, the name with or without double quotes.
impl FromStr for Mailbox {
    type Err = InvalidMessage;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        match text.strip_suffix('>').and_then(|text| text.rsplit_once('<')) {
            None => Ok(Self::new(text.parse()?)),
            Some((name, address)) => Self::new(address.parse()?).with_name(unquoted(name.trim())),
        }
    }
}

fn unquoted(name: &str) -> &str {
    name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_addresses_are_taken() {
        for good in ["ada@example.org", "a.b+tag@sub.example.org", "root@localhost", "o'brien@example.org"] {
            assert_eq!(good.parse::<EmailAddress>().unwrap().as_str(), good);
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("{}@example.org", "a".repeat(260));
        for bad in [
            "",
            "ada",
            "@example.org",
            "ada@",
            "ada@@example.org",
            "ada@exa mple.org",
            "ada @example.org",
            "ada@example.org,eve@example.org",
            "<ada@example.org>",
            "ada@example..org",
            &long,
        ] {
            assert!(bad.parse::<EmailAddress>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_address_cannot_smuggle_in_a_header_or_a_command() {
        for bad in [
            "ada@example.org\r\nBcc: eve@example.org",
            "ada@example.org\nRCPT TO:<eve@example.org>",
            "\"a\r\nb\"@example.org",
            "ada\0@example.org",
            "ada@example.org\u{85}",
        ] {
            assert!(bad.parse::<EmailAddress>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_domain_beyond_ascii_is_kept_in_its_ascii_form() {
        let address: EmailAddress = "ada@bücher.example".parse().unwrap();
        assert_eq!(address.as_str(), "ada@xn--bcher-kva.example");
    }

    #[test]
    fn a_mailbox_is_read_with_and_without_a_name() {
        let plain: Mailbox = " ada@example.org ".parse().unwrap();
        assert_eq!((plain.name(), plain.address().as_str()), (None, "ada@example.org"));
        for text in ["Ada Lovelace <ada@example.org>", "\"Ada Lovelace\" <ada@example.org>"] {
            let named: Mailbox = text.parse().unwrap();
            assert_eq!((named.name(), named.address().as_str()), (Some("Ada Lovelace"), "ada@example.org"));
        }
        assert_eq!("<ada@example.org>".parse::<Mailbox>().unwrap(), plain);
    }

    #[test]
    fn a_display_name_cannot_smuggle_in_a_header() {
        let mailbox = Mailbox::new("ada@example.org".parse().unwrap());
        let error = mailbox.with_name("Ada\r\nBcc: eve@example.org").unwrap_err();
        assert!(error.to_string().contains("line break"), "{error}");
    }
}
