//! Builds the card of an incident or a case from what is stored. Every surface shows this and
//! nothing else.

mod again;
mod closing;
pub(super) mod costs;
mod merchants;
pub(super) mod paused;
mod plans;
mod states;
mod steps;
mod undo;
mod why;

pub(super) use states::incident_state;

use merchants::{merchant_line, merchants_in_words};
use plans::{newcomers, plan_cards, stage_in_words};
use states::case_state;
use why::{alternatives, answered_by, doubted, doubts, how_sure};

use super::query::StoredPlan;
use super::rows::{FixesRow, TicketRow};
use super::rules::Rules;
use crate::domain::card::{Card, CardState, Fact, Line, PlanCard, Quote, Span, TimelineEntry, own};
use crate::domain::{
    Case, Closure, Diagnosis, Incident, Judgement, PatternId, Record, RootCause, RunbookId,
    SubjectId,
};
use jiff::Timestamp;

/// What was decided about a case, in a few words.
pub(super) fn case_in_words(case: &Case, plans: &[StoredPlan]) -> String {
    if let Some(incident) = case.joined {
        return format!("part of {incident}");
    }
    if case.diagnosis.is_none() {
        return "being diagnosed".to_owned();
    }
    let parts: Vec<String> = plans
        .iter()
        .map(|stored| format!("{}: {}", stored.plan.action, stage_in_words(stored)))
        .collect();
    parts.join("; ")
}

/// The card of an incident.
pub(super) fn of_incident(
    incident: &Incident,
    plans: &[StoredPlan],
    tickets: &[TicketRow],
    timeline: Vec<Record>,
    fixes: Option<&FixesRow>,
    (rules, now): (&Rules, Timestamp),
) -> Card {
    let state = incident_state(incident, plans);
    let treated = incident
        .merchants
        .values()
        .filter(|merchant| merchant.treated_at.is_some())
        .count();
    let mut facts = vec![
        fact("Merchants", merchants_in_words(incident)),
        fact("Tickets", incident.tickets.to_string()),
        fact("Severity", incident.severity.to_string()),
    ];
    if let Some(older) = incident.same_as {
        facts.insert(
            0,
            fact("Same problem", format!("as {older}: new tickets go there")),
        );
    }
    if treated > 0 {
        facts.push(fact(
            "Treated",
            format!("{treated} of {} merchants", incident.merchants.len()),
        ));
    }
    if incident.checkout_failures > 0 {
        facts.push(fact(
            "Failed checkouts",
            format!("{} reported", incident.checkout_failures),
        ));
    }
    if incident.affected_customers > 0 {
        facts.push(fact(
            "Customers",
            format!("{} reported", incident.affected_customers),
        ));
    }
    if let Some((stage, count)) = incident.stages.iter().max_by_key(|(_, count)| **count) {
        facts.push(Fact {
            name: "Stage",
            value: vec![
                Span::Foreign(stage.clone()),
                Span::Own(format!(" ({count} of {} tickets)", incident.tickets)),
            ],
        });
    }
    facts.extend(closing::preview(incident, rules));
    facts.extend(again::automation(fixes));
    let outcome = match (&incident.closed, &incident.outcome) {
        (Some((_, Closure::Person { name, reason })), _) => vec![
            Span::Own(format!("Closed by {name}: ")),
            Span::Foreign(reason.clone()),
        ],
        (_, Some((_, outcome, words))) => own(format!("{}: {words}", outcome.in_words())),
        _ => Line::new(),
    };
    let waiting_costs = costs::of_incident(incident, now);
    base(
        Frame {
            subject: incident.subject(),
            state,
            title: vec![
                Span::Own(format!("{} · ", incident.id)),
                Span::Foreign(incident.label.clone()),
            ],
            summary: again::summary(incident),
            opened_at: incident.opened_at,
            updated_at: incident.updated_at,
            facts,
            outcome,
            pattern: Some(incident.pattern),
            can_close: incident.is_open(),
            can_lift: again::is_stopped(fixes),
        },
        incident.diagnosis.as_ref(),
        incident.judged.as_ref(),
        plan_cards(plans, rules, &waiting_costs, incident.is_open(), |plan| {
            newcomers(incident, plan)
        }),
        tickets,
        timeline,
        rules,
    )
}

