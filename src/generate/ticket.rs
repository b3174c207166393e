//! One ticket in the shape of the seed, written from a topic.

use super::dress::{Language, dress};
use super::facts::{Facts, Slots};
use super::merchants::Merchant;
use super::phrase::expand;
use super::random::Random;
use super::topics::Topic;
use crate::domain::Severity;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

/// A ticket as a helpdesk would hand it over: the product's ticket schema, and the seed's
/// `channel` beside it. Serialised fields keep this order, so the bytes are the same everywhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GeneratedTicket {
    /// The helpdesk's id.
    pub ticket_id: String,
    /// Who is hit; empty where the helpdesk does not know.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub merchant_id: String,
    /// RFC 3339, UTC, with milliseconds.
    pub timestamp: String,
    /// The title.
    pub issue: String,
    /// What the merchant wrote.
    pub merchant_message: String,
    /// Program output; empty where none was given.
    pub error_log: String,
    /// `critical`, `high`, `medium` or `low`.
    pub severity: &'static str,
    /// One of the seed's eight stages.
    pub migration_stage: &'static str,
    /// How it came: `web`, `chat`, `email` or `phone`.
    pub channel: &'static str,
    /// Failed checkouts that the merchant counts.
    #[serde(skip_serializing_if = "is_zero")]
    pub checkout_failures: u64,
    /// Customers that the merchant counts.
    #[serde(skip_serializing_if = "is_zero")]
    pub affected_customers: u64,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference"
)]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl GeneratedTicket {
    /// The ticket as the body of a request or a line of a file.
    pub fn to_value(&self) -> Value {
        // A struct of texts and numbers always serialises.
        serde_json::to_value(self).unwrap_or_default()
    }

    /// The ticket as one line of JSON, without the line's end.
    pub fn to_line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// What is settled about a ticket before it is worded.
pub struct Outline<'a> {
    /// The helpdesk's id for it.
    pub id: String,
    /// What it is about.
    pub topic: &'static Topic,
    /// Particulars of the cause.
    pub facts: &'a Facts,
    /// Who writes.
    pub merchant: Merchant,
    /// When.
    pub at: Timestamp,
    /// When the stream starts; decides the merchant's stage.
    pub start: Timestamp,
    /// How many in a hundred carry program output.
    pub logs_percent: u64,
    /// Whether the helpdesk does not know who it is: nobody can be counted then.
    pub anonymous: bool,
}

/// Words the ticket.
pub fn write(outline: Outline<'_>, random: &mut Random) -> GeneratedTicket {
    let topic = outline.topic;
    let slots = Slots {
        facts: outline.facts,
        merchant: outline.merchant,
        at: outline.at,
    };
    let fill = |name: &str, random: &mut Random| slots.value(name, random);

    let calm = topic.severity == Severity::Low;
    let (language, message) = message(topic, &slots, random);
    let issue = expand(random.text(topic.titles), random, &fill);
    // A phone note or chat line often has no title of its own.
    let issue = if random.percent(6) {
        String::new()
    } else {
        one_space(&issue)
    };
    let error_log = if random.percent(outline.logs_percent) && !topic.logs.is_empty() {
        let line = expand(random.text(topic.logs), random, &fill);
        framed(&line, &slots, random)
    } else {
        String::new()
    };
    let merchant_message = dress(&one_space(&message), language, calm, &slots, random);
    let counts = topic.stops_checkout && random.percent(45);
    GeneratedTicket {
        ticket_id: outline.id,
        merchant_id: if outline.anonymous {
            String::new()
        } else {
            outline.merchant.id()
        },
        timestamp: outline.at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string(),
        issue,
        merchant_message,
        error_log,
        severity: severity(topic.severity, random).as_str(),
        migration_stage: outline.merchant.stage(outline.start, outline.at),
        channel: random.text(&["web", "web", "chat", "email", "phone"]),
        checkout_failures: if counts { random.between(1, 90) } else { 0 },
        affected_customers: if counts && random.percent(60) {
            random.between(1, 250)
        } else {
            0
        },
    }
}

