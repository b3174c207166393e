//! One ticket as its source sent it: right types, nothing checked beyond them.

use super::json::{Node, clamp};
use crate::domain::{Problem, Severity};
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Greatest whole number that every JSON program reads alike (RFC 7493): 2⁵³ − 1.
const GREATEST_WHOLE: i64 = 9_007_199_254_740_991;

/// A ticket before it is checked, redacted and numbered. An empty text means that the source said
/// nothing. Adapters that are no JSON (a chat, a form) fill it in themselves.
///
/// It holds unredacted text: never log, store or send it.
#[derive(Clone, Default, PartialEq)]
pub struct RawTicket {
    /// The source's own id.
    pub ticket_id: String,
    /// Who is hit.
    pub merchant_id: String,
    /// When it happened.
    pub timestamp: Option<Timestamp>,
    /// Short title.
    pub issue: String,
    /// What the merchant wrote.
    pub merchant_message: String,
    /// Program output.
    pub error_log: String,
    /// The source's category.
    pub category: String,
    /// Where in the migration the merchant stands.
    pub migration_stage: String,
    /// How bad it is.
    pub severity: Severity,
    /// Failed checkouts.
    pub checkout_failures: u64,
    /// Customers hit.
    pub affected_customers: u64,
    /// How to reach whoever wrote: name and address, `email` where only an address was given.
    pub contact: BTreeMap<String, String>,
    /// Fields that Medic does not know.
    pub attributes: BTreeMap<String, Value>,
}

/// The ticket that an object describes.
pub(super) fn ticket(node: Node<'_>) -> Result<RawTicket, Problem> {
    let Node::Object(members) = node else {
        let reason = "a ticket is an object with at least `issue` or `merchant_message`";
        return Err(Problem::whole("wrong_type", reason));
    };
    let mut raw = RawTicket::default();
    for (name, node) in members {
        // What is null was left out.
        if node != Node::Null {
            field(&mut raw, &name, node)?;
        }
    }
    Ok(raw)
}

fn field(raw: &mut RawTicket, name: &str, node: Node<'_>) -> Result<(), Problem> {
    match name {
        "ticket_id" => raw.ticket_id = id(name, node)?,
        "merchant_id" => raw.merchant_id = id(name, node)?,
        "timestamp" => raw.timestamp = time(name, &text(name, node)?)?,
        "issue" => raw.issue = text(name, node)?.into_owned(),
        "merchant_message" => raw.merchant_message = text(name, node)?.into_owned(),
        "error_log" => raw.error_log = text(name, node)?.into_owned(),
        "category" => raw.category = text(name, node)?.into_owned(),
        "migration_stage" => raw.migration_stage = text(name, node)?.into_owned(),
        "severity" => raw.severity = severity(name, &text(name, node)?)?,
        "checkout_failures" => raw.checkout_failures = count(name, node)?,
        "affected_customers" => raw.affected_customers = count(name, node)?,
        "contact" => raw.contact = contact(name, node)?,
        _ => {
            let value = attribute(name, node)?;
            raw.attributes.insert(name.to_owned(), value);
        }
    }
    Ok(())
}

fn wrong_type<T>(name: &str, wanted: &str) -> Result<T, Problem> {
    Err(Problem::field(
        clamp(name),
        "wrong_type",
        format!("send {wanted}"),
    ))
}

fn text<'a>(name: &str, node: Node<'a>) -> Result<Cow<'a, str>, Problem> {
    match node {
        Node::Text(text) => Ok(text),
        _ => wrong_type(name, "a text in double quotes"),
    }
}

/// Many systems number their tickets and shops, so a whole number is an id too.
fn id(name: &str, node: Node<'_>) -> Result<String, Problem> {
    match node {
        Node::Text(text) => Ok(text.into_owned()),
        Node::Number(number) if number.bytes().all(|b| b.is_ascii_digit()) => Ok(number.to_owned()),
        _ => wrong_type(name, "a text in double quotes, or a whole number"),
    }
}

/// RFC 3339 to the letter: jiff would also take forms that name no single moment or that other
/// programs read differently.
fn time(name: &str, text: &str) -> Result<Option<Timestamp>, Problem> {
    if text.is_empty() {
        return Ok(None);
    }
    let moment = is_rfc3339(text)
        .then(|| text.parse::<Timestamp>().ok())
        .flatten();
    moment.map(Some).ok_or_else(|| {
        let reason = "no moment in RFC 3339; send it like 2026-03-01T09:30:00Z or with an offset like +02:00";
        Problem::field(name, "bad_time", reason)
    })
}

