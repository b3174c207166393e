//! Which merchant a message speaks for, and how that is known: a role of its author, a tag of its
//! post, or words that anybody can type.

use super::options::{DiscordOptions, TicketChannel};
use serenity::model::id::RoleId;

/// A merchant, and whether more than the author's own words say so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedMerchant {
    /// The merchant's id.
    pub id: String,
    /// Whether a role or tag says so.
    pub verified: bool,
}

/// A text without the words that name a merchant in it, and that merchant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading<'a> {
    /// The rest of the text.
    pub rest: &'a str,
    /// The merchant that the text names.
    pub claimed: Option<&'a str>,
}

/// The longest merchant id that is read from a text, in characters.
const LONGEST: usize = 64;

/// The merchant of a message. A tag goes before everything. Where the text names a merchant that
/// the author's roles speak for, or names none and the roles speak for one, that is verified; where
/// it names another, it is only claimed; where it names none of several, nobody knows.
pub fn merchant_of(
    options: &DiscordOptions,
    channel: &TicketChannel,
    held: &[RoleId],
    tags: &[String],
    claimed: Option<&str>,
) -> Option<NamedMerchant> {
    let verified = |id: &str| NamedMerchant {
        id: id.to_owned(),
        verified: true,
    };
    let by_tag = channel
        .merchant_tags
        .iter()
        .find(|(name, _)| tags.iter().any(|tag| tag.eq_ignore_ascii_case(name)));
    if let Some((_, merchant)) = by_tag {
        return Some(verified(merchant));
    }
    let mut by_role: Vec<&str> = held
        .iter()
        .filter_map(|role| options.merchant_roles.get(role))
        .map(String::as_str)
        .collect();
    by_role.sort_unstable();
    by_role.dedup();
    match (by_role.as_slice(), claimed) {
        ([one], None) => Some(verified(one)),
        (several, Some(claimed)) if several.contains(&claimed) => Some(verified(claimed)),
        (_, Some(claimed)) => Some(NamedMerchant {
            id: claimed.to_owned(),
            verified: false,
        }),
        _ => None,
    }
}

/// Reads `[M123] …` at the start of a text, or a first or last line `merchant: M123`. In brackets a
/// name needs a digit: `[urgent]` is no shop.
pub fn read<'a>(channel: &TicketChannel, text: &'a str) -> Reading<'a> {
    let none = Reading {
        rest: text,
        claimed: None,
    };
    if !channel.claimed {
        return none;
    }
    let fits = |name: &str| is_name(name) && matches(&channel.claimed_pattern, name);
    let trimmed = text.trim();
    if let Some((name, rest)) = trimmed
        .strip_prefix('[')
        .and_then(|inner| inner.split_once(']'))
    {
        let name = name.trim();
        if fits(name) && name.bytes().any(|b| b.is_ascii_digit()) {
            return Reading {
                rest: rest.trim_start(),
                claimed: Some(name),
            };
        }
    }
    let first = trimmed.split_once('\n').unwrap_or((trimmed, ""));
    let last = trimmed.rsplit_once('\n').unwrap_or(("", trimmed));
    for (line, rest) in [first, (last.1, last.0)] {
        if let Some(name) = after_label(line).filter(|name| fits(name)) {
            return Reading {
                rest: rest.trim(),
                claimed: Some(name),
            };
        }
    }
    none
}

/// What stands behind `merchant:` on a line of its own.
fn after_label(line: &str) -> Option<&str> {
    let (label, name) = line.split_once(':')?;
    label
        .trim()
        .eq_ignore_ascii_case("merchant")
        .then_some(name.trim())
}

fn is_name(name: &str) -> bool {
    (1..=LONGEST).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

/// Whether a name fits a pattern in which `*` stands for anything, also nothing.
fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let start = parts.next().unwrap_or("");
    let Some(mut rest) = name.strip_prefix(start) else {
        return false;
    };
    let Some(end) = parts.next_back() else {
        // No star: the whole name.
        return rest.is_empty();
    };
    for part in parts {
        let Some((_, behind)) = rest.split_once(part) else {
            return false;
        };
        rest = behind;
    }
    rest.ends_with(end)
}
