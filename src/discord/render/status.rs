//! How Medic is.

use super::{date, time};
use crate::discord::escape::Text;
use crate::discord::extras::{Finding, Level};
use crate::discord::limits;
use crate::discord::message::{Draft, Embed};
use crate::engine::handle::{Overview, Stats};

const WELL: u32 = 0x0000_9E73;
const UNWELL: u32 = 0x00D5_5E00;

/// Whether it is well, what it did, what waits. `wrong` says why it takes no commands.
pub fn draft(overview: &Overview, wrong: Option<&str>) -> Draft {
    let figures = &overview.figures;
    let mut text = Text::new();
    if let Some(wrong) = wrong {
        text = text.own("▲ ").foreign(wrong);
    }
    text = match &overview.paused {
        Some(pause) => text
            .line()
            .own("▲ **Paused** by ")
            .foreign(&pause.by)
            .own(&format!(" since {}: ", time(pause.at)))
            .foreign(&pause.reason)
            .own(" · nothing is delivered"),
        None => text.line().own("Deliveries run."),
    };
    let [auto, ask, refuse] = figures.decisions;
    let [healed, same, worse, unclear] = figures.outcomes;
    let lines = [
        format!(
            "**Waiting for a person** {}, see /approvals",
            overview.waiting_count
        ),
        format!("**Open incidents** {}", overview.open_count),
        format!(
            "**Tickets** {} taken, {} repeats dropped, {} patterns, {} incidents, {} cases",
            figures.tickets, figures.duplicates, figures.patterns, figures.incidents, figures.cases
        ),
        format!("**Decisions** {auto} by itself, {ask} asked, {refuse} refused"),
        format!(
            "**Done** {} plans, {} deliveries confirmed",
            figures.executions, figures.deliveries
        ),
        format!(
            "**Did it help?** {healed} healed, {same} no difference, {worse} worse, {unclear} cannot tell yet"
        ),
    ];
    for line in &lines {
        text = text.line().own(line);
    }
    let well = wrong.is_none() && overview.paused.is_none();
    Draft {
        embeds: vec![Embed {
            colour: if well { WELL } else { UNWELL },
            title: if well {
                "Medic is well".to_owned()
            } else {
                "Medic needs you".to_owned()
            },
            description: text.clamp(limits::EMBED_DESCRIPTION),
            fields: Vec::new(),
        }],
        ..Draft::default()
    }
}

/// What the doctor found, the worst first.
pub fn findings(findings: &[Finding]) -> Draft {
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| std::cmp::Reverse(finding.level));
    let mut text = Text::new();
    for finding in &sorted {
        let mark = match finding.level {
            Level::Fine => "✓",
            Level::Notice => "○",
            Level::Problem => "▲",
        };
        let entry = Text::new()
            .own(mark)
            .own(" **")
            .foreign(&finding.what)
            .own("** ")
            .foreign(&finding.text)
            .clamp(400);
        text = text.line().own(&entry);
    }
    let problems = sorted
        .iter()
        .filter(|finding| finding.level == Level::Problem)
        .count();
    Draft {
        embeds: vec![Embed {
            colour: if problems == 0 { WELL } else { UNWELL },
            title: match problems {
                0 => "Nothing keeps Medic from working".to_owned(),
                1 => "One problem".to_owned(),
                several => format!("{several} problems"),
            },
            description: text.clamp(limits::EMBED_DESCRIPTION),
            fields: Vec::new(),
        }],
        ..Draft::default()
    }
}

/// The team's figures, each with its definition.
pub fn stats(found: &Stats) -> Draft {
    let mut text = Text::new().own(&match found.since {
        Some(since) => format!("What began since {}.", date(since)),
        None => "From the beginning.".to_owned(),
    });
    if !found.complete {
        text = text.own(" There are too many records: the oldest of that time are left out.");
    }
    for figure in &found.figures {
        text = text
            .line()
            .own(&format!("**{}** ", figure.name))
            .foreign(&figure.measured.in_words())
            .own("\n-# ")
            .foreign(figure.definition);
    }
    Draft {
        embeds: vec![Embed {
            colour: 0x0056_B4E9,
            title: "How the team does".to_owned(),
            description: text.clamp(limits::EMBED_DESCRIPTION),
            fields: Vec::new(),
        }],
        ..Draft::default()
    }
}
