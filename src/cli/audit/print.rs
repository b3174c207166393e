//! Records as text for a terminal of 80 columns.

use crate::cli::terminal::inert;
use crate::domain::{Actor, Record, Surface};
use serde_json::{Map, Value};
use std::io::{self, Write};

/// Columns that a line in brief keeps to.
const WIDTH: usize = 80;

/// Two lines: number, time, kind, what it is about and who; then what was done. A line with the
/// date stands before the first record of each.
pub fn in_brief(record: &Record, day: &mut Option<String>, out: &mut impl Write) -> io::Result<()> {
    let draft = &record.draft;
    let date = draft.at.strftime("%Y-%m-%d").to_string();
    if day.as_ref() != Some(&date) {
        writeln!(out, "{date} (UTC)")?;
        *day = Some(date);
    }
    let about = about(record);
    let head = format!(
        "{:>7}  {}  {}{}{about}  by {}",
        record.seq,
        draft.at.strftime("%H:%M:%S"),
        draft.kind,
        if about.is_empty() { "" } else { "  " },
        draft.actor,
    );
    writeln!(out, "{}", clamp(&inert(&head), WIDTH))?;
    writeln!(out, "         {}", clamp(&inert(&draft.what), WIDTH - 9))
}

/// Everything in it, one name a line.
pub fn in_full(record: &Record, out: &mut impl Write) -> io::Result<()> {
    let draft = &record.draft;
    writeln!(out, "record     {}", record.seq)?;
    writeln!(out, "at         {}", draft.at)?;
    writeln!(out, "workspace  {}", inert(draft.workspace.as_str()))?;
    writeln!(out, "by         {}", inert(&who(&draft.actor)))?;
    writeln!(out, "kind       {}", inert(&draft.kind))?;
    let about = about(record);
    if !about.is_empty() {
        writeln!(out, "about      {about}")?;
    }
    writeln!(out, "what       {}", inert(&draft.what))?;
    named("why", &draft.why, out)?;
    named("result", &draft.result, out)?;
    if let Some(state) = record.state {
        writeln!(out, "state      {state}")?;
    }
    writeln!(out, "before     {}", record.prev)?;
    writeln!(out, "hash       {}", record.hash)
}

/// How many of how many, and how to see more.
pub fn how_many(shown: u64, passing: u64, all: u64) -> String {
    if all == 0 {
        "No records yet.".to_owned()
    } else if passing == 0 {
        format!("None of the {all} records.")
    } else if shown < passing {
        format!("The newest {shown} of {passing} records; --limit {passing} shows all.")
    } else if passing < all {
        format!("{passing} of {all} records.")
    } else {
        format!("All {all} records.")
    }
}

/// Who, so that no two can be taken for each other.
fn who(actor: &Actor) -> String {
    let Actor::Person { id, name, surface } = actor else {
        return actor.to_string();
    };
    let place = match surface {
        Surface::Discord => "in Discord",
        Surface::Console => "on the console",
        Surface::Terminal => "on the command line",
    };
    format!("{name} ({id}, {place})")
}

fn about(record: &Record) -> String {
    let draft = &record.draft;
    let ids = [
        draft.subject.map(|id| id.to_string()),
        draft.plan.map(|id| id.to_string()),
        draft.ticket.map(|id| id.to_string()),
    ];
    ids.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn named(name: &str, values: &Map<String, Value>, out: &mut impl Write) -> io::Result<()> {
    for (i, (key, value)) in values.iter().enumerate() {
        let text = match value {
            Value::String(text) => text.clone(),
            value => value.to_string(),
        };
        let name = if i == 0 { name } else { "" };
        writeln!(out, "{name:<9}  {}: {}", inert(key), inert(&text))?;
    }
    Ok(())
}

/// At most so many characters, the last a `…` where something was cut.
fn clamp(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => text.chars().take(most - 1).chain(['…']).collect(),
    }
}
