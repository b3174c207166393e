//! Delivering one target of a plan: under which key, what an outcome leads to, when to try again.
//!
//! The caller journals the intent before [`attempt`] and the result after it. A delivery that is
//! found started after a crash is not sent again but goes through [`recover`].

use super::{CheckOutcome, Connector, DeliveryOutcome};
use crate::decide::AuthorisedPlan;
use crate::domain::{Action, Delivery, DeliveryState, Digest, PlanId, Target, WorkspaceId};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// When a delivery that may be repeated is repeated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RetryOptions {
    /// Attempts in all before it is given up.
    pub max_attempts: u32,
    /// Seconds before the second attempt; each further wait is twice the one before.
    pub first_wait_seconds: u32,
    /// The longest wait of Medic's own, in seconds.
    pub longest_wait_seconds: u32,
    /// The longest wait that the other side may ask for, in seconds.
    pub longest_asked_seconds: u32,
}

impl Default for RetryOptions {
    /// Twenty attempts in a little over two hours: long enough for a deployment or an outage at
    /// night, short enough that the message still fits the incident.
    fn default() -> Self {
        Self {
            max_attempts: 20,
            first_wait_seconds: 5,
            longest_wait_seconds: 600,
            longest_asked_seconds: 3600,
        }
    }
}

/// The key under which the other side recognises a repeat of this delivery: the digest of all
/// that makes it this one. Numbers of plans begin anew with a new store, so the time at which the
/// plan was made belongs to it. 64 hexadecimal digits.
pub fn idempotency_key(
    workspace: &WorkspaceId,
    plan: PlanId,
    made: Timestamp,
    index: u32,
    payload: Digest,
) -> String {
    Digest::of_json(&serde_json::json!({
        "workspace": workspace,
        "plan": plan,
        "made": made,
        "index": index,
        "payload": payload,
    }))
    .to_string()
}

/// Gives deliveries their places in a plan and the keys that follow from those.
pub fn number(workspace: &WorkspaceId, plan: PlanId, made: Timestamp, deliveries: &mut [Delivery]) {
    for (index, delivery) in deliveries.iter_mut().enumerate() {
        delivery.plan = plan;
        delivery.index = u32::try_from(index).unwrap_or(u32::MAX);
        let digest = delivery.payload.digest();
        delivery.idempotency_key = idempotency_key(workspace, plan, made, delivery.index, digest);
    }
}

/// Sends a delivery of an authorised plan once. Where the outcome stays unknown, the connector's own
/// check is asked: if it finds the work done, the delivery is.
pub async fn attempt(
    connector: &dyn Connector,
    action: &Action,
    plan: &AuthorisedPlan,
    index: u32,
) -> DeliveryOutcome {
    let delivery = match plan.delivery(index) {
        Ok(delivery) => delivery,
        Err(drift) => {
            return DeliveryOutcome::Failed {
                why: drift.to_string(),
            };
        }
    };
    let outcome = connector
        .deliver(action, &delivery.payload, &delivery.idempotency_key)
        .await;
    match outcome {
        DeliveryOutcome::Unknown { why } => ask(connector, action, delivery, why).await,
        known => known,
    }
}

/// The outcome of a delivery that was under way when Medic stopped. Sends nothing.
pub async fn recover(
    connector: &dyn Connector,
    action: &Action,
    delivery: &Delivery,
) -> DeliveryOutcome {
    let why = "Medic stopped while it was under way".to_owned();
    ask(connector, action, delivery, why).await
}

async fn ask(
    connector: &dyn Connector,
    action: &Action,
    delivery: &Delivery,
    why: String,
) -> DeliveryOutcome {
    let answer = connector
        .check(action, &delivery.payload, &delivery.idempotency_key)
        .await;
    match answer {
        CheckOutcome::Confirmed { reference, .. } => DeliveryOutcome::Delivered { reference },
        CheckOutcome::Denied(said) | CheckOutcome::CannotTell(said) => DeliveryOutcome::Unknown {
            why: format!("{why}; {said}"),
        },
    }
}