fn is_rfc3339(text: &str) -> bool {
    const FIXED: &[u8] = b"dddd-dd-ddTdd:dd:dd";
    let fits = |text: &[u8], mask: &[u8]| {
        text.len() == mask.len()
            && mask.iter().zip(text).all(|(mask, byte)| match mask {
                b'd' => byte.is_ascii_digit(),
                b'T' => matches!(byte, b'T' | b't' | b' '),
                b'+' => matches!(byte, b'+' | b'-'),
                mask => mask == byte,
            })
    };
    let Some((head, tail)) = text.as_bytes().split_at_checked(FIXED.len()) else {
        return false;
    };
    let fraction = tail.strip_prefix(b".").map_or(0, |digits| {
        1 + digits.iter().take_while(|b| b.is_ascii_digit()).count()
    });
    let offset = &tail[fraction..];
    fits(head, FIXED)
        && fraction != 1
        && fraction <= 10
        && (offset.eq_ignore_ascii_case(b"z")
            || (fits(offset, b"+dd:dd") && offset[1..3] <= b"23"[..] && offset[4..] <= b"59"[..]))
}

fn severity(name: &str, text: &str) -> Result<Severity, Problem> {
    if text.is_empty() {
        return Ok(Severity::default());
    }
    [
        Severity::Low,
        Severity::Medium,
        Severity::High,
        Severity::Critical,
    ]
    .into_iter()
    .find(|severity| text.eq_ignore_ascii_case(severity.as_str()))
    .ok_or_else(|| {
        let reason = "no such severity; send critical, high, medium or low";
        Problem::field(name, "unknown_severity", reason)
    })
}

fn count(name: &str, node: Node<'_>) -> Result<u64, Problem> {
    let Node::Number(number) = node else {
        return wrong_type(name, "a whole number without quotes");
    };
    let plain = number.bytes().all(|b| b.is_ascii_digit());
    number
        .parse()
        .ok()
        .filter(|count| plain && *count <= super::MOST_COUNTED)
        .ok_or_else(|| {
            let most = super::MOST_COUNTED;
            let reason = format!("send a whole number from 0 to {most}");
            Problem::field(name, "out_of_range", reason)
        })
}

fn contact(name: &str, node: Node<'_>) -> Result<BTreeMap<String, String>, Problem> {
    match node {
        Node::Text(text) if text.is_empty() => Ok(BTreeMap::new()),
        Node::Text(text) => {
            let kind = if text.contains('@') {
                "email"
            } else {
                "contact"
            };
            Ok(BTreeMap::from([(kind.to_owned(), text.into_owned())]))
        }
        Node::Object(members) => members
            .into_iter()
            .map(|(kind, node)| Ok((kind.into_owned(), text(name, node)?.into_owned())))
            .collect(),
        _ => wrong_type(name, "an address, or an object of named addresses"),
    }
}

/// An unknown field's value. Numbers with a fraction become the text they were written as: a
/// rounded copy could neither be shown as sent nor digested alike everywhere.
fn attribute(name: &str, node: Node<'_>) -> Result<Value, Problem> {
    Ok(match node {
        Node::Null => Value::Null,
        Node::Bool(yes) => Value::Bool(yes),
        Node::Number(number) => attribute_number(name, number)?,
        Node::Text(text) => Value::String(text.into_owned()),
        Node::Array(items) => items
            .into_iter()
            .map(|item| attribute(name, item))
            .collect::<Result<_, _>>()?,
        Node::Object(members) => Value::Object(
            members
                .into_iter()
                .map(|(key, item)| Ok((key.into_owned(), attribute(name, item)?)))
                .collect::<Result<Map<_, _>, Problem>>()?,
        ),
    })
}

fn attribute_number(name: &str, number: &str) -> Result<Value, Problem> {
    let refused = || {
        let reason = "a number that programs read differently (beyond ±(2^53 − 1), or too small or large for a float); send it as text";
        Problem::field(clamp(name), "out_of_range", reason)
    };
    if number.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
        return number
            .parse::<i64>()
            .ok()
            .filter(|whole| (-GREATEST_WHOLE..=GREATEST_WHOLE).contains(whole))
            .map(Value::from)
            .ok_or_else(refused);
    }
    let float: f64 = number.parse().map_err(|_| refused())?;
    let mantissa = number.split(['e', 'E']).next().unwrap_or("");
    let vanished = float == 0.0 && mantissa.bytes().any(|b| matches!(b, b'1'..=b'9'));
    if !float.is_finite() || vanished {
        return Err(refused());
    }
    Ok(Value::from(number))
}
