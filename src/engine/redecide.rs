//! What has been decided, decided again under other rules: where the answers would differ, and what
//! became of what was decided then.

use super::decisions::{Answer, DecisionRow};
use super::query;
use crate::decide::{Policy, PolicyContext};
use crate::domain::{ActionName, Decision, Plan, PlanId, PlanState, Since, SubjectId, WorkspaceId};
use crate::store::codec::{self, Row as _, padded};
use crate::store::{Order, Store, StoreError};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What was decided, and the plans that were made of it.
pub struct History {
    /// Every decision, oldest first.
    pub decisions: Vec<DecisionRow>,
    plans: BTreeMap<PlanId, Plan>,
}

impl History {
    /// Of these decisions, oldest first, and plans.
    pub fn new(decisions: Vec<DecisionRow>, plans: Vec<Plan>) -> Self {
        Self {
            decisions,
            plans: plans.into_iter().map(|plan| (plan.id, plan)).collect(),
        }
    }

    /// As a store holds it, back from the newest decision for so long, with the time from which.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) fn of(
        store: &dyn Store,
        workspace: &WorkspaceId,
        since: Option<Since>,
    ) -> Result<(Self, Option<Timestamp>), StoreError> {
        const PAGE: usize = 200;
        let mut decisions: Vec<DecisionRow> = Vec::new();
        let (mut from, mut after) = (None, None);
        loop {
            let rows: Vec<DecisionRow> =
                query::page(store, workspace, "", after, PAGE, Order::Descending)?;
            if decisions.is_empty() {
                let newest = rows.first().map(|row| row.at);
                from = since.zip(newest).and_then(|(one, at)| one.before(at));
            }
            after = rows.last().map(DecisionRow::id);
            let wanted = |row: &DecisionRow| from.is_none_or(|from| row.at >= from);
            let over = rows.len() < PAGE || !rows.iter().all(wanted);
            decisions.extend(rows.into_iter().filter(wanted));
            if over {
                break;
            }
        }
        decisions.reverse();
        let mut plans = Vec::new();
        for id in decisions.iter().flat_map(|row| &row.plans) {
            plans.extend(codec::load::<Plan>(store, workspace, padded(id.number()))?);
        }
        Ok((Self::new(decisions, plans), from))
    }

    /// When the newest decision was made.
    pub fn newest(&self) -> Option<Timestamp> {
        self.decisions.last().map(|row| row.at)
    }

    /// The plan that a decision made for an action.
    pub fn plan(&self, row: &DecisionRow, action: &ActionName) -> Option<&Plan> {
        let mut plans = row.plans.iter().filter_map(|id| self.plans.get(id));
        plans.find(|plan| &plan.action == action)
    }

    /// Every plan that a decision made.
    pub fn plans<'a>(&'a self, row: &'a DecisionRow) -> impl Iterator<Item = &'a Plan> {
        row.plans.iter().filter_map(|id| self.plans.get(id))
    }
}

/// What became of a plan, for somebody who weighs rules.
pub fn became(plan: &Plan) -> &'static str {
    let people = !plan.votes.is_empty();
    match &plan.state {
        PlanState::Waiting => "still waits",
        PlanState::Running { .. } | PlanState::Done { .. } if people => "people approved it",
        PlanState::Running { .. } | PlanState::Done { .. } => "ran by itself",
        PlanState::Rejected { .. } => "people rejected it",
        PlanState::Expired { .. } => "nobody answered",
        PlanState::Void { .. } => "was not done",
    }
}

/// What other rules would have changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Redecided {
    /// Decisions that were looked at.
    pub all: u64,
    /// How many of them would differ.
    pub differ: u64,
    /// How many were made under these very rules and yet come out otherwise: a defect of Medic's.
    pub not_reproduced: u64,
    /// What would differ, oldest first.
    pub changes: Vec<Change>,
    /// Rules that matched none of them.
    pub unmatched: BTreeSet<String>,
    /// Rules whose condition speaks of no fact.
    pub constant: Vec<String>,
}

