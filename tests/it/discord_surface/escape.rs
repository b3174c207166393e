//! Nobody's words act: whatever stands in a ticket, it is shown and does nothing.

use medic::discord::escape::{Text, foreign, label};
use medic::discord::limits::length;
use proptest::prelude::*;

/// What is left of a line when every escaped character is taken out of it.
pub(super) fn live(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\\' && chars.peek().is_some_and(char::is_ascii_punctuation) {
            chars.next();
            continue;
        }
        out.push(c);
    }
    out
}

/// Whether a character turns, hides or controls what stands around it.
fn acts(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// Any text, with the characters that matter more often than chance would have them.
pub(super) fn texts() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<String>(),
        "[\\\\*_~|>#\\[\\]()<@`-]{1,12}",
        Just("```\n".to_owned()),
        Just("@everyone".to_owned()),
        Just("<@123456789012345678>".to_owned()),
        Just("<@&123456789012345678>".to_owned()),
        Just("[your bank](https://evil.example)".to_owned()),
        Just("<https://evil.example>".to_owned()),
        Just("\u{202e}\u{2066}\u{e0041}\u{200b}".to_owned()),
        Just("e\u{301}\u{301}\u{301}\u{301}\u{301}".to_owned()),
        Just("\r\n\u{0}\u{1b}[31m".to_owned()),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_line_acts_and_every_line_fits(text in texts(), max in 1_usize..400) {
        let shown = foreign(&text, max);
        prop_assert!(length(&shown) <= max, "{} > {max}: {shown:?}", length(&shown));
        let live = live(&shown);
        prop_assert!(!live.contains(['\\', '*', '_', '~', '|', '>', '#', '-', '[', ']', '(', ')', '<', '@', '`']), "{shown:?}");
        prop_assert!(!live.contains("://"), "{shown:?}");
        prop_assert!(!shown.contains(acts), "{shown:?}");
        prop_assert!(!shown.contains('\n'), "{shown:?}");
    }

    #[test]
    fn no_block_is_broken_out_of(text in texts(), max in 60_usize..600) {
        let shown = Text::new().block(&text, max).clamp(usize::MAX);
        prop_assert!(length(&shown) <= max, "{} > {max}", length(&shown));
        let inner = shown.strip_prefix("```\n").and_then(|rest| rest.strip_suffix("\n```"));
        prop_assert!(inner.is_some_and(|inner| !inner.contains("```")), "{shown:?}");
        prop_assert!(!shown.contains(acts), "{shown:?}");
    }

    #[test]
    fn names_and_labels_stay_what_they_are(text in texts(), max in 4_usize..120) {
        let name = Text::new().code(&text, max.max(20)).clamp(usize::MAX);
        prop_assert!(length(&name) <= max.max(20), "{name:?}");
        prop_assert_eq!(name.matches('`').count(), 2, "{:?}", name);
        let label = label(&text, max);
        prop_assert!(length(&label) <= max && !label.contains(acts) && !label.contains('\n'));
    }

    #[test]
    fn a_text_made_of_many_pieces_is_cut_between_them(texts in proptest::collection::vec(texts(), 1..5), max in 100_usize..300) {
        let whole = texts.iter().fold(Text::new(), |whole, text| {
            whole.line().own("**Name** ").foreign(text)
        });
        let shown = whole.clamp(max);
        prop_assert!(length(&shown) <= max);
        prop_assert!(!live(&shown).contains(['@', '[', '<', '`']), "{shown:?}");
        prop_assert_eq!(shown.matches("**").count() % 2, 0, "{:?}", shown);
    }
}

#[test]
fn what_a_person_reads_is_what_was_written() {
    let said = "Order #4711: *stuck* since 10:00, see <b>log</b> & call\tme\n@here please";
    assert_eq!(
        super::reading::plain(&foreign(said, 500)),
        "Order #4711: *stuck* since 10:00, see <b>log</b> & call me @here please"
    );
    assert_eq!(
        super::reading::plain(&foreign("Grüße 👩‍👧 नमस्ते שלום", 500)),
        "Grüße 👩‍👧 नमस्ते שלום"
    );
}

#[test]
fn what_cannot_be_seen_is_named_and_what_is_cut_is_counted() {
    assert_eq!(
        foreign("pay\u{202e}fdp.exe\u{0}", 500),
        "pay⟨U+202E⟩fdp.exe⟨U+0000⟩"
    );
    let long = format!("{}{}", "a".repeat(300), "z".repeat(300));
    let shown = foreign(&long, 100);
    insta::assert_snapshot!(shown, @"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa ⟨ 540 characters left out ⟩ zzzzzzzzzzzzzzzzzzzz");
}