/// The card of a case.
pub(super) fn of_case(
    case: &Case,
    plans: &[StoredPlan],
    tickets: &[TicketRow],
    timeline: Vec<Record>,
    rules: &Rules,
) -> Card {
    let mut facts = vec![
        fact("Ticket", case.ticket.to_string()),
        Fact {
            name: "Merchant",
            value: merchant_line(case),
        },
        fact("Severity", case.severity.to_string()),
    ];
    if case.checkout_failures > 0 {
        facts.push(fact(
            "Failed checkouts",
            format!("{} reported", case.checkout_failures),
        ));
    }
    if case.affected_customers > 0 {
        facts.push(fact(
            "Customers",
            format!("{} reported", case.affected_customers),
        ));
    }
    if !case.stage.is_empty() {
        facts.push(Fact {
            name: "Stage",
            value: vec![Span::Foreign(case.stage.clone())],
        });
    }
    let summary = case.joined.map_or_else(
        || own("A single ticket, outside any incident."),
        |incident| own(format!("Its ticket belongs to {incident} now.")),
    );
    let updated_at = timeline.last().map_or(case.opened_at, |r| r.draft.at);
    base(
        Frame {
            subject: SubjectId::Case(case.id),
            state: case_state(case, plans),
            title: vec![
                Span::Own(format!("{} · ", case.id)),
                Span::Foreign(case.title.clone()),
            ],
            summary,
            opened_at: case.opened_at,
            updated_at,
            facts,
            outcome: Line::new(),
            pattern: case.pattern,
            can_close: false,
            can_lift: false,
        },
        case.diagnosis.as_ref(),
        case.judged.as_ref(),
        plan_cards(
            plans,
            rules,
            &costs::of_case(case),
            case.joined.is_none(),
            |_| 0,
        ),
        tickets,
        timeline,
        rules,
    )
}

/// What differs between the card of an incident and that of a case.
struct Frame {
    subject: SubjectId,
    state: CardState,
    title: Line,
    summary: Line,
    opened_at: Timestamp,
    updated_at: Timestamp,
    facts: Vec<Fact>,
    outcome: Line,
    pattern: Option<PatternId>,
    can_close: bool,
    can_lift: bool,
}

fn base(
    frame: Frame,
    diagnosis: Option<&Diagnosis>,
    judged: Option<&Judgement>,
    plans: Vec<PlanCard>,
    tickets: &[TicketRow],
    timeline: Vec<Record>,
    rules: &Rules,
) -> Card {
    let mut facts = frame.facts;
    if let Some(found) = diagnosis {
        facts.push(fact("Cause", found.root_cause.in_words()));
        facts.push(fact("How sure", how_sure(found)));
    }
    let best = diagnosis.and_then(Diagnosis::leading);
    Card {
        subject: frame.subject,
        state: frame.state,
        title: frame.title,
        summary: frame.summary,
        opened_at: frame.opened_at,
        updated_at: frame.updated_at,
        facts,
        diagnosis: diagnosis
            .map(|found| vec![Span::Foreign(found.explanation.clone())])
            .unwrap_or_default(),
        provider: diagnosis.map(answered_by).unwrap_or_default(),
        evidence: best
            .map(|best| {
                best.evidence
                    .iter()
                    .map(|evidence| Quote {
                        source: evidence.source.to_string(),
                        text: evidence.quote.clone(),
                    })
                    .collect()
            })
            .unwrap_or_default(),
        doubts: judged
            .and_then(doubted)
            .into_iter()
            .chain(diagnosis.map(doubts).unwrap_or_default())
            .collect(),
        can_doubt: diagnosis.is_some_and(|found| found.root_cause != RootCause::Unknown),
        alternatives: diagnosis.map(alternatives).unwrap_or_default(),
        safe_sentence: diagnosis
            .and_then(|found| found.runbook.as_ref())
            .map(|runbook| safe_sentence(rules, runbook))
            .unwrap_or_default(),
        ask_merchant: diagnosis
            .map(|found| found.ask_merchant.clone())
            .unwrap_or_default(),
        plans,
        outcome: frame.outcome,
        tickets: tickets
            .iter()
            .map(|row| (row.ticket.id, ticket_line(row)))
            .collect(),
        timeline: timeline
            .into_iter()
            .map(|record| TimelineEntry {
                at: record.draft.at,
                record: record.seq,
                actor: record.draft.actor.to_string(),
                text: record.draft.what,
            })
            .collect(),
        pattern: frame.pattern,
        can_close: frame.can_close,
        can_lift: frame.can_lift,
    }
}

/// The ticket's title, and what became of it where it was posted.
fn ticket_line(row: &TicketRow) -> Line {
    let mut line = vec![Span::Foreign(row.ticket.title())];
    if row.withdrawn.is_some() {
        line.push(Span::Own(" (deleted by now; it still counts)".to_owned()));
    } else if row.edited.is_some() {
        line.push(Span::Own(" (edited since)".to_owned()));
    }
    line
}

fn safe_sentence(rules: &Rules, runbook: &RunbookId) -> String {
    rules
        .runbooks
        .get(runbook)
        .map(|runbook| runbook.safe_sentence.clone())
        .unwrap_or_default()
}

fn fact(name: &'static str, value: impl Into<String>) -> Fact {
    Fact {
        name,
        value: own(value),
    }
}
