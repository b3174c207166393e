//! From text to what can be compared: words with the changing parts masked, and the signature of
//! an error (its class, status, endpoint template and webhook topic).

use serde::{Deserialize, Serialize};
use std::fmt;

/// What names an error apart from the words around it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ErrorSignature {
    /// The class or code: `WebhookTimeout`, `ERR_SSL_PROTOCOL`; may be empty.
    pub class: String,
    /// The HTTP status, 400–599.
    pub status: Option<u16>,
    /// The path with ids masked: `/api/orders/{}`; may be empty.
    pub endpoint: String,
    /// The webhook topic: `order.created`; may be empty.
    pub topic: String,
}

/// Classes that half of all programs throw: alone they say nothing about the problem.
const GENERIC_CLASSES: [&str; 18] = [
    "Error",
    "Exception",
    "TypeError",
    "ValueError",
    "RuntimeError",
    "ReferenceError",
    "SyntaxError",
    "RangeError",
    "KeyError",
    "FatalError",
    "HttpError",
    "HTTPError",
    "ApiError",
    "APIError",
    "UnknownError",
    "InternalServerError",
    "ServerError",
    "NullPointerException",
];

/// How a class of an error ends.
const CLASS_ENDINGS: [&str; 11] = [
    "Error",
    "Exception",
    "Timeout",
    "Failure",
    "Failed",
    "Fault",
    "Refused",
    "NotFound",
    "Mismatch",
    "Denied",
    "Expired",
];

/// How the verb of a webhook topic may read.
const TOPIC_VERBS: [&str; 17] = [
    "created",
    "create",
    "updated",
    "update",
    "deleted",
    "delete",
    "paid",
    "cancelled",
    "canceled",
    "fulfilled",
    "refunded",
    "failed",
    "succeeded",
    "completed",
    "shipped",
    "added",
    "removed",
];

impl ErrorSignature {
    /// Reads the signature of these texts; none where nothing in them is specific enough to tell
    /// one problem from another.
    pub fn read(texts: &[&str]) -> Option<Self> {
        let mut found = Self::default();
        for text in texts {
            let mut before = "";
            for word in text.split_whitespace().take(MAX_SIGNATURE_WORDS) {
                found.take(word, before);
                before = word;
            }
        }
        found.is_specific().then_some(found)
    }

    /// A number that is equal exactly where the signatures are (up to a 64-bit hash).
    pub fn key(&self) -> u64 {
        let mut hash = fnv(self.class.as_bytes(), FNV_START);
        hash = fnv(&self.status.unwrap_or_default().to_le_bytes(), hash);
        hash = fnv(self.endpoint.as_bytes(), fnv(b"|", hash));
        fnv(self.topic.as_bytes(), fnv(b"|", hash))
    }

    fn is_specific(&self) -> bool {
        let named = !self.class.is_empty() && !GENERIC_CLASSES.contains(&self.class.as_str());
        let parts = usize::from(self.status.is_some())
            + usize::from(!self.endpoint.is_empty())
            + usize::from(!self.topic.is_empty())
            + usize::from(!self.class.is_empty());
        named || parts >= 2
    }

    fn take(&mut self, word: &str, before: &str) {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '/' && c != '_');
        if word.is_empty() || word.len() > 200 {
            return;
        }
        if self.class.is_empty() && is_class(word) {
            self.class = word
                .rsplit(['.', ':', '\\'])
                .next()
                .unwrap_or(word)
                .to_owned();
        } else if self.topic.is_empty()
            && let Some(topic) = topic_of(word)
        {
            self.topic = topic;
        } else if self.endpoint.is_empty()
            && let Some(path) = endpoint_of(word)
        {
            self.endpoint = path;
        } else if self.status.is_none()
            && let Ok(status @ 400..=599) = word.parse::<u16>()
            && announces_status(before)
        {
            self.status = Some(status);
        }
    }
}

impl fmt::Display for ErrorSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = self.status.map(|s| s.to_string()).unwrap_or_default();
        let parts = [&self.class, &status, &self.endpoint, &self.topic];
        let mut first = true;
        for part in parts.into_iter().filter(|part| !part.is_empty()) {
            if !first {
                f.write_str(" ")?;
            }
            f.write_str(part)?;
            first = false;
        }
        Ok(())
    }
}

/// Signatures stand near the start of a log; reading on costs time and finds the noise of traces.
const MAX_SIGNATURE_WORDS: usize = 200;

fn is_class(word: &str) -> bool {
    let name = word.rsplit(['.', ':', '\\']).next().unwrap_or(word);
    let starts_upper = name.starts_with(|c: char| c.is_ascii_uppercase());
    if !starts_upper || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return false;
    }
    let shouted = name.len() >= 6
        && name.contains('_')
        && name
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    shouted
        || CLASS_ENDINGS.iter().any(|ending| {
            name.ends_with(ending) && (name.len() > ending.len() || *ending == "Error")
        })
}

fn topic_of(word: &str) -> Option<String> {
    let (noun, verb) = word.rsplit_once(['.', '/'])?;
    let plain = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b == b'_' || b == b'.')
    };
    (plain(noun) && TOPIC_VERBS.contains(&verb)).then(|| format!("{noun}.{verb}"))
}

fn endpoint_of(word: &str) -> Option<String> {
    let path = match scheme_end(word) {
        Some(end) => {
            let rest = word.get(end..)?;
            rest.get(rest.find('/')?..)?
        }
        None if word.starts_with('/') => word,
        None => return None,
    };
    let path = path.split(['?', '#']).next()?;
    let segments: Vec<&str> = path.split('/').filter(|s| !s.is_empty()).take(8).collect();
    if segments.is_empty()
        || !segments
            .iter()
            .any(|s| s.bytes().any(|b| b.is_ascii_alphabetic()))
    {
        return None;
    }
    let masked: Vec<&str> = segments
        .iter()
        .map(|s| if is_identifier(s) { "{}" } else { *s })
        .collect();
    Some(format!("/{}", masked.join("/")))
}

