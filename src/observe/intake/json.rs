//! A strict JSON reader for hostile input.
//!
//! serde_json would take duplicate keys silently, turn `0.1e-400` into 0, and give up a whole
//! array for one bad member. This one refuses what RFC 8259 leaves to chance, says where, and
//! tells a broken text (which ends the reading) from a flaw of one value (which does not).

use crate::domain::Problem;
use std::borrow::Cow;
use std::collections::HashSet;

/// A value as it stands in the text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as it is written: valid by RFC 8259, of any size.
    Number(&'a str),
    /// A string without its escapes.
    Text(Cow<'a, str>),
    /// An array.
    Array(Vec<Node<'a>>),
    /// An object with its members in order.
    Object(Vec<(Cow<'a, str>, Node<'a>)>),
}

/// The text is not JSON: at which byte and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Broken {
    /// Byte of the text, from 0.
    pub(super) at: usize,
    /// What stands or is missing there.
    pub(super) what: &'static str,
}

/// Reads values one after the other.
pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    deepest: usize,
    flaw: Option<Problem>,
}

type Read<T> = Result<T, Broken>;

impl<'a> Reader<'a> {
    /// A reader at the start of `text` that follows `deepest` levels of arrays and objects.
    pub(super) const fn new(text: &'a str, deepest: usize) -> Self {
        Self {
            text,
            at: 0,
            depth: 0,
            deepest,
            flaw: None,
        }
    }

    /// The byte that is read next.
    pub(super) const fn position(&self) -> usize {
        self.at
    }

    /// The first flaw since this was last asked.
    pub(super) fn take_flaw(&mut self) -> Option<Problem> {
        self.flaw.take()
    }

