//! Actions that consist of steps: that each step can be carried out, and that its gate can open.

use super::document::{Document, did_you_mean};
use crate::domain::{Action, ActionName, Gate};
use std::collections::BTreeMap;

/// Faults of every action that has steps, at the place of its `steps`.
pub(super) fn checked(doc: &mut Document<'_>, actions: &[Action]) {
    let known: BTreeMap<&str, &Action> = actions
        .iter()
        .map(|action| (action.name.as_str(), action))
        .collect();
    for action in actions.iter().filter(|one| !one.steps.is_empty()) {
        let at = doc.place_of(&["actions", action.name.as_str(), "steps"]);
        for place in 0..action.steps.len() {
            if let Err(why) = one(action, place, &known) {
                let name = &action.name;
                doc.fault(at, format!("actions.{name}.steps: {why}"));
            }
        }
    }
}

/// What is wrong with one step.
fn one(action: &Action, place: usize, known: &BTreeMap<&str, &Action>) -> Result<(), String> {
    let step = &action.steps[place];
    let name = step.action.as_str();
    let Some(does) = known.get(name) else {
        let names: Vec<&str> = known.keys().copied().collect();
        return Err(format!(
            "there is no action {name}{}",
            did_you_mean(name, &names)
        ));
    };
    if step.action == action.name {
        return Err(format!("{name} cannot be a step of itself"));
    }
    if does.approval.is_some() && action.approval.is_none() {
        return Err(format!(
            "{name} has an approval of its own, and people decide once about all steps; say in [actions.{}.approval] who that is",
            action.name
        ));
    }
    if !does.steps.is_empty() {
        return Err(format!(
            "{name} has steps itself; name the actions that it consists of"
        ));
    }
    let position = |name: &ActionName| action.steps.iter().position(|one| one.action == *name);
    if position(&step.action) != Some(place) {
        return Err(format!("{name} is named twice; each action is one step"));
    }
    for before in step.after.iter().flatten() {
        match position(before) {
            None => {
                let names: Vec<&str> = action.steps.iter().map(|s| s.action.as_str()).collect();
                return Err(format!(
                    "{name} comes after {before}, which is none of the steps{}",
                    did_you_mean(before.as_str(), &names)
                ));
            }
            Some(at) if at == place => return Err(format!("{name} comes after itself")),
            Some(at) if at > place => {
                let cycle = comes_before(action, place, at);
                let why = if cycle {
                    "each waits for the other; take one `after` away"
                } else {
                    "which stands later; put each step behind those that it comes after"
                };
                return Err(format!("{name} comes after {before}, {why}"));
            }
            Some(_) => {}
        }
    }
    let treats = |at: usize| {
        let name = action.steps[at].action.as_str();
        known.get(name).is_some_and(|one| one.remedial)
    };
    if step.gate == Gate::Healed
        && !(0..place).any(|at| treats(at) && comes_before(action, at, place))
    {
        return Err(format!(
            "{name} waits for \"healed\", but nothing that it comes after treats merchants, so nobody would look; leave its gate out"
        ));
    }
    Ok(())
}

/// Whether the step at `place` comes after the one at `before`, also by way of others.
fn comes_before(action: &Action, before: usize, place: usize) -> bool {
    let position = |name: &ActionName| action.steps.iter().position(|one| one.action == *name);
    let mut seen = vec![false; action.steps.len()];
    let mut next = vec![place];
    while let Some(at) = next.pop() {
        if std::mem::replace(&mut seen[at], true) {
            continue;
        }
        let after: Vec<usize> = match &action.steps[at].after {
            None => at.checked_sub(1).into_iter().collect(),
            Some(names) => names.iter().filter_map(position).collect(),
        };
        if after.contains(&before) {
            return true;
        }
        next.extend(after);
    }
    false
}