fn announces_status(before: &str) -> bool {
    let word = before
        .trim_matches(|c: char| !c.is_alphanumeric())
        .to_ascii_lowercase();
    matches!(
        word.as_str(),
        "status"
            | "http"
            | "code"
            | "error"
            | "returned"
            | "returns"
            | "response"
            | "got"
            | "statuscode"
    ) || word.starts_with("http")
}

/// Whether a run of letters and digits is an id, a number or a hash rather than a word: it says
/// which case this is, not which problem.
pub fn is_identifier(run: &str) -> bool {
    let digits = run.chars().filter(char::is_ascii_digit).count();
    if digits == 0 {
        return false;
    }
    let length = run.chars().count();
    let hex = length >= 8 && run.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    digits == length || hex || (length >= 6 && digits >= 2) || digits * 2 > length
}

/// Calls `word` with each word of a text, lower-cased, with e-mails, addresses, placeholders,
/// numbers and ids left out and `camelCase` taken apart. A run of an unspaced script comes as
/// single characters.
pub fn each_word(text: &str, word: &mut dyn FnMut(&str)) {
    let mut buffer = String::with_capacity(32);
    for chunk in text.split_whitespace() {
        if chunk.contains('‹') || (chunk.contains('@') && chunk.contains('.')) {
            continue;
        }
        let chunk = match scheme_end(chunk) {
            Some(end) => {
                let rest = chunk.get(end..).unwrap_or_default();
                rest.find('/')
                    .and_then(|slash| rest.get(slash..))
                    .unwrap_or_default()
            }
            None => chunk,
        };
        for run in chunk.split(|c: char| !c.is_alphanumeric()) {
            if run.is_empty() || (is_identifier(run) && !is_status(run)) {
                continue;
            }
            each_part(run, &mut buffer, word);
        }
    }
}

/// Where the host of an address begins. Few words hold a colon, so looking for it alone is quicker
/// than looking for the whole mark.
fn scheme_end(word: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = word.get(from..)?.find(':') {
        from += at + 1;
        if word.get(from..)?.starts_with("//") {
            return Some(from + 2);
        }
    }
    None
}

fn is_status(run: &str) -> bool {
    matches!(run.parse::<u16>(), Ok(400..=599)) && run.len() == 3
}

fn each_part(run: &str, buffer: &mut String, word: &mut dyn FnMut(&str)) {
    buffer.clear();
    let mut was_lower = false;
    for c in run.chars() {
        let unspaced = is_unspaced(c);
        if (unspaced || (c.is_uppercase() && was_lower)) && !buffer.is_empty() {
            word(buffer);
            buffer.clear();
        }
        was_lower = c.is_lowercase();
        buffer.extend(c.to_lowercase());
        if unspaced {
            word(buffer);
            buffer.clear();
        }
        if buffer.len() > MAX_WORD_BYTES {
            word(buffer);
            buffer.clear();
        }
    }
    if !buffer.is_empty() {
        word(buffer);
    }
}

/// Longer runs are cut: no language that puts spaces between its words needs more.
const MAX_WORD_BYTES: usize = 60;

/// Whether words of this character's script are written without spaces between them.
pub fn is_unspaced(c: char) -> bool {
    matches!(u32::from(c), 0x3040..=0x30ff | 0x3400..=0x9fff | 0xf900..=0xfaff | 0x0e00..=0x0eff | 0x20000..=0x2ffff)
}

/// The start value of [`fnv`].
pub(crate) const FNV_START: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a, 64 bits: the same on every machine and in every build.
pub(crate) fn fnv(bytes: &[u8], start: u64) -> u64 {
    bytes.iter().fold(start, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let mut out = Vec::new();
        each_word(text, &mut |w| out.push(w.to_owned()));
        out
    }

    #[test]
    fn a_signature_names_class_and_topic() {
        let log = "WebhookTimeout: order.created webhook failed after 30s - endpoint unreachable";
        let found = ErrorSignature::read(&["", "", log]).unwrap();
        assert_eq!(found.to_string(), "WebhookTimeout order.created");
    }

    #[test]
    fn ids_in_an_endpoint_are_masked_so_that_two_orders_share_a_signature() {
        let one =
            ErrorSignature::read(&["GET https://shop.example/api/orders/99182?x=1 returned 503"]);
        let two = ErrorSignature::read(&[
            "GET https://other.example/api/orders/7c1e9a04-11 returned 503",
        ]);
        assert_eq!(one.as_ref().unwrap().to_string(), "503 /api/orders/{}");
        assert_eq!(one.unwrap().key(), two.unwrap().key());
    }

    #[test]
    fn a_generic_class_alone_is_no_signature() {
        assert_eq!(
            ErrorSignature::read(&["TypeError: x is not a function"]),
            None
        );
        assert_eq!(ErrorSignature::read(&["", "my cart is empty", ""]), None);
    }

    #[test]
    fn what_changes_from_case_to_case_is_left_out() {
        assert_eq!(
            words(
                "Order #48213 of ‹email:1› a@b.example at https://x.example/cart/77aabbcc9 (404) CartSession"
            ),
            ["order", "of", "at", "cart", "404", "cart", "session"]
        );
        assert_eq!(words("返金"), ["返", "金"]);
    }
}
