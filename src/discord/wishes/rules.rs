//! Other rules, tried on what has happened before they stand in the config.

use crate::discord::answer::{Answer, Refusal};
use crate::discord::commands::card_link;
use crate::discord::context::Context;
use crate::discord::custom_id::{CustomId, Wish};
use crate::discord::escape::Text;
use crate::discord::forms::{Form, Input};
use crate::discord::limits;
use crate::discord::message::{Draft, Embed, File};
use crate::domain::Since;
use crate::engine::handle::Redecided;
use std::sync::Arc;

/// Changes that are listed; all of them are in the file.
const LISTED: usize = 12;
const ENTRY: usize = 260;
const COLOUR: u32 = 0x0056_B4E9;

/// The form that takes the rules.
pub fn form() -> Answer {
    Answer::Ask(Form {
        id: CustomId::Wish(Wish::TryRules),
        title: "Try other rules on what has happened".to_owned(),
        inputs: vec![
            Input {
                name: "rules".into(),
                label: "All rules, as in config.toml".to_owned(),
                hint: "[[policy.rules]] name, when, action, decision".to_owned(),
                long: true,
                required: true,
                most: 4_000,
                ..Input::default()
            },
            Input {
                name: "since".into(),
                label: "Only decisions of this long".to_owned(),
                hint: "30d, 12h; empty: everything".to_owned(),
                most: 20,
                ..Input::default()
            },
        ],
    })
}

/// Decides what has happened again under them. Nothing is changed.
pub(super) async fn try_them(
    context: &Context,
    rules: &str,
    since: &str,
) -> Result<Answer, Refusal> {
    let since: Option<Since> = match since {
        "" => None,
        text => Some(text.parse().map_err(|error| {
            Refusal::Told(format!("{error}. Nothing was tried; open the form again."))
        })?),
    };
    let (extras, workspace) = (Arc::clone(&context.extras), context.workspace.clone());
    let rules = rules.to_owned();
    let tried = tokio::task::spawn_blocking(move || extras.try_rules(&workspace, &rules, since));
    let found = match tried.await {
        Ok(Ok(found)) => found,
        Ok(Err(why)) => return Ok(Answer::said_lines(&format!("Nothing was tried:\n{why}"))),
        Err(error) => return Err(Refusal::Broken(error.to_string())),
    };
    Ok(Answer::Say(Box::new(draft(context, &found))))
}

fn draft(context: &Context, found: &Redecided) -> Draft {
    let mut text = Text::new();
    for sentence in found.sentences() {
        text = text.line().foreign(&sentence);
    }
    // What somebody should look at first comes first.
    let mut changes: Vec<_> = found.changes.iter().collect();
    changes.sort_by_key(|change| change.mark().is_empty());
    for change in changes.iter().take(LISTED) {
        let subject = change.subject;
        let name = match card_link(context, subject) {
            Some(link) => format!("[**{subject}**]({link}) "),
            None => format!("**{subject}** "),
        };
        let mut entry = Text::new().own(&name).foreign(&change.in_words());
        if !change.mark().is_empty() {
            entry = entry.own(&format!(" · **{}**", change.mark()));
        }
        text = text.line().own(&entry.clamp(ENTRY));
    }
    let file = (changes.len() > LISTED).then(|| File {
        name: "would-differ.txt".to_owned(),
        bytes: whole(found).into_bytes(),
    });
    Draft {
        embeds: vec![Embed {
            colour: COLOUR,
            title: "Under these rules".to_owned(),
            description: text.clamp(limits::EMBED_DESCRIPTION),
            fields: Vec::new(),
        }],
        file,
        ..Draft::default()
    }
}

fn whole(found: &Redecided) -> String {
    let mut out = String::new();
    for change in &found.changes {
        let (at, mark) = (change.at.strftime("%Y-%m-%d %H:%M"), change.mark());
        let arrow = if mark.is_empty() { "" } else { "  <- " };
        let words = change.in_words();
        out.push_str(&format!("{at} {} {words}{arrow}{mark}\n", change.subject));
    }
    out
}
