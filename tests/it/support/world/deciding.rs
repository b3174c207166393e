//! What people do about questions beside yes and no.

use super::{World, sentence};
use jiff::SignedDuration;
use medic::domain::{PersonId, PlanId, SubjectId};
use medic::engine::handle::{PartEdit, Settlement};
use std::collections::BTreeSet;

impl World {
    /// A person takes their approval back.
    pub async fn withdraws(&self, who: &str, plan: PlanId) -> String {
        let person = self.person(who);
        let handle = self.handle();
        sentence(handle.withdraw(&self.workspace(), &person, plan).await)
    }

    /// A person asks to have a plan taken back.
    pub async fn takes_back(&self, who: &str, plan: PlanId) -> String {
        let person = self.person(who);
        let said = self.handle().undo(&self.workspace(), &person, plan).await;
        self.calm().await;
        sentence(said)
    }

    /// A person says what became of a delivery.
    pub async fn settles(&self, who: &str, plan: PlanId, index: u32, arrived: bool) -> String {
        let person = self.person(who);
        let settlement = if arrived {
            Settlement::Delivered
        } else {
            Settlement::NotDelivered
        };
        let handle = self.handle();
        let said = handle
            .settle(&self.workspace(), &person, plan, index, settlement)
            .await;
        self.calm().await;
        sentence(said)
    }

    /// A person lets automation go on where fixes did not help.
    pub async fn lets_go_on(&self, who: &str, incident: &str, reason: &str) -> String {
        let person = self.person(who);
        let id = incident.parse().unwrap();
        let handle = self.handle();
        sentence(
            handle
                .let_go_on(&self.workspace(), &person, id, reason)
                .await,
        )
    }

    /// A person puts a question off.
    pub async fn snoozes(&self, who: &str, plan: PlanId, minutes: i64) -> String {
        let person = self.person(who);
        let until = self.now() + SignedDuration::from_mins(minutes);
        let handle = self.handle();
        sentence(handle.snooze(&self.workspace(), &person, plan, until).await)
    }

    /// A person lets another decide in their place for so many minutes, or ends that.
    pub async fn delegates(&self, who: &str, to: Option<&str>, minutes: i64) -> String {
        let person = self.person(who);
        let until = self.now() + SignedDuration::from_mins(minutes);
        let to = to.map(PersonId::new);
        let handle = self.handle();
        sentence(handle.delegate(&self.workspace(), &person, to, until).await)
    }

    /// A person writes a plan anew.
    pub async fn edits(
        &self,
        who: &str,
        plan: PlanId,
        digest: &str,
        edits: Vec<PartEdit>,
        without: &BTreeSet<u32>,
    ) -> String {
        let person = self.person(who);
        let said = self
            .handle()
            .edit(
                &self.workspace(),
                &person,
                plan,
                digest,
                edits,
                without.clone(),
            )
            .await;
        self.calm().await;
        sentence(said)
    }

    /// A person approves several plans with one click.
    pub async fn approves_all(&self, who: &str, plans: &[(PlanId, &str)]) -> String {
        let person = self.person(who);
        let plans = plans.iter().map(|(id, seen)| (*id, (*seen).to_owned()));
        let said = self
            .handle()
            .vote_many(&self.workspace(), &person, plans.collect())
            .await;
        self.calm().await;
        sentence(said)
    }

    /// The kinds of asking about a plan so far.
    pub fn asked(&self, plan: PlanId) -> Vec<String> {
        let subject: SubjectId = "INC-1".parse().unwrap();
        let card = self
            .handle()
            .card(&self.workspace(), subject)
            .unwrap()
            .unwrap();
        let plan = card.plans.iter().find(|one| one.id == plan).unwrap();
        plan.asks
            .iter()
            .map(|ask| format!("{:?}", ask.kind))
            .collect()
    }

    /// What a plan says it differs in from the one it stands in for.
    pub fn differences(&self, subject: &str, plan: PlanId) -> String {
        let subject: SubjectId = subject.parse().unwrap();
        let card = self
            .handle()
            .card(&self.workspace(), subject)
            .unwrap()
            .unwrap();
        let plan = card.plans.iter().find(|one| one.id == plan).unwrap();
        let replaced = plan.replaces.as_ref().unwrap();
        let mut lines = vec![format!("{}: {}", replaced.plan, replaced.why)];
        for one in &replaced.differences {
            lines.push(format!("{}: {:?} -> {:?}", one.what, one.before, one.after));
        }
        lines.join("\n")
    }
}