/// What takes a plan's deliveries back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Undo {
    /// One a delivery that can be taken back, the last first.
    pub deliveries: Vec<Delivery>,
    /// Targets whose delivery cannot be taken back, with why not, in words.
    pub kept: Vec<(Target, String)>,
}

/// What takes back what was delivered, as deliveries of the new plan `plan`, made at `made`. An
/// undo is a plan like any other: shown whole, decided about, bound by votes, authorised and
/// attempted; there is no second way to the outside. Where only some can be taken back, the rest is
/// named, for people to decide about.
pub fn undo(
    connector: &dyn Connector,
    action: &Action,
    workspace: &WorkspaceId,
    plan: PlanId,
    made: Timestamp,
    deliveries: &[Delivery],
) -> Undo {
    let mut undo = Undo::default();
    let delivered = deliveries
        .iter()
        .rev()
        .filter(|delivery| matches!(delivery.state, DeliveryState::Delivered { .. }));
    for delivered in delivered {
        let target = delivered.target.clone();
        let payload = match connector.undo(action, delivered) {
            Ok(payload) => payload,
            Err(why) => {
                undo.kept.push((target, why.to_string()));
                continue;
            }
        };
        let index = u32::try_from(undo.deliveries.len()).unwrap_or(u32::MAX);
        let digest = payload.digest();
        undo.deliveries.push(Delivery {
            plan,
            index,
            step: 0,
            target,
            payload,
            idempotency_key: idempotency_key(workspace, plan, made, index, digest),
            attempts: 0,
            maybe_done: false,
            state: DeliveryState::Queued,
        });
    }
    undo
}

/// Puts what came of an attempt into the delivery. Something that may have been done is repeated
/// only where the other side recognises the key (`repeats_are_safe`), and never ends as failed:
/// a person decides.
pub fn settle(
    delivery: &mut Delivery,
    outcome: DeliveryOutcome,
    repeats_are_safe: bool,
    options: &RetryOptions,
    now: Timestamp,
) {
    let spent = delivery.attempts >= options.max_attempts;
    let attempts = delivery.attempts;
    delivery.state = match outcome {
        DeliveryOutcome::Delivered { reference } => {
            delivery.maybe_done = false;
            DeliveryState::Delivered { at: now, reference }
        }
        DeliveryOutcome::Retry { why, after } if !spent => DeliveryState::Retry {
            at: now + wait(delivery, after, options),
            why,
        },
        DeliveryOutcome::Retry { why, .. } => ended(
            delivery,
            format!("given up after {attempts} attempts: {why}"),
            now,
        ),
        DeliveryOutcome::Failed { why } => ended(delivery, why, now),
        DeliveryOutcome::Unknown { why } => {
            delivery.maybe_done = true;
            if repeats_are_safe && !spent {
                DeliveryState::Retry {
                    at: now + wait(delivery, None, options),
                    why,
                }
            } else {
                DeliveryState::Unknown { at: now, why }
            }
        }
    };
}

fn ended(delivery: &Delivery, why: String, now: Timestamp) -> DeliveryState {
    if delivery.maybe_done {
        let why = format!("an earlier attempt may have been done; the last: {why}");
        return DeliveryState::Unknown { at: now, why };
    }
    DeliveryState::Failed { at: now, why }
}

