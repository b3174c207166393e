//! Deliveries of a plan before it is decided about: rendered for each target of each step, with the
//! brakes that are on.

use super::Step;
use super::situation::Situation;
use crate::act::{RenderContext, Rendered};
use crate::decide::policy::Matched;
use crate::decide::{Brake, BrakeEffect, Brakes};
use crate::domain::{
    Action, Decision, Delivery, Diagnosis, MerchantId, PlanId, PlanStep, Reaches, Target, Unreached,
};
use std::collections::{BTreeMap, BTreeSet};

/// What became of the targets of an action.
#[derive(Default)]
pub(super) struct Draft {
    pub deliveries: Vec<Delivery>,
    /// The steps, where there are several.
    pub steps: Vec<PlanStep>,
    pub foreign: Vec<String>,
    pub brakes: Vec<Brake>,
    /// Merchants to whom nothing can be sent.
    pub unreached: Vec<Unreached>,
}

impl Draft {
    /// Everybody whom the plan leaves out, and why: who was reached a moment ago, then whom nothing
    /// can be sent to.
    pub(super) fn left_out(&self) -> Vec<Unreached> {
        let cooling = self.brakes.iter().filter_map(|brake| match &brake.effect {
            BrakeEffect::Exclude(merchant) => {
                let why = brake.reason.strip_prefix(&format!("{merchant} "));
                Some(Unreached {
                    merchant: merchant.clone(),
                    why: why.unwrap_or(&brake.reason).to_owned(),
                })
            }
            _ => None,
        });
        cooling.chain(self.unreached.iter().cloned()).collect()
    }
}