fn message(topic: &Topic, slots: &Slots<'_>, random: &mut Random) -> (Language, String) {
    let fill = |name: &str, random: &mut Random| slots.value(name, random);
    let foreign = match random.below(100) {
        0..=4 => Some((Language::German, topic.german)),
        5..=7 => Some((Language::French, topic.french)),
        8..=9 => Some((Language::Spanish, topic.spanish)),
        _ => None,
    };
    if let Some((language, phrases)) = foreign.filter(|(_, phrases)| !phrases.is_empty()) {
        return (language, expand(random.text(phrases), random, &fill));
    }
    let mut message = expand(random.text(topic.symptoms), random, &fill);
    if random.percent(55) && !topic.details.is_empty() {
        message.push(' ');
        message.push_str(&expand(random.text(topic.details), random, &fill));
    }
    (Language::English, message)
}

/// Program output as it is pasted: bare, with a log line's head, as JSON, or with a stack.
fn framed(line: &str, slots: &Slots<'_>, random: &mut Random) -> String {
    let stamp = slots.at.strftime("%Y-%m-%dT%H:%M:%SZ");
    match random.below(10) {
        0..=4 => line.to_owned(),
        5..=6 => format!("[{stamp}] ERROR {line}"),
        7 => serde_json::json!({ "level": "error", "msg": line, "req": random.next_u64() >> 40 })
            .to_string(),
        8 => format!(
            "{line}\n    at dispatch (/srv/app/core.js:{}:{})\n    at async run (/srv/app/main.js:{}:9)",
            random.between(20, 900),
            random.between(3, 60),
            random.between(20, 300)
        ),
        _ => format!("{stamp} storefront[{}]: {line}", random.between(100, 9999)),
    }
}

/// Mostly as bad as its topic is, sometimes a step more or less.
fn severity(usual: Severity, random: &mut Random) -> Severity {
    const STEPS: [Severity; 4] = [
        Severity::Low,
        Severity::Medium,
        Severity::High,
        Severity::Critical,
    ];
    let at = STEPS.iter().position(|step| *step == usual).unwrap_or(1);
    let at = match random.below(100) {
        0..=74 => at,
        75..=91 => at.saturating_sub(1),
        _ => (at + 1).min(STEPS.len() - 1),
    };
    STEPS[at]
}

/// Runs of spaces, left where an alternative was empty, become one.
fn one_space(text: &str) -> String {
    text.split(' ')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::topics::{ERROR_TYPES, UNRELATED};
    use super::*;

    #[test]
    fn no_phrase_leaves_a_mark_behind() {
        let start: Timestamp = "2026-01-05T08:00:00Z".parse().unwrap();
        for topic in ERROR_TYPES.into_iter().chain(&UNRELATED) {
            let phrases = [
                topic.titles,
                topic.symptoms,
                topic.details,
                topic.logs,
                topic.german,
                topic.french,
                topic.spanish,
            ];
            for phrase in phrases.into_iter().flatten() {
                for n in 0..30 {
                    let mut random = Random::new(n, "test", n);
                    let facts = Facts::draw(&mut random);
                    let merchant = super::super::merchants::any(&mut random, start, start);
                    let slots = Slots {
                        facts: &facts,
                        merchant,
                        at: start,
                    };
                    let text = expand(phrase, &mut random, &|name, r| slots.value(name, r));
                    let left = text.contains(['<', '|', '‹'])
                        || text
                            .split('$')
                            .skip(1)
                            .any(|s| s.starts_with(|c: char| c.is_ascii_lowercase()))
                        || text.replace("->", "").contains('>');
                    assert!(!left, "{}: {phrase} gave {text}", topic.name);
                }
            }
        }
    }
}