/// Doubling, capped, less up to a quarter by the delivery's own key, so that the thirty deliveries
/// of a plan don't come back in the same second. What the other side asks for is a lower bound.
fn wait(delivery: &Delivery, asked: Option<Duration>, options: &RetryOptions) -> SignedDuration {
    let doublings = delivery.attempts.saturating_sub(1).min(31);
    let full = u64::from(options.first_wait_seconds)
        .saturating_mul(1 << doublings)
        .min(u64::from(options.longest_wait_seconds));
    let seed = format!("{}:{}", delivery.idempotency_key, delivery.attempts);
    let share = u64::from(Digest::of(seed).as_bytes()[0]);
    let own_ms = full * 1000 - full * 250 * share / 255;
    let asked = asked.unwrap_or_default().min(Duration::from_secs(u64::from(
        options.longest_asked_seconds,
    )));
    let asked_ms = u64::try_from(asked.as_millis()).unwrap_or(u64::MAX);
    SignedDuration::from_millis(i64::try_from(own_ms.max(asked_ms)).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Payload;

    fn started(attempts: u32, maybe_done: bool) -> Delivery {
        Delivery {
            plan: PlanId::new(1),
            index: 0,
            step: 0,
            target: Target::Team("support".into()),
            payload: Payload {
                summary: String::new(),
                parts: Vec::new(),
            },
            idempotency_key: "key".into(),
            attempts,
            maybe_done,
            state: DeliveryState::Started {
                at: Timestamp::UNIX_EPOCH,
            },
        }
    }

    fn after(attempts: u32, maybe_done: bool, outcome: DeliveryOutcome, safe: bool) -> Delivery {
        let mut delivery = started(attempts, maybe_done);
        let options = RetryOptions::default();
        settle(
            &mut delivery,
            outcome,
            safe,
            &options,
            Timestamp::UNIX_EPOCH,
        );
        delivery
    }

    fn retry(asked: Option<u64>) -> DeliveryOutcome {
        DeliveryOutcome::Retry {
            why: "429".into(),
            after: asked.map(Duration::from_secs),
        }
    }

    fn unknown() -> DeliveryOutcome {
        DeliveryOutcome::Unknown {
            why: "timeout".into(),
        }
    }

    fn waited(delivery: &Delivery) -> i64 {
        match delivery.state {
            DeliveryState::Retry { at, .. } => at.as_second(),
            ref other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_unknown_outcome_is_repeated_only_where_the_key_is_recognised() {
        assert!(matches!(
            after(1, false, unknown(), false).state,
            DeliveryState::Unknown { .. }
        ));
        let safe = after(1, false, unknown(), true);
        assert!(matches!(safe.state, DeliveryState::Retry { .. }));
        assert!(safe.maybe_done);
    }

    #[test]
    fn what_may_have_been_done_never_ends_as_failed() {
        let failed = || DeliveryOutcome::Failed { why: "404".into() };
        assert!(matches!(
            after(2, false, failed(), true).state,
            DeliveryState::Failed { .. }
        ));
        for outcome in [failed(), retry(None), unknown()] {
            let end = after(20, true, outcome, true);
            assert!(
                matches!(end.state, DeliveryState::Unknown { .. }),
                "{end:?}"
            );
        }
        assert!(matches!(
            after(20, false, retry(None), true).state,
            DeliveryState::Failed { .. }
        ));
    }

    #[test]
    fn waits_double_to_a_cap_and_respect_what_is_asked() {
        let waits: Vec<_> = (1..20)
            .map(|n| waited(&after(n, false, retry(None), true)))
            .collect();
        assert!((3..=5).contains(&waits[0]), "{waits:?}");
        assert!(waits.iter().all(|seconds| *seconds <= 600), "{waits:?}");
        assert!((450..=600).contains(&waits[18]), "{waits:?}");
        assert_eq!(waited(&after(1, false, retry(Some(90)), true)), 90);
        assert_eq!(waited(&after(1, false, retry(Some(u64::MAX)), true)), 3600);
    }

    #[test]
    fn the_key_changes_with_everything_that_makes_a_delivery_this_one() {
        let key = |workspace: &str, plan, second, index, payload: &str| {
            let workspace = WorkspaceId::new(workspace);
            let made = Timestamp::from_second(second).unwrap();
            let plan = PlanId::new(plan);
            idempotency_key(&workspace, plan, made, index, Digest::of(payload))
        };
        let first = key("a", 1, 1, 0, "x");
        assert_eq!(first, key("a", 1, 1, 0, "x"));
        for other in [
            key("b", 1, 1, 0, "x"),
            key("a", 2, 1, 0, "x"),
            key("a", 1, 2, 0, "x"),
            key("a", 1, 1, 1, "x"),
            key("a", 1, 1, 0, "y"),
        ] {
            assert_ne!(first, other);
        }
    }
}
