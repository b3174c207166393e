//! Something else is sent instead: the words of one delivery in a form, and whom to leave out. The
//! engine makes a new plan of it, with its own digest, and asks anew.

use super::card;
use crate::discord::answer::{Answer, Refusal};
use crate::discord::context::Context;
use crate::discord::custom_id::{CustomId, Wish};
use crate::discord::forms::{Form, Input};
use crate::discord::interactions::Caller;
use crate::discord::limits;
use crate::discord::message::{Draft, Entry, Row};
use crate::domain::PlanId;
use crate::domain::card::{PlanCard, Preview};
use crate::engine::handle::PartEdit;
use std::collections::{BTreeMap, BTreeSet};

/// The most characters of one part that a form can show.
const LONGEST: u16 = 4_000;
const _: () = assert!(LONGEST as usize == limits::INPUT_VALUE);
/// In front of a part's name, so that no part is taken for another question.
const PART: &str = "part/";
const WITHOUT: &str = "without";

/// The plan, if it waits.
pub(super) async fn waiting(context: &Context, plan: PlanId) -> Result<PlanCard, Refusal> {
    let subject = context
        .read(move |handle, workspace| handle.subject_of(workspace, plan))
        .await?;
    let plans = match subject {
        Some(subject) => card(context, subject).await?.plans,
        None => Vec::new(),
    };
    let found = plans.into_iter().find(|one| one.id == plan && one.can_vote);
    found.ok_or_else(|| {
        Refusal::Told(format!(
            "{plan} does not wait any more, or there is no such plan. Nothing was changed."
        ))
    })
}

/// The form of the only delivery, or the question which one.
pub(super) async fn begin(
    context: &Context,
    plan: PlanId,
    digest: &str,
) -> Result<Answer, Refusal> {
    let found = waiting(context, plan).await?;
    if found.deliveries.len() < 2 {
        return form(&found, digest, 0);
    }
    let entry = |(index, delivery): (usize, &Preview)| {
        let wish = Wish::EditOne {
            plan,
            digest: digest.to_owned(),
            index: u32::try_from(index).unwrap_or(u32::MAX),
        };
        Entry::new(
            &CustomId::Wish(wish),
            &delivery.target,
            &delivery.editable.join(", "),
        )
    };
    let all = found.deliveries.iter().enumerate();
    let entries: Vec<Entry> = all.take(limits::OPTIONS).map(entry).collect();
    let id = CustomId::Wish(Wish::Edit {
        plan,
        digest: digest.to_owned(),
    });
    let mut words = format!(
        "Whose message do you want to write anew? In the same form you can leave targets of {plan} out."
    );
    if found.deliveries.len() > limits::OPTIONS {
        words.push_str(" The others can be edited in the console: /medic console.");
    }
    Ok(Answer::Say(Box::new(Draft {
        rows: vec![Row::menu(&id, "Choose a target", entries)],
        ..Draft::words(words)
    })))
}

/// The form of one delivery.
pub(super) async fn one(
    context: &Context,
    plan: PlanId,
    digest: &str,
    index: u32,
) -> Result<Answer, Refusal> {
    form(&waiting(context, plan).await?, digest, index)
}

fn form(plan: &PlanCard, digest: &str, index: u32) -> Result<Answer, Refusal> {
    let delivery = at(plan, index)?;
    let several = plan.deliveries.len() > 1;
    let room = limits::FORM_INPUTS - usize::from(several);
    let mut inputs: Vec<Input> = Vec::new();
    for (name, value) in editable(delivery) {
        let fits = limits::length(value) <= limits::INPUT_VALUE && inputs.len() < room;
        if !fits {
            return Err(Refusal::Told(format!(
                "What {} gets is too long for a form here. Edit it in the console: /medic console. Nothing was changed.",
                delivery.target
            )));
        }
        inputs.push(Input {
            name: format!("{PART}{name}").into(),
            label: name.clone(),
            value: value.clone(),
            long: true,
            required: true,
            most: LONGEST,
            ..Input::default()
        });
    }
    if several {
        inputs.push(Input {
            name: WITHOUT.into(),
            label: "Leave out (targets, with commas)".to_owned(),
            hint: plan.deliveries[1].target.clone(),
            most: 1_000,
            ..Input::default()
        });
    }
    if inputs.is_empty() {
        return Err(Refusal::Told(format!(
            "Nothing of {} can be written anew. Reject it with the reason instead.",
            plan.id
        )));
    }
    Ok(Answer::Ask(Form {
        id: CustomId::Wish(Wish::EditOne {
            plan: plan.id,
            digest: digest.to_owned(),
            index,
        }),
        title: format!("{} for {}", plan.id, delivery.target),
        inputs,
    }))
}

/// Has what was written asked for instead.
pub(super) async fn done(
    context: &Context,
    caller: &Caller,
    (plan, digest, index): (PlanId, &str, u32),
    answers: &BTreeMap<String, String>,
) -> Result<Answer, Refusal> {
    let found = waiting(context, plan).await?;
    let delivery = at(&found, index)?;
    let mut edits = Vec::new();
    for (name, value) in editable(delivery) {
        // Line ends that only the form lost are no edit.
        let written = answers.get(&format!("{PART}{name}"));
        if let Some(written) = written.filter(|written| written.trim() != value.trim()) {
            edits.push(PartEdit {
                index,
                part: name.clone(),
                value: written.clone(),
            });
        }
    }
    let without = answers.get(WITHOUT).map(String::as_str).unwrap_or_default();
    let without = left_out(&found, without)?;
    let (workspace, person) = (&context.workspace, &caller.person);
    let said = context
        .handle
        .edit(workspace, person, plan, digest, edits, without)
        .await?;
    Ok(Answer::said(&said))
}

fn at(plan: &PlanCard, index: u32) -> Result<&Preview, Refusal> {
    let place = usize::try_from(index).unwrap_or(usize::MAX);
    plan.deliveries.get(place).ok_or_else(|| {
        Refusal::Told(format!(
            "{} has no such target. Nothing was changed.",
            plan.id
        ))
    })
}

fn editable(delivery: &Preview) -> impl Iterator<Item = &(String, String)> {
    delivery
        .parts
        .iter()
        .filter(|(name, _)| delivery.editable.contains(name))
}

/// The places of the targets that are named, in full or by their last word: `merchant M3`, `M3`.
fn left_out(plan: &PlanCard, names: &str) -> Result<BTreeSet<u32>, Refusal> {
    let names = names
        .split([',', ';', '\n'])
        .map(str::trim)
        .filter(|name| !name.is_empty());
    let mut places = BTreeSet::new();
    for name in names {
        let is_it = |delivery: &Preview| {
            delivery.target == name || delivery.target.strip_prefix("merchant ") == Some(name)
        };
        let place = plan.deliveries.iter().position(is_it).ok_or_else(|| {
            Refusal::Told(format!(
                "{name:?} is no target of {}. Nothing was changed.",
                plan.id
            ))
        })?;
        places.insert(u32::try_from(place).unwrap_or(u32::MAX));
    }
    Ok(places)
}
