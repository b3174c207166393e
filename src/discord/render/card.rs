//! The card: one message an incident, in the order in which one decides at night. What happened,
//! why, on what that rests and what speaks against it; then the question with its exact preview;
//! then what was done.

use super::{colour, count, line, question, shape};
use crate::discord::custom_id::{CustomId, Wish};
use crate::discord::escape::{Text, label};
use crate::discord::limits;
use crate::discord::message::{Draft, Embed, Entry, Row};
use crate::domain::card::{Card, CardState, PlanCard};
use crate::domain::{PlanId, SubjectId};
use std::collections::BTreeSet;

/// Quotes shown; the rest is in the menu.
const QUOTES: usize = 3;
/// Plans named under the question.
const PLANS: usize = 6;
/// Entries of the menu that show a plan. The next one moves up once one of them is decided.
const SHOWN: usize = 4;
/// Entries of the menu that ask what became of a delivery, two a delivery.
const SETTLED: usize = 6;
/// Entries of the menu that ask to have a plan taken back.
const UNDONE: usize = 3;
/// Entries of the menu about the plan that is asked about, and about the incident.
const WISHES: usize = 3;
const OTHERS: usize = 9;

const _: () = assert!(SHOWN + SETTLED + UNDONE + WISHES + OTHERS <= limits::OPTIONS);

const TITLE: usize = limits::EMBED_TITLE;
const HEAD: usize = 900;
const WHY: usize = 450;
const EVIDENCE: usize = 800;
const QUOTE: usize = 230;
const DOUBTS: usize = 400;
const OUTCOME: usize = 300;
const DONE: usize = 550;
/// Names of all fields and the footer, together.
const NAMES: usize = 200;

const _: () = assert!(
    TITLE + HEAD + WHY + EVIDENCE + DOUBTS + OUTCOME + DONE + NAMES + question::LONGEST
        <= limits::EMBEDS_TOTAL
);

/// What a card says beside what the store says: where the rest of it stands.
#[derive(Clone, Debug, Default)]
pub struct Around {
    /// Plans whose whole payload stands in the thread.
    pub whole_in_thread: BTreeSet<PlanId>,
    /// Address of the card that this one replaces, where that could no longer be changed.
    pub earlier: Option<String>,
    /// The thread that goes on from there.
    pub thread: Option<u64>,
}

/// The key of a subject's card.
pub fn key(subject: SubjectId) -> String {
    format!("card/{subject}")
}

/// The card as a message.
pub fn card(card: &Card, around: &Around) -> Draft {
    let asked = question::asked(card);
    let (head, plans) = (head(card), plans(card, asked));
    let mut embeds = vec![head];
    let mut rows = Vec::new();
    if let Some(plan) = asked {
        let room = room(&embeds[0], plans.as_ref());
        let whole = around.whole_in_thread.contains(&plan.id);
        embeds.push(question::embed(plan, room, whole));
        // Nobody approves what cannot be read yet.
        if whole || question::fits(plan, room) {
            rows.push(question::buttons(plan));
        }
    }
    embeds.extend(plans);
    rows.extend(menu(card, asked));
    let mut content = String::new();
    if let Some(link) = &around.earlier {
        content = format!("Goes on from {link}, which can no longer be changed.");
        if let Some(thread) = around.thread {
            content.push_str(&format!(" Its thread goes on too: <#{thread}>"));
        }
    }
    Draft {
        content,
        embeds,
        rows,
        key: Some(key(card.subject)),
        ..Draft::default()
    }
}

/// The plan whose payload the card has no room for, if there is one: it has to stand in the thread.
pub fn too_long(card: &Card) -> Option<&PlanCard> {
    let asked = question::asked(card)?;
    let room = room(&head(card), plans(card, Some(asked)).as_ref());
    (!question::fits(asked, room)).then_some(asked)
}

