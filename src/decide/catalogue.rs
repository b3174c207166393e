//! The actions an operator has configured, by name.

use crate::domain::{Action, ActionName};
use std::collections::{BTreeMap, BTreeSet};

/// The catalogue of actions: nothing outside it can be planned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalogue {
    actions: BTreeMap<ActionName, Action>,
}

impl Catalogue {
    /// A catalogue of these actions; of two with one name the later stands. What consists of steps
    /// treats merchants if one of its steps does.
    pub fn new(actions: impl IntoIterator<Item = Action>) -> Self {
        let mut actions: BTreeMap<ActionName, Action> = actions
            .into_iter()
            .map(|action| (action.name.clone(), action))
            .collect();
        let treats: BTreeSet<ActionName> = actions
            .values()
            .filter(|action| action.remedial)
            .map(|action| action.name.clone())
            .collect();
        for action in actions.values_mut().filter(|one| !one.steps.is_empty()) {
            let mut steps = action.steps.iter();
            action.remedial = steps.any(|step| treats.contains(&step.action));
        }
        Self { actions }
    }

    /// The action of this name.
    pub fn get(&self, name: &ActionName) -> Option<&Action> {
        self.actions.get(name)
    }

    /// Every action, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Action> {
        self.actions.values()
    }

    /// The names, in order, for a message: `a, b, c`.
    pub fn names(&self) -> String {
        let names: Vec<&str> = self.actions.keys().map(ActionName::as_str).collect();
        names.join(", ")
    }
}
