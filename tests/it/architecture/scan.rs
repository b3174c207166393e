//! Reads Rust source as far as paths, modules and test-only items go. No macro is expanded.

/// A path as it stands in the source, resolved against its module.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourcePath {
    /// From 1.
    pub line: usize,
    /// `["crate", "store", "Store"]` for our own, `["std", "env", "var"]` for others.
    pub segments: Vec<String>,
}

/// What one file holds outside its tests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// Every path of at least two segments, and every `use`, in order.
    pub paths: Vec<SourcePath>,
    /// Modules declared as `#[cfg(test)] mod name;`: their files are tests too.
    pub test_modules: Vec<Vec<String>>,
    /// Lines that belong to no test.
    pub code_lines: usize,
}

/// Scans the source of one module, given as `["store", "embedded"]`.
pub fn scan(module: &[String], source: &str) -> Scan {
    let mut scanner = Scanner {
        tokens: tokens(source),
        at: 0,
        module: module.to_vec(),
        depth: 0,
        nested: Vec::new(),
        test_lines: 0,
        found: Scan::default(),
    };
    scanner.run();
    scanner.found.code_lines = source.lines().count() - scanner.test_lines;
    scanner.found
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Token {
    line: usize,
    text: String,
}

fn tokens(source: &str) -> Vec<Token> {
    let chars: Vec<char> = source.chars().collect();
    let mut tokens = Vec::new();
    let mut line = 1;
    let mut at = 0;
    while at < chars.len() {
        let from = at;
        let first = chars[at];
        let next = chars.get(at + 1).copied().unwrap_or(' ');
        let mut text = None;
        if first == '/' && next == '/' {
            at += chars[at..].iter().take_while(|c| **c != '\n').count();
        } else if first == '/' && next == '*' {
            at = after_comment(&chars, at);
        } else if let Some(end) = after_literal(&chars, at) {
            at = end;
        } else if is_word(first) {
            at += chars[at..].iter().take_while(|c| is_word(**c)).count();
            text = Some(chars[from..at].iter().collect());
        } else if first == ':' && next == ':' {
            at += 2;
            text = Some("::".to_owned());
        } else {
            at += 1;
            text = (!first.is_whitespace()).then(|| first.to_string());
        }
        tokens.extend(text.map(|text| Token { line, text }));
        line += chars[from..at].iter().filter(|c| **c == '\n').count();
    }
    tokens
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn after_comment(chars: &[char], from: usize) -> usize {
    let mut depth = 0;
    let mut at = from;
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => {
                depth += 1;
                at += 2;
            }
            ('*', Some('/')) => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    break;
                }
            }
            _ => at += 1,
        }
    }
    at.min(chars.len())
}

/// Where the string, character, lifetime or raw identifier's mark that starts here ends.
fn after_literal(chars: &[char], from: usize) -> Option<usize> {
    let rest = &chars[from..];
    let prefix = rest
        .iter()
        .take_while(|c| matches!(c, 'b' | 'c' | 'r'))
        .count()
        .min(2);
    let raw = rest[..prefix].contains(&'r');
    let hashes = rest[prefix..].iter().take_while(|c| **c == '#').count();
    match rest.get(prefix + hashes)? {
        '"' if raw => {
            let body = from + prefix + hashes + 1;
            (body..chars.len())
                .find(|at| {
                    chars[*at] == '"'
                        && chars[at + 1..]
                            .iter()
                            .take(hashes)
                            .filter(|c| **c == '#')
                            .count()
                            == hashes
                })
                .map(|at| at + 1 + hashes)
        }
        '"' if hashes == 0 => Some(after_quote(chars, from + prefix + 1, '"')),
        '\'' if hashes == 0 && !raw => {
            let body = from + prefix + 1;
            let is_char = chars.get(body) == Some(&'\\') || chars.get(body + 1) == Some(&'\'');
            Some(if is_char {
                after_quote(chars, body, '\'')
            } else {
                body + chars[body..].iter().take_while(|c| is_word(**c)).count()
            })
        }
        c if prefix == 1 && raw && hashes == 1 && is_word(*c) => Some(from + 2),
        _ => None,
    }
}