/// What head and plans leave for the preview.
fn room(head: &Embed, plans: Option<&Embed>) -> usize {
    let used = head.length() + plans.map_or(0, Embed::length);
    limits::EMBEDS_TOTAL.saturating_sub(used + question::AROUND + NAMES)
}

fn head(card: &Card) -> Embed {
    let title = Text::new()
        .own(shape(card.state))
        .own(" ")
        .foreign(&capital(card.state.in_words()))
        .own(" · ");
    let mut facts = Text::new();
    for (index, fact) in card.facts.iter().enumerate() {
        if index > 0 {
            facts = facts.own(" · ");
        }
        facts = line(facts.own(&format!("**{}** ", fact.name)), &fact.value);
    }
    let summary = line(Text::new(), &card.summary);
    let mut fields = Vec::new();
    if !card.outcome.is_empty() {
        let outcome = line(Text::new(), &card.outcome).clamp(OUTCOME);
        fields.push(("Did it help?".to_owned(), outcome));
    }
    fields.extend(why(card));
    Embed {
        colour: colour(card.state),
        title: line(title, &card.title).clamp(TITLE),
        description: summary.line().then(&facts).clamp(HEAD),
        fields,
    }
}

/// The diagnosis, its evidence and what speaks against it.
fn why(card: &Card) -> Vec<(String, String)> {
    if card.diagnosis.is_empty() {
        return vec![("Why it happens".to_owned(), "Being diagnosed.".to_owned())];
    }
    let why = line(Text::new(), &card.diagnosis);
    let mut fields = vec![("Why it happens".to_owned(), why.clamp(WHY))];
    let mut quotes = Text::new();
    for quote in card.evidence.iter().take(QUOTES) {
        let said = Text::new().foreign(&quote.text).clamp(QUOTE);
        quotes = quotes
            .line()
            .own("> ")
            .own(&said)
            .own(" · ")
            .foreign(&quote.source);
    }
    if card.evidence.len() > QUOTES {
        let more = card.evidence.len() - QUOTES;
        quotes = quotes.line().own(&format!("{more} more in the menu."));
    }
    if quotes.is_empty() {
        quotes = quotes.own("No quote stands.");
    }
    fields.push(("What that rests on".to_owned(), quotes.clamp(EVIDENCE)));
    let mut doubts = Text::new();
    for doubt in &card.doubts {
        doubts = line(doubts.line().own("• "), doubt);
    }
    if doubts.is_empty() {
        doubts = doubts.own("Nothing was found against it.");
    }
    fields.push(("What speaks against it".to_owned(), doubts.clamp(DOUBTS)));
    fields
}

/// Every plan but the one that is asked about, newest first.
fn plans(card: &Card, asked: Option<&PlanCard>) -> Option<Embed> {
    let others: Vec<_> = card
        .plans
        .iter()
        .filter(|plan| asked.is_none_or(|asked| asked.id != plan.id))
        .collect();
    let mut text = Text::new();
    for plan in others.iter().take(PLANS) {
        let mut entry = Text::new()
            .own(&format!("**{}** ", plan.id))
            .code(&plan.action, 60)
            .own(": ");
        entry = line(entry, &plan.status);
        if !plan.votes.is_empty() {
            entry = entry.own(" · approved by ").foreign(&plan.votes.join(", "));
        }
        if plan.can_vote {
            entry = entry.own(" · decide it from the menu");
        }
        for delivery in plan.deliveries.iter().filter(|found| found.unknown).take(3) {
            entry = entry
                .line()
                .own("▲ ")
                .foreign(&delivery.target)
                .own(": ")
                .foreign(&delivery.state);
        }
        text = text.line().own(&entry.clamp(200));
    }
    if others.len() > PLANS {
        text = text.line().own(&format!(
            "{} earlier.",
            count(others.len() - PLANS, "plan", "plans")
        ));
    }
    (!text.is_empty()).then(|| Embed {
        colour: colour(card.state),
        title: "Plans".to_owned(),
        description: text.clamp(DONE),
        fields: Vec::new(),
    })
}

