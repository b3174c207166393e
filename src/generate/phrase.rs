//! Phrases with alternatives and slots: `<Orders|Checkouts> fail since $time`.

use super::random::Random;

/// Fills in a phrase: one of each `<a|b|c>` (they nest), and for each `$name` what `slot` answers.
/// Whatever is not understood stays as it stands, so no phrase can fail.
pub fn expand(
    phrase: &str,
    random: &mut Random,
    slot: &dyn Fn(&str, &mut Random) -> Option<String>,
) -> String {
    let mut out = String::with_capacity(phrase.len());
    write(phrase, random, slot, &mut out);
    out
}

fn write(
    phrase: &str,
    random: &mut Random,
    slot: &dyn Fn(&str, &mut Random) -> Option<String>,
    out: &mut String,
) {
    let mut rest = phrase;
    while let Some(at) = rest.find(['<', '$']) {
        out.push_str(&rest[..at]);
        let mark = &rest[at..at + 1];
        let tail = &rest[at + 1..];
        rest = if mark == "<" {
            match alternatives(tail) {
                Some((options, after)) => {
                    write(random.text(&options), random, slot, out);
                    after
                }
                None => {
                    out.push_str(mark);
                    tail
                }
            }
        } else {
            let end = tail
                .find(|c: char| !(c.is_ascii_lowercase() || c == '_'))
                .unwrap_or(tail.len());
            match slot(&tail[..end], random) {
                Some(value) => {
                    out.push_str(&value);
                    &tail[end..]
                }
                None => {
                    out.push_str(mark);
                    tail
                }
            }
        };
    }
    out.push_str(rest);
}

/// The options up to the closing `>`, and what follows it; none where it is never closed.
fn alternatives(text: &str) -> Option<(Vec<&str>, &str)> {
    let mut options = Vec::new();
    let mut depth = 0;
    let mut from = 0;
    for (at, c) in text.char_indices() {
        match c {
            '<' => depth += 1,
            '>' if depth > 0 => depth -= 1,
            '>' => {
                options.push(&text[from..at]);
                return Some((options, &text[at + 1..]));
            }
            '|' if depth == 0 => {
                options.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn forms(phrase: &str) -> BTreeSet<String> {
        let slot = |name: &str, _: &mut Random| (name == "who").then(|| "ana".to_owned());
        (0..200)
            .map(|n| expand(phrase, &mut Random::new(1, "phrase", n), &slot))
            .collect()
    }

    #[test]
    fn takes_each_alternative_and_fills_slots() {
        let wanted = ["ana a", "ana b", "ana cd", "ana ce", "ana "];
        assert_eq!(
            forms("$who <a|b|c<d|e>|>"),
            wanted.map(str::to_owned).into_iter().collect()
        );
    }

    #[test]
    fn leaves_alone_what_it_does_not_understand() {
        for text in [
            "costs $50",
            "$nobody",
            "a < b",
            "a | b > c",
            "<open|end",
            "ü$",
        ] {
            assert_eq!(forms(text), BTreeSet::from([text.to_owned()]));
        }
    }
}