impl Step<'_> {
    /// Renders one delivery for each target of each step, leaving out who was reached a moment ago
    /// and whom nothing can be sent to: one merchant without a contact must not cost the others the
    /// fix. Whom one step leaves out, all of them leave out: nobody gets half of it.
    pub(super) fn draft(
        &self,
        situation: &Situation,
        action: &Action,
        answer: &Matched,
        id: PlanId,
    ) -> Result<Draft, String> {
        let mut parts = self.parts(action)?;
        let mut draft = Draft::default();
        for part in &parts {
            for brake in self.brakes_on(situation, &part.action) {
                if !draft.brakes.contains(&brake) {
                    draft.brakes.push(brake);
                }
            }
        }
        draft.brakes.extend(self.unclear_before(situation, action));
        let excluded: BTreeSet<&MerchantId> = draft
            .brakes
            .iter()
            .filter_map(|brake| match &brake.effect {
                BrakeEffect::Exclude(merchant) => Some(merchant),
                _ => None,
            })
            .collect();
        let diagnosis = match answer.decision {
            Decision::Auto => &situation.diagnosis.without_model(),
            Decision::Ask | Decision::Refuse => &situation.diagnosis,
        };
        let mut foreign = BTreeSet::new();
        let mut unreached: BTreeMap<MerchantId, String> = BTreeMap::new();
        for part in &mut parts {
            let targets: Vec<Target> = match &part.action.reaches {
                Reaches::Team(team) => vec![Target::Team(team.clone())],
                Reaches::EachMerchant => situation
                    .merchants
                    .keys()
                    .filter(|merchant| !excluded.contains(merchant))
                    .map(|merchant| Target::Merchant(merchant.clone()))
                    .collect(),
            };
            for target in targets {
                match self.render(situation, diagnosis, &part.action, &target) {
                    Ok(rendered) => {
                        foreign.extend(rendered.foreign);
                        part.sent.push((target, rendered.payload));
                    }
                    Err(why) => {
                        let Target::Merchant(merchant) = target else {
                            return Err(why);
                        };
                        let head = format!("{} for merchant {merchant}: ", part.action.name);
                        let why = why.strip_prefix(&head).unwrap_or(&why).to_owned();
                        unreached.entry(merchant).or_insert(why);
                    }
                }
            }
        }
        for part in &mut parts {
            part.sent.retain(|(target, _)| match target {
                Target::Merchant(merchant) => !unreached.contains_key(merchant),
                Target::Team(_) => true,
            });
        }
        draft.foreign = foreign.into_iter().collect();
        draft.unreached = unreached
            .into_iter()
            .map(|(merchant, why)| Unreached { merchant, why })
            .collect();
        if parts.iter().all(|part| !part.sent.is_empty()) {
            self.one_first(situation, action, &mut parts);
            self.lay_out(parts, id, &mut draft);
        }
        Ok(draft)
    }

    /// The brakes on what this action would send.
    fn brakes_on(&self, situation: &Situation, action: &Action) -> Vec<Brake> {
        let candidates: BTreeMap<MerchantId, _> = match &action.reaches {
            Reaches::Team(_) => BTreeMap::new(),
            Reaches::EachMerchant => situation
                .merchants
                .keys()
                .map(|merchant| {
                    let last = self.state.last_reached(&action.name, merchant);
                    (merchant.clone(), last)
                })
                .collect(),
        };
        let count = match &action.reaches {
            Reaches::Team(_) => 1,
            Reaches::EachMerchant => u32::try_from(candidates.len()).unwrap_or(u32::MAX),
        };
        self.brakes(situation, action, &candidates, count)
    }

    fn brakes(
        &self,
        situation: &Situation,
        action: &Action,
        candidates: &BTreeMap<MerchantId, Option<jiff::Timestamp>>,
        deliveries: u32,
    ) -> Vec<Brake> {
        let paused = self.state.pause().map(|pause| pause.by.clone());
        let mut brakes = Brakes {
            action,
            now: self.now,
            paused: paused.as_deref(),
            dry_run: self.rules.dry_run,
            quiet_hours: self.rules.quiet_hours,
            merchants: candidates,
            deliveries,
            last_hour: self.state.begun_within_hour(&action.name, self.now),
            ineffective: situation.ineffective,
        }
        .on();
        let claimed = candidates
            .keys()
            .filter(|merchant| situation.merchants.get(*merchant) == Some(&false))
            .count();
        if claimed > 0 {
            brakes.push(Brake {
                effect: BrakeEffect::Ask,
                reason: format!(
                    "{} named only in a message, by nobody who was verified",
                    super::counted(u64::try_from(claimed).unwrap_or(u64::MAX), "merchant")
                ),
            });
        }
        brakes
    }

    fn render(
        &self,
        situation: &Situation,
        diagnosis: &Diagnosis,
        action: &Action,
        target: &Target,
    ) -> Result<Rendered, String> {
        let connector = self
            .rules
            .connectors
            .get(&action.connector)
            .ok_or_else(|| format!("there is no connector {}", action.connector))?;
        self.with_context(situation, diagnosis, target, |context| {
            connector
                .render(action, context)
                .map_err(|error| error.to_string())
        })
    }

    /// Everything that a template may speak of about this target.
    pub(super) fn with_context<T>(
        &self,
        situation: &Situation,
        diagnosis: &Diagnosis,
        target: &Target,
        with: impl FnOnce(&RenderContext<'_>) -> T,
    ) -> T {
        let merchants: Vec<MerchantId> = situation.merchants.keys().cloned().collect();
        let foreign = [
            ("label", situation.label.clone()),
            ("title", situation.label.clone()),
            ("explanation", diagnosis.explanation.clone()),
        ];
        let context = RenderContext {
            subject: situation.subject,
            target,
            directory: match target {
                Target::Merchant(id) => self.rules.directory.get(id),
                Target::Team(_) => None,
            },
            reported: match target {
                Target::Merchant(id) => situation.reported.get(id),
                Target::Team(_) => None,
            },
            closing: match target {
                Target::Merchant(id) => {
                    let language = situation.languages.get(id).cloned().unwrap_or_default();
                    Some(self.rules.closing.to(&language))
                }
                Target::Team(_) => None,
            },
            origin: match target {
                Target::Merchant(id) => situation.origins.get(id),
                Target::Team(_) => None,
            },
            runbook: diagnosis
                .runbook
                .as_ref()
                .and_then(|id| self.rules.runbooks.get(id)),
            root_cause: diagnosis.root_cause.in_words(),
            confidence: diagnosis.confidence,
            verdict: diagnosis.verdict.as_str(),
            severity: situation.severity.as_str(),
            merchants: &merchants,
            ticket_count: situation.tickets,
            checkout_failures: situation.checkout_failures,
            foreign: &foreign,
        };
        with(&context)
    }
}