/// Lets automation go on, and why it does not.
const GO_ON: &str = "Let automation go on…";
const STOPPED: &str = "fixes that did not help have stopped it for this pattern";

/// Everything that is not Approve or Reject. A card that is done has none, but where automation is
/// stopped: that outlasts the incident.
fn menu(card: &Card, asked: Option<&PlanCard>) -> Option<Row> {
    let subject = card.subject;
    let mut entries = Vec::new();
    let mut add = |press: CustomId, label: &str, hint: &str| {
        entries.push(Entry::new(&press, label, hint));
    };
    if card.state == CardState::Done {
        if let SubjectId::Incident(incident) = subject
            && card.can_lift
        {
            add(CustomId::Wish(Wish::GoOn { incident }), GO_ON, STOPPED);
        }
        return (!entries.is_empty())
            .then(|| Row::menu(&CustomId::More { subject }, "More…", entries));
    }
    for plan in card.plans.iter().filter(|plan| plan.can_vote).take(SHOWN) {
        let press = CustomId::Plan {
            plan: plan.id,
            subject,
        };
        if asked.is_some_and(|asked| asked.id == plan.id) {
            add(press, &format!("Read {} whole", plan.id), &plan.action);
        } else {
            let what = format!("{} risk: {}", plan.risk.level, plan.action);
            add(press, &format!("Decide {}", plan.id), &what);
        }
    }
    let unknown = card.plans.iter().flat_map(|plan| {
        let deliveries = plan.deliveries.iter().enumerate();
        deliveries
            .filter(|(_, delivery)| delivery.unknown)
            .map(move |(index, delivery)| (plan.id, index, delivery))
    });
    for (plan, index, delivery) in unknown.take(SETTLED / 2) {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        for (arrived, words) in [(true, "arrived"), (false, "did not arrive")] {
            let press = CustomId::Settle {
                plan,
                index,
                arrived,
            };
            let target = label(&delivery.target, 60);
            add(press, &format!("It {words}: {target}"), &plan.to_string());
        }
    }
    if let Some(plan) = asked {
        entries.extend(question::wishes(plan));
    }
    let mut add = |press: CustomId, label: &str, hint: &str| {
        entries.push(Entry::new(&press, label, hint));
    };
    for plan in card.plans.iter().filter(|plan| plan.can_undo).take(UNDONE) {
        let press = CustomId::Undo { plan: plan.id };
        add(press, &format!("Take {} back", plan.id), &plan.action);
    }
    if !card.diagnosis.is_empty() {
        add(
            CustomId::Why { subject },
            "Read the whole diagnosis",
            "every quote, doubt and other explanation",
        );
    }
    if !card.safe_sentence.is_empty() {
        add(CustomId::Say { subject }, "What support can say now", "");
    }
    if card.can_doubt {
        let wish = Wish::WrongCause { subject };
        add(CustomId::Wish(wish), "The cause is wrong…", "");
    }
    if card.pattern.is_some() {
        let grouping = [
            (Wish::Merge { subject }, "More is the same problem…"),
            (Wish::Split { subject }, "Some tickets are another problem…"),
            (
                Wish::NotTheSame { subject },
                "It is not the same as another…",
            ),
        ];
        for (wish, label) in grouping {
            add(CustomId::Wish(wish), label, "");
        }
    }
    if asked.is_some() {
        let label = "Have somebody decide in my place…";
        add(CustomId::Wish(Wish::StandIn), label, "");
    }
    if let SubjectId::Incident(incident) = subject
        && card.can_lift
    {
        let wish = Wish::GoOn { incident };
        add(CustomId::Wish(wish), GO_ON, STOPPED);
    }
    if let SubjectId::Incident(incident) = subject
        && card.can_close
    {
        let press = CustomId::Close { incident };
        add(
            press,
            &format!("Close {incident} by hand…"),
            "voids what still waits",
        );
    }
    (!entries.is_empty()).then(|| Row::menu(&CustomId::More { subject }, "More…", entries))
}

fn capital(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}