/// One action about which the rules would say something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// About which incident or case.
    pub subject: SubjectId,
    /// When it was decided.
    pub at: Timestamp,
    /// Which action.
    pub action: ActionName,
    /// What was answered, and by which rule; none where nothing was.
    pub before: Option<(Decision, String)>,
    /// What would be answered.
    pub now: Option<(Decision, String)>,
    /// What became of it, in words; empty where no plan was made.
    pub became: &'static str,
}

/// Decides everything since `from` again under these rules.
pub fn redecide(history: &History, policy: &Policy, from: Option<Timestamp>) -> Redecided {
    let nothing = PolicyContext::nothing();
    let mut out = Redecided {
        unmatched: policy.trace(&nothing).into_iter().map(|t| t.rule).collect(),
        constant: policy.constant(),
        ..Redecided::default()
    };
    for row in &history.decisions {
        if from.is_some_and(|from| row.at < from) {
            continue;
        }
        out.all += 1;
        for traced in [&row.full, &row.grounded].map(|facts| policy.trace(facts)) {
            for one in traced.iter().filter(|one| one.held == Some(Ok(true))) {
                out.unmatched.remove(&one.rule);
            }
        }
        let now = row.under(policy);
        if now == row.answers {
            continue;
        }
        out.not_reproduced += u64::from(row.policy == policy.digest());
        let changes = changes(history, row, &now);
        out.differ += u64::from(!changes.is_empty());
        out.changes.extend(changes);
    }
    out
}

fn changes(history: &History, row: &DecisionRow, now: &[Answer]) -> Vec<Change> {
    let mut actions: Vec<_> = row.answers.iter().map(|answer| &answer.action).collect();
    for answer in now {
        if !actions.contains(&&answer.action) {
            actions.push(&answer.action);
        }
    }
    let of = |answers: &[Answer], action: &ActionName| {
        let found = answers.iter().find(|answer| &answer.action == action);
        found.map(|answer| (answer.decision, answer.rule.clone()))
    };
    let change = |action: &ActionName| {
        let (before, now) = (of(&row.answers, action), of(now, action));
        let same = before.as_ref().map(|one| one.0) == now.as_ref().map(|one| one.0);
        (!same).then(|| Change {
            subject: row.subject,
            at: row.at,
            action: action.clone(),
            before,
            now,
            became: history.plan(row, action).map_or("", became),
        })
    };
    actions.into_iter().filter_map(change).collect()
}

impl Change {
    /// What somebody who weighs the new rules should look at first; may be empty.
    pub fn mark(&self) -> &'static str {
        let now = self.now.as_ref().map(|one| one.0);
        let (auto, asks) = (now == Some(Decision::Auto), now == Some(Decision::Ask));
        match self.became {
            "people rejected it" if auto => "would run what people rejected",
            "nobody answered" if auto => "would run what nobody approved",
            "ran by itself" if asks => "would ask about what ran by itself",
            "people approved it" if auto => "would spare a question that was answered with yes",
            _ => "",
        }
    }

    /// `assign_to_support_team: auto by rule otherwise, now ask by rule new; ran by itself`.
    pub fn in_words(&self) -> String {
        let said = |answer: &Option<(Decision, String)>| match answer {
            Some((decision, rule)) => format!("{decision} by rule {rule}"),
            None => "nothing".to_owned(),
        };
        let (before, now) = (said(&self.before), said(&self.now));
        let mut words = format!("{}: {before}, now {now}", self.action);
        if !self.became.is_empty() {
            words.push_str("; ");
            words.push_str(self.became);
        }
        words
    }
}

impl Redecided {
    /// What is to be said of all of it, a sentence each: how many differ, and rules that look odd.
    pub fn sentences(&self) -> Vec<String> {
        let mut said = vec![format!(
            "{} recorded decisions, {} would differ.",
            self.all, self.differ
        )];
        let unmatched = self.unmatched.iter();
        said.extend(unmatched.map(|rule| format!("Rule {rule} matched none of them.")));
        let constant = self.constant.iter();
        said.extend(constant.map(|rule| {
            format!("Rule {rule} speaks of no fact: its condition is always the same.")
        }));
        if self.not_reproduced > 0 {
            said.push(format!(
                "{} were made under these very rules and come out otherwise now: that must not be.",
                self.not_reproduced
            ));
        }
        said
    }
}
