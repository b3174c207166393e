//! Every limit that Discord sets on what is sent to it, by name. Numbers are Discord's own, from
//! its developer documentation (message, component, application command and channel resources).
//!
//! Lengths are counted in UTF-16 units: never fewer than the characters that Discord counts, so
//! what fits here fits there, however Discord counts.

/// Content of a message.
pub const CONTENT: usize = 2_000;
/// Embeds of a message.
pub const EMBEDS: usize = 10;
/// Text of all embeds of a message together: titles, descriptions, field names and values, footers.
pub const EMBEDS_TOTAL: usize = 6_000;
/// Title of an embed.
pub const EMBED_TITLE: usize = 256;
/// Description of an embed.
pub const EMBED_DESCRIPTION: usize = 4_096;
/// Fields of an embed.
pub const EMBED_FIELDS: usize = 25;
/// Name of a field.
pub const FIELD_NAME: usize = 256;
/// Value of a field.
pub const FIELD_VALUE: usize = 1_024;
/// Footer of an embed.
pub const EMBED_FOOTER: usize = 2_048;

/// Rows of components under a message.
pub const ROWS: usize = 5;
/// Buttons in a row.
pub const ROW_BUTTONS: usize = 5;
/// The text that a component carries back.
pub const CUSTOM_ID: usize = 100;
/// Label of a button.
pub const BUTTON_LABEL: usize = 80;
/// Address of a link button.
pub const BUTTON_URL: usize = 512;
/// Options of a select menu.
pub const OPTIONS: usize = 25;
/// Label, value and description of an option, each.
pub const OPTION_TEXT: usize = 100;
/// Placeholder of a select menu.
pub const MENU_PLACEHOLDER: usize = 150;

/// Title of a form.
pub const FORM_TITLE: usize = 45;
/// Inputs of a form.
pub const FORM_INPUTS: usize = 5;
/// Label of an input.
pub const INPUT_LABEL: usize = 45;
/// Value of an input.
pub const INPUT_VALUE: usize = 4_000;
/// Placeholder of an input.
pub const INPUT_PLACEHOLDER: usize = 100;

/// Name of a command, a subcommand or an option.
pub const COMMAND_NAME: usize = 32;
/// Description of a command, a subcommand or an option.
pub const COMMAND_DESCRIPTION: usize = 100;
/// Options of a command, choices of an option.
pub const COMMAND_OPTIONS: usize = 25;
/// Names, descriptions and values of a command, all together.
pub const COMMAND_TOTAL: usize = 8_000;
/// Suggestions for an option that completes itself.
pub const SUGGESTIONS: usize = 25;
/// Name and value of a suggestion, each.
pub const SUGGESTION_TEXT: usize = 100;

/// Bytes of one attached file.
pub const FILE_BYTES: usize = 10 * 1_024 * 1_024;
/// Files of a message.
pub const FILES: usize = 10;
/// Title of a thread.
pub const THREAD_TITLE: usize = 100;
/// The word by which a repeated message is recognised.
pub const NONCE: usize = 25;

/// Length of a text as counted against every limit here.
pub fn length(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// The start of our own text, cut at a character with an ellipsis where it is longer than `max`.
/// Other people's words go through [`super::escape::Text`].
pub fn cut(text: &str, max: usize) -> String {
    if length(text) <= max {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut room = max.saturating_sub(1);
    for c in text.chars() {
        let Some(left) = room.checked_sub(c.len_utf16()) else {
            break;
        };
        room = left;
        kept.push(c);
    }
    if max > 0 {
        kept.push('…');
    }
    kept
}
