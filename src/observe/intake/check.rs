//! What a ticket's content must satisfy, wherever it came from.

use super::json::clamp;
use super::{
    LONGEST_ATTRIBUTE_NAME, LONGEST_CONTACT, LONGEST_ID, LONGEST_ISSUE, LONGEST_LABEL,
    LONGEST_TEXT, MOST_ATTRIBUTES, MOST_CONTACTS, MOST_DAYS_BACK, MOST_HOURS_AHEAD, RawTicket,
};
use crate::domain::Problem;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// Names the first thing wrong with a ticket that came at `now`.
pub(super) fn check(raw: &RawTicket, now: Timestamp) -> Result<(), Problem> {
    if raw.issue.trim().is_empty() && raw.merchant_message.trim().is_empty() {
        let reason = "says nothing: send `issue` or `merchant_message`";
        return Err(Problem::whole("missing_text", reason));
    }
    check_id("ticket_id", &raw.ticket_id)?;
    check_id("merchant_id", &raw.merchant_id)?;
    check_length("issue", &raw.issue, LONGEST_ISSUE)?;
    check_length("merchant_message", &raw.merchant_message, LONGEST_TEXT)?;
    check_length("error_log", &raw.error_log, LONGEST_TEXT)?;
    check_length("category", &raw.category, LONGEST_LABEL)?;
    check_length("migration_stage", &raw.migration_stage, LONGEST_LABEL)?;
    check_contact(&raw.contact)?;
    if raw.attributes.len() > MOST_ATTRIBUTES {
        let reason = format!("more than {MOST_ATTRIBUTES} fields that Medic does not know");
        return Err(Problem::whole("too_many", reason));
    }
    for name in raw.attributes.keys() {
        check_length(name, name, LONGEST_ATTRIBUTE_NAME)?;
    }
    raw.timestamp.map_or(Ok(()), |time| check_time(time, now))
}

fn check_length(field: &str, text: &str, most: usize) -> Result<(), Problem> {
    // Bytes bound characters from above, and are known without counting.
    if text.len() <= most || text.chars().count() <= most {
        return Ok(());
    }
    let reason = format!("longer than {most} characters; shorten it");
    Err(Problem::field(clamp(field), "too_long", reason))
}

/// Ids are compared to the character and shown to people, so what cannot be seen is refused: two
/// ids that look alike because of it would be approved as one.
fn check_id(field: &str, id: &str) -> Result<(), Problem> {
    check_length(field, id, LONGEST_ID)?;
    let refused = |what: &str| {
        let reason = format!("{what}; send the id exactly as your system shows it");
        Err(Problem::field(field, "bad_id", reason))
    };
    if id.bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(());
    }
    if id.trim() != id {
        return refused("white space before or behind the id");
    }
    match id.chars().find(|c| is_unseen(*c)) {
        Some(c) => refused(&format!(
            "the id holds U+{:04X}, which cannot be seen",
            c as u32
        )),
        None => Ok(()),
    }
}

/// Controls, line breaks, directional marks, zero-width characters, and spaces but the plain one.
fn is_unseen(c: char) -> bool {
    (c.is_whitespace() && c != ' ')
        || c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

fn check_contact(contact: &BTreeMap<String, String>) -> Result<(), Problem> {
    let refused = |reason: String| Err(Problem::field("contact", "bad_contact", reason));
    if contact.len() > MOST_CONTACTS {
        return refused(format!("more than {MOST_CONTACTS} addresses"));
    }
    for (name, address) in contact {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        if name.is_empty() || name.len() > 40 || !name.bytes().all(plain) {
            return refused("a name of an address has 1 to 40 of a-z, 0-9 and _".to_owned());
        }
        if address.chars().count() > LONGEST_CONTACT || address.chars().any(is_unseen) {
            return refused(format!(
                "an address has at most {LONGEST_CONTACT} characters, all of them visible"
            ));
        }
    }
    Ok(())
}

fn check_time(time: Timestamp, now: Timestamp) -> Result<(), Problem> {
    let refused = |what: &str| {
        let reason = format!(
            "{time} lies {what} {now}, when the ticket came; mend the clock or the time zone, or leave the field out"
        );
        Err(Problem::field("timestamp", "bad_time", reason))
    };
    let ahead = time.duration_since(now);
    if ahead > SignedDuration::from_hours(MOST_HOURS_AHEAD) {
        return refused("too far ahead of");
    }
    if ahead < SignedDuration::from_hours(-24 * MOST_DAYS_BACK) {
        return refused("more than ten years before");
    }
    Ok(())
}