fn after_quote(chars: &[char], from: usize, quote: char) -> usize {
    let mut at = from;
    while at < chars.len() && chars[at] != quote {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(chars.len())
}

struct Scanner {
    tokens: Vec<Token>,
    at: usize,
    module: Vec<String>,
    depth: usize,
    /// At which depth each inline module of `module`'s end was opened.
    nested: Vec<usize>,
    test_lines: usize,
    found: Scan,
}

impl Scanner {
    fn run(&mut self) {
        while self.at < self.tokens.len() {
            if self.stands(&["#", "[", "cfg", "(", "test", ")", "]"]) {
                self.skip_test();
            } else if self.stands(&["use"]) && self.back(1) != "::" {
                self.at += 1;
                let line = self.line();
                self.use_tree(&[], line);
            } else if self.stands(&["mod"]) && self.peek(2) == "{" {
                self.module.push(self.peek(1).to_owned());
                self.nested.push(self.depth);
                self.depth += 1;
                self.at += 3;
            } else if self.starts_path() {
                self.path();
            } else {
                match self.peek(0) {
                    "{" => self.depth += 1,
                    "}" => self.close(),
                    _ => {}
                }
                self.at += 1;
            }
        }
    }

    fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        if self.nested.last() == Some(&self.depth) {
            self.nested.pop();
            self.module.pop();
        }
    }

    fn peek(&self, ahead: usize) -> &str {
        self.tokens
            .get(self.at + ahead)
            .map_or("", |token| token.text.as_str())
    }

    fn back(&self, behind: usize) -> &str {
        self.at
            .checked_sub(behind)
            .and_then(|at| self.tokens.get(at))
            .map_or("", |token| token.text.as_str())
    }

    fn stands(&self, texts: &[&str]) -> bool {
        texts
            .iter()
            .enumerate()
            .all(|(ahead, text)| self.peek(ahead) == *text)
    }

    fn line(&self) -> usize {
        self.tokens.get(self.at).map_or(0, |token| token.line)
    }

    fn starts_path(&self) -> bool {
        let continues =
            self.back(1) == "::" && (self.back(2).starts_with(is_word) || self.back(2) == ">");
        self.peek(0).starts_with(is_word) && self.peek(1) == "::" && !continues
    }

    fn path(&mut self) {
        let line = self.line();
        let mut segments = vec![self.peek(0).to_owned()];
        self.at += 1;
        while self.peek(0) == "::" && self.peek(1).starts_with(is_word) {
            segments.push(self.peek(1).to_owned());
            self.at += 2;
        }
        self.keep(segments, line);
    }

    /// Reads `a::{b, c::d as e}` up to what follows it, with `before` already read.
    fn use_tree(&mut self, before: &[String], line: usize) {
        let mut path = before.to_vec();
        loop {
            match self.peek(0) {
                "{" => {
                    self.at += 1;
                    while !matches!(self.peek(0), "}" | "") {
                        let line = self.line();
                        self.use_tree(&path, line);
                        if self.peek(0) == "," {
                            self.at += 1;
                        }
                    }
                    self.at += 1;
                    return;
                }
                "::" => self.at += 1,
                "as" => self.at += 2,
                "*" => self.at += 1,
                "self" if !path.is_empty() => self.at += 1,
                word if word.starts_with(is_word) => {
                    path.push(word.to_owned());
                    self.at += 1;
                }
                _ => break,
            }
        }
        self.keep(path, line);
    }

    fn keep(&mut self, segments: Vec<String>, line: usize) {
        if let Some(segments) = self.resolve(segments) {
            self.found.paths.push(SourcePath { line, segments });
        }
    }

    /// Turns `super` and `self` into paths from the crate's root.
    fn resolve(&self, segments: Vec<String>) -> Option<Vec<String>> {
        let ups = segments
            .iter()
            .take_while(|segment| *segment == "super")
            .count();
        let here = segments.first()? == "self";
        if ups == 0 && !here {
            return Some(segments);
        }
        let base = self.module.len().checked_sub(ups)?;
        let skipped = if here { 1 } else { ups };
        let root = std::iter::once("crate".to_owned());
        let base = self.module[..base].iter().cloned();
        Some(
            root.chain(base)
                .chain(segments.into_iter().skip(skipped))
                .collect(),
        )
    }

    /// Goes past `#[cfg(test)]` and the item below it.
    fn skip_test(&mut self) {
        let from = self.line();
        self.at += 7;
        let mut module = None;
        let mut depth = 0_usize;
        while self.at < self.tokens.len() {
            match self.peek(0) {
                "mod" if depth == 0 => module = Some(self.peek(1).to_owned()),
                ";" if depth == 0 => {
                    if let Some(name) = module {
                        let mut path = self.module.clone();
                        path.push(name);
                        self.found.test_modules.push(path);
                    }
                    break;
                }
                "{" | "(" | "[" => depth += 1,
                ")" | "]" => depth = depth.saturating_sub(1),
                "}" => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        break;
                    }
                }
                _ => {}
            }
            self.at += 1;
        }
        self.test_lines += (self.line().max(from) + 1) - from;
        self.at += 1;
    }
}
