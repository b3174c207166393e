//! One mailbox, read strictly: what looks like two, or hides a line break, is none.

use lettre::Address;
use lettre::message::Mailbox;

/// Characters of an address: a path of 256 less its angle brackets (RFC 5321 4.5.3.1.3).
const MAX_ADDRESS: usize = 254;

/// Reads `support@shop.example` or `Shop Support <support@shop.example>`.
pub(super) fn parse(text: &str) -> Result<Mailbox, String> {
    let text = text.trim();
    let refused = |why: &str| Err(format!("{text:?} is not one mailbox: {why}"));
    if text.chars().any(char::is_control) {
        return refused("it has a line break or another control character");
    }
    let (name, address) = match text
        .strip_suffix('>')
        .and_then(|rest| rest.rsplit_once('<'))
    {
        Some((name, address)) => (name.trim().trim_matches('"').trim(), address),
        None => ("", text),
    };
    if name.contains(['<', '>', '@', ',', ';', ':', '"', '\\']) {
        return refused("its name has one of < > @ , ; : \" \\");
    }
    if address.len() > MAX_ADDRESS {
        return refused("its address is too long");
    }
    // Quoted local parts and address literals are legal and used by nobody but attackers.
    if address.contains(['"', '[', ' ', ',', ';', '<', '>']) {
        return refused("its address has a character that addresses do not have");
    }
    if !address.is_ascii() {
        return refused("its address is not ASCII; write its domain in the form xn--…");
    }
    match address.parse::<Address>() {
        Ok(address) => Ok(Mailbox::new(
            (!name.is_empty()).then(|| name.to_owned()),
            address,
        )),
        Err(error) => refused(&error.to_string()),
    }
}

/// The name in `{{ contact.NAME }}`, if the text is nothing but that.
pub(super) fn contact_name(text: &str) -> Option<&str> {
    let inner = text.trim().strip_prefix("{{")?.strip_suffix("}}")?;
    let name = inner.trim().strip_prefix("contact.")?;
    let letter = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    (!name.is_empty() && name.bytes().all(letter)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_mailbox_is_read_and_nothing_else_is() {
        for (text, written) in [
            ("ops@shop.example", "ops@shop.example"),
            (" Ops <ops@shop.example> ", "Ops <ops@shop.example>"),
            (
                "\"Shop Ops\" <ops@shop.example>",
                "Shop Ops <ops@shop.example>",
            ),
            ("<ops@shop.example>", "ops@shop.example"),
        ] {
            assert_eq!(parse(text).unwrap().to_string(), written, "{text}");
        }
        for text in [
            "",
            "ops",
            "@shop.example",
            "ops@",
            "a@shop.example, b@evil.example",
            "a@shop.example;b@evil.example",
            "Ops <a@shop.example>, <b@evil.example>",
            "<a@shop.example><b@evil.example>",
            "a@shop.example> <b@evil.example",
            "Ops <a@shop.example> b@evil.example",
            "Ops, b@evil.example <a@shop.example>",
            "ops@shop.example\r\nBcc: b@evil.example",
            "Ops\nBcc: b@evil.example <ops@shop.example>",
            "ops@shop.example\u{0}",
            "\"a b\"@shop.example",
            "ops@[127.0.0.1]",
            "ops@shop.example SIZE=1",
            "ops@@shop.example",
        ] {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn only_a_contact_alone_is_a_contact() {
        assert_eq!(contact_name("{{ contact.email }}"), Some("email"));
        assert_eq!(contact_name("{{contact.email}}"), Some("email"));
        for text in [
            "{{ contact.email | default(merchant) }}",
            "{{ contact.email }}, b@evil.example",
            "{{ merchant }}",
            "{{ contact.email }} {{ contact.other }}",
            "{{ contact. }}",
        ] {
            assert_eq!(contact_name(text), None, "{text}");
        }
    }
}