    /// Skips white space and says which byte follows.
    pub(super) fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = bytes.get(self.at) {
            self.at += 1;
        }
        bytes.get(self.at).copied()
    }

    /// Takes the byte if it comes next behind white space.
    pub(super) fn take(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    /// A break at the present place.
    pub(super) const fn broken<T>(&self, what: &'static str) -> Read<T> {
        Err(Broken { at: self.at, what })
    }

    /// The next value.
    pub(super) fn value(&mut self) -> Read<Node<'a>> {
        match self.peek() {
            Some(b'"') => Ok(Node::Text(self.string()?)),
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Node::Bool(true)),
            Some(b'f') => self.word("false", Node::Bool(false)),
            Some(b'n') => self.word("null", Node::Null),
            Some(_) => self.broken("a value is expected here"),
            None => self.broken("the text ends where a value is expected"),
        }
    }

    fn word(&mut self, word: &'static str, node: Node<'a>) -> Read<Node<'a>> {
        if !self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            return self.broken("a value is expected here");
        }
        self.at += word.len();
        Ok(node)
    }

    fn nested(&mut self, read: fn(&mut Self) -> Read<Node<'a>>) -> Read<Node<'a>> {
        if self.depth == self.deepest {
            let deepest = self.deepest;
            self.flawed("", "too_deep", || {
                format!("nested deeper than {deepest} levels; flatten it")
            });
            self.skip_nested()?;
            return Ok(Node::Null);
        }
        self.depth += 1;
        self.at += 1;
        let node = read(self);
        self.depth -= 1;
        node
    }

    /// Skips an array or object without recursion, minding brackets and strings only.
    fn skip_nested(&mut self) -> Read<()> {
        let mut open = 0_usize;
        loop {
            match self.text.as_bytes().get(self.at) {
                Some(b'[' | b'{') => open += 1,
                Some(b']' | b'}') => open -= 1,
                Some(b'"') => {
                    self.string()?;
                    continue;
                }
                Some(_) => {}
                None => return self.broken("the text ends inside an array or object"),
            }
            self.at += 1;
            if open == 0 {
                return Ok(());
            }
        }
    }

    fn array(&mut self) -> Read<Node<'a>> {
        let mut items = Vec::new();
        if self.take(b']') {
            return Ok(Node::Array(items));
        }
        loop {
            items.push(self.value()?);
            if self.take(b']') {
                return Ok(Node::Array(items));
            }
            if !self.take(b',') {
                return self.broken("`,` or `]` is expected here");
            }
        }
    }

    fn object(&mut self) -> Read<Node<'a>> {
        let mut members: Vec<(Cow<'a, str>, Node<'a>)> = Vec::new();
        if self.take(b'}') {
            return Ok(Node::Object(members));
        }
        loop {
            if self.peek() != Some(b'"') {
                return self.broken("a name in double quotes is expected here");
            }
            let name = self.string()?;
            if !self.take(b':') {
                return self.broken("`:` is expected here");
            }
            let value = self.value()?;
            members.push((name, value));
            if self.take(b'}') {
                break;
            }
            if !self.take(b',') {
                return self.broken("`,` or `}` is expected here");
            }
        }
        if let Some(twice) = repeated(&members) {
            let name = clamp(twice);
            self.flawed(&name, "duplicate_key", || {
                "the name stands twice in one object; which one counts is anyone's guess, send it once".to_owned()
            });
        }
        Ok(Node::Object(members))
    }

    fn number(&mut self) -> Read<Node<'a>> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let digits = |at: &mut usize| {
            let from = *at;
            while let Some(b'0'..=b'9') = bytes.get(*at) {
                *at += 1;
            }
            *at > from
        };
        self.at += usize::from(bytes.get(self.at) == Some(&b'-'));
        let zero = bytes.get(self.at) == Some(&b'0');
        let whole = self.at;
        if !digits(&mut self.at) {
            return self.broken("a digit is expected here");
        }
        if zero && self.at > whole + 1 {
            self.at = whole;
            return self.broken("a number must not begin with 0");
        }
        if bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            if !digits(&mut self.at) {
                return self.broken("a digit is expected here");
            }
        }
        if let Some(b'e' | b'E') = bytes.get(self.at) {
            self.at += 1;
            self.at += usize::from(matches!(bytes.get(self.at), Some(b'+' | b'-')));
            if !digits(&mut self.at) {
                return self.broken("a digit is expected here");
            }
        }
        Ok(Node::Number(&self.text[start..self.at]))
    }

    fn string(&mut self) -> Read<Cow<'a, str>> {
        self.at += 1;
        let bytes = self.text.as_bytes();
        let mut start = self.at;
        let mut whole = String::new();
        loop {
            match bytes.get(self.at) {
                Some(b'"') => {
                    let tail = &self.text[start..self.at];
                    self.at += 1;
                    if whole.is_empty() {
                        return Ok(Cow::Borrowed(tail));
                    }
                    whole.push_str(tail);
                    return Ok(Cow::Owned(whole));
                }
                Some(b'\\') => {
                    whole.push_str(&self.text[start..self.at]);
                    self.at += 1;
                    whole.push(self.escape()?);
                    start = self.at;
                }
                Some(0..=0x1f) => {
                    return self.broken("a control character must be escaped in a string");
                }
                Some(_) => self.at += 1,
                None => return self.broken("the text ends inside a string"),
            }
        }
    }

    fn escape(&mut self) -> Read<char> {
        let Some(byte) = self.text.as_bytes().get(self.at) else {
            return self.broken("the text ends inside a string");
        };
        let c = match byte {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode_escape(),
            _ => return self.broken("no such escape; a backslash is written `\\\\`"),
        };
        self.at += 1;
        Ok(c)
    }

    fn unicode_escape(&mut self) -> Read<char> {
        let first = self.code_unit()?;
        if let Some(c) = char::from_u32(first) {
            return Ok(c);
        }
        let rest = &self.text.as_bytes()[self.at..];
        if (0xd800..0xdc00).contains(&first) && rest.starts_with(b"\\u") {
            self.at += 1;
            let second = self.code_unit()?;
            if (0xdc00..0xe000).contains(&second) {
                let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
        }
        self.flawed("", "invalid_unicode", || {
            "half of a surrogate pair is no character; send the text as UTF-8".to_owned()
        });
        Ok(char::REPLACEMENT_CHARACTER)
    }

    /// The four digits behind the `u` at the present place.
    fn code_unit(&mut self) -> Read<u32> {
        self.at += 1;
        let digits = self.text.as_bytes().get(self.at..self.at + 4);
        let unit = digits
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let Some(unit) = unit else {
            return self.broken("four hexadecimal digits are expected here");
        };
        self.at += 4;
        Ok(unit)
    }

    fn flawed(&mut self, field: &str, code: &'static str, reason: impl FnOnce() -> String) {
        if self.flaw.is_none() {
            self.flaw = Some(Problem::field(field, code, reason()));
        }
    }
}

/// A name that stands twice.
fn repeated<'n>(members: &'n [(Cow<'_, str>, Node<'_>)]) -> Option<&'n str> {
    /// Up to here, comparing each with each is cheaper than a set.
    const FEW: usize = 16;
    let name = |at: usize| members[at].0.as_ref();
    if members.len() <= FEW {
        return (1..members.len())
            .find(|at| (0..*at).any(|before| name(before) == name(*at)))
            .map(name);
    }
    let mut seen = HashSet::with_capacity(members.len());
    (0..members.len())
        .map(name)
        .find(|name| !seen.insert(*name))
}

/// A name from outside, short enough to be repeated in an answer and without control characters.
pub(super) fn clamp(name: &str) -> String {
    const LONGEST: usize = 64;
    let mut short: String = name
        .chars()
        .take(LONGEST)
        .filter(|c| !c.is_control())
        .collect();
    if name.chars().nth(LONGEST).is_some() {
        short.push('…');
    }
    short
}
