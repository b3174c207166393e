//! Did it help? Counts in, an answer with its numbers out.
//!
//! The tickets of treated merchants after the treatment are compared with what was to be expected
//! had nothing been done. Where merchants of the same pattern were left untreated, they say what
//! that is (a difference in differences), so a trouble that fades by itself is not credited. Where
//! everybody was treated there is only the past; the answer says so, allows for fading with
//! half-lives from half an hour to a day, and wants the connector's check or a probe besides. A
//! probe that fails forbids "healed", whatever the counts say.
//!
//! It is looked at several times, and each look is a chance to be fooled. The allowed error is
//! therefore divided over all looks, which holds however they depend on each other.
//!
//! What is assumed: reports come one by one ([`count`] takes several within minutes as one), and
//! merchants count only if they were in the incident when it was treated, since a newcomer has by
//! definition no past. A merchant who has reported once may stay silent though nothing is mended;
//! beside untreated merchants that cancels out, without them it is one more reason for the check.

mod count;
mod share;

pub use count::{MerchantHistory, Treatment, count};

use crate::domain::{ActionName, Outcome};
use serde::{Deserialize, Serialize};
use share::{Expected, Past, Sides};

/// While the estimate is above this ratio and there is time, "no difference" is not said yet: it
/// may still turn out worse.
const MAYBE_WORSE: f64 = 1.25;

/// `[verify]`: when to look, and what is enough.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VerifyOptions {
    /// Minutes after the treatment at which it is first looked at, and the least time between two
    /// looks. Shorter shows nothing: a merchant first has to read the guide and follow it.
    pub window_minutes: u32,
    /// Hours after which a person must say, if the numbers don't.
    pub deadline_hours: u32,
    /// The same where the rest of a plan waits for "healed": then a person is asked whether it goes
    /// on. Merchants wait meanwhile, so it is much less.
    pub canary_hours: u32,
    /// How far back the rate before the treatment is counted, in hours. Further back was another
    /// day with another traffic.
    pub history_hours: u32,
    /// Of a hundred fixes that do nothing, how many may be called healed (or worse) over all
    /// looks together.
    pub error_percent: u32,
    /// Healed means that at most this share of the expected tickets still comes, in percent. A
    /// fix that only halves a trouble has not ended it.
    pub healed_percent: u32,
    /// The action by which reporters who wrote from elsewhere than a chat are told that their
    /// trouble is verified healed; people approve the batch. None: only chats are answered.
    pub closing_action: Option<ActionName>,
    /// Hours after its end within which an incident is reopened if its pattern comes back.
    pub recurrence_hours: u32,
    /// That many distinct merchants within six hours bring it back, if no alert does before.
    pub recurrence_merchants: u32,
}

impl Default for VerifyOptions {
    fn default() -> Self {
        Self {
            window_minutes: 30,
            deadline_hours: 24,
            canary_hours: 1,
            history_hours: 6,
            error_percent: 5,
            healed_percent: 50,
            closing_action: None,
            recurrence_hours: 72,
            recurrence_merchants: 4,
        }
    }
}

impl VerifyOptions {
    /// The same, for a look before a plan goes on.
    pub fn before_a_step(&self) -> Self {
        Self {
            deadline_hours: self.canary_hours,
            ..self.clone()
        }
    }
}

/// Tickets, and over how much time they came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// How many.
    pub tickets: u32,
    /// For how long each merchant was watched, summed over merchants, in minutes.
    pub merchant_minutes: u64,
}

/// Merchants who were treated, or who were not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// How many merchants.
    pub merchants: u32,
    /// The earlier half of the time before the treatment.
    pub earlier: Count,
    /// The later half.
    pub later: Count,
    /// Since the treatment.
    pub after: Count,
}

/// What the connector's check said, one a delivery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checks {
    /// It took effect.
    pub confirmed: u32,
    /// It did not.
    pub denied: u32,
    /// There is no check, or it failed.
    pub unknown: u32,
}

/// What the configured probes found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probes {
    /// They answered as they should.
    pub passed: u32,
    /// They answered otherwise, or not at all.
    pub failed: u32,
    /// They could not be asked.
    pub not_asked: u32,
}

/// Everything the answer rests on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    /// Merchants of the incident whom a remedial delivery reached.
    pub treated: Group,
    /// Merchants who were in the incident then and were not treated; all zero where there are none.
    pub untreated: Group,
    /// The connector's checks.
    pub checks: Checks,
    /// The configured probes.
    #[serde(default)]
    pub probes: Probes,
    /// Minutes since the treatment.
    pub minutes_since: u64,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// In a word.
    pub outcome: Outcome,
    /// In a sentence with its numbers, for a person.
    pub sentence: String,
    /// Minutes after the treatment at which to look again; none where the answer is final or the
    /// time is up.
    pub look_again: Option<u64>,
}

/// The minutes after a treatment at which it is looked at: the first window, then half as much
/// again each time, the last at the deadline.
pub fn looks(options: &VerifyOptions) -> Vec<u64> {
    let window = u64::from(options.window_minutes).max(1);
    let deadline = (u64::from(options.deadline_hours) * 60).max(window);
    let mut looks = Vec::new();
    let mut at = window;
    while at < deadline {
        looks.push(at);
        at = (at + window).max(at + at / 2);
    }
    looks.push(deadline);
    looks
}

/// Judges what was observed. The same observation gives the same answer; nothing is remembered
/// from one look to the next.
pub fn judge(observed: &Observed, options: &VerifyOptions) -> Answer {
    let looks = looks(options);
    let next = looks
        .iter()
        .copied()
        .find(|at| *at > observed.minutes_since);
    let each_look =
        f64::from(options.error_percent) / 100.0 * spent(&looks, observed.minutes_since);
    let healed_ratio = f64::from(options.healed_percent) / 100.0;
    let comparison = compare(observed);
    let found = comparison.as_ref().map_or(Found::Nothing, |comparison| {
        let Comparison { expected, k, n, .. } = comparison;
        let fewer = expected.at_most(*k, *n, 1.0) < each_look;
        if fewer && expected.is_at_most(*k, *n, healed_ratio) {
            Found::Fewer
        } else if expected.at_least(*k, *n, 1.0) < each_look {
            Found::More
        } else if expected.at_least(*k, *n, healed_ratio) < each_look
            && (next.is_none() || expected.is_at_most(*k, *n, MAYBE_WORSE))
        {
            Found::Same
        } else {
            Found::Nothing
        }
    });
    let (checks, probes) = (observed.checks, observed.probes);
    let confirmed = checks.confirmed > 0 || probes.passed > 0;
    let alone = !has_untreated(observed);
    let (outcome, but) = match found {
        Found::More => (Outcome::Worse, ""),
        Found::Same => (Outcome::NoDifference, ""),
        Found::Fewer if checks.denied > 0 => (
            Outcome::CannotTellYet,
            ", but a check says that it did not take effect",
        ),
        Found::Fewer if probes.failed > 0 => (
            Outcome::CannotTellYet,
            ", but a probe says that it does not work yet",
        ),
        Found::Fewer if alone && !confirmed => (
            Outcome::CannotTellYet,
            ", but no check or probe confirms it and there is nobody to compare with",
        ),
        Found::Fewer => (Outcome::Healed, ""),
        Found::Nothing if next.is_none() => (
            Outcome::CannotTellYet,
            "; the time is up, so a person must say",
        ),
        Found::Nothing => (
            Outcome::CannotTellYet,
            "; the numbers do not carry an answer yet",
        ),
    };
    Answer {
        outcome,
        sentence: format!(
            "{}{but}{}{}.",
            numbers(observed, comparison.as_ref()),
            said(checks),
            probed(probes)
        ),
        look_again: next.filter(|_| matches!(outcome, Outcome::CannotTellYet)),
    }
}

/// The part of the allowed error that may be spent at this look: the part of the time that it
/// adds (the linear spending function of Lan and DeMets, Biometrika 70, 1983, bounded by a plain
/// sum). Late looks, which have the numbers, thus get more than early ones.
fn spent(looks: &[u64], minutes_since: u64) -> f64 {
    let done = looks.iter().filter(|at| **at <= minutes_since).count();
    let at = |look: usize| look.checked_sub(1).map_or(0, |place| looks[place]) as f64;
    let deadline = looks.last().map_or(1.0, |last| *last as f64);
    (at(done) - at(done.saturating_sub(1))) / deadline
}

enum Found {
    Fewer,
    Same,
    More,
    Nothing,
}

/// `k` of `n` tickets came from treated merchants after the treatment.
struct Comparison {
    expected: Expected,
    k: u64,
    n: u64,
}

fn has_untreated(observed: &Observed) -> bool {
    let group = &observed.untreated;
    group.merchants > 0 && before(group).merchant_minutes > 0 && group.after.merchant_minutes > 0
}

fn before(group: &Group) -> Count {
    Count {
        tickets: group.earlier.tickets.saturating_add(group.later.tickets),
        merchant_minutes: group
            .earlier
            .merchant_minutes
            .saturating_add(group.later.merchant_minutes),
    }
}

/// None where there is nothing to compare.
fn compare(observed: &Observed) -> Option<Comparison> {
    let treated = &observed.treated;
    let k = u64::from(treated.after.tickets);
    let hours = |count: Count| count.merchant_minutes as f64 / 60.0;
    let tickets = |count: Count| f64::from(count.tickets);
    if treated.merchants == 0 || treated.after.merchant_minutes == 0 {
        return None;
    }
    if has_untreated(observed) {
        let untreated = &observed.untreated;
        let (ours, theirs) = (before(treated), before(untreated));
        if ours.merchant_minutes == 0 {
            return None;
        }
        let expected = Expected::beside_untreated(&Sides {
            merchants: (f64::from(treated.merchants), f64::from(untreated.merchants)),
            tickets_before: (tickets(ours), tickets(theirs)),
            exposure_before: (hours(ours), hours(theirs)),
            exposure_after: (hours(treated.after), hours(untreated.after)),
        });
        let n = k + u64::from(untreated.after.tickets);
        return Some(Comparison { expected, k, n });
    }
    if treated.earlier.merchant_minutes == 0 || treated.later.merchant_minutes == 0 {
        return None;
    }
    let each = f64::from(treated.merchants);
    let expected = Expected::from_past(&Past {
        tickets: (tickets(treated.earlier), tickets(treated.later)),
        hours: (hours(treated.earlier) / each, hours(treated.later) / each),
        hours_after: hours(treated.after) / each,
    });
    let n = k + u64::from(before(treated).tickets);
    Some(Comparison { expected, k, n })
}

/// `9 treated merchants: 2 tickets in 4 h, 33 tickets in 2 h before; 8 untreated: …; that is 3 %
/// of what was to be expected (95 % interval 0 to 12 %)`.
fn numbers(observed: &Observed, comparison: Option<&Comparison>) -> String {
    let treated = &observed.treated;
    let mut text = format!(
        "{} treated merchant{}: {}, {} before",
        treated.merchants,
        plural(treated.merchants),
        in_words(treated.after, treated.merchants),
        in_words(before(treated), treated.merchants),
    );
    if has_untreated(observed) {
        let untreated = &observed.untreated;
        text += &format!(
            "; {} untreated: {}, {} before",
            untreated.merchants,
            in_words(untreated.after, untreated.merchants),
            in_words(before(untreated), untreated.merchants),
        );
    } else {
        text += "; there are no untreated merchants to compare with";
    }
    let Some(Comparison { expected, k, n }) = comparison.filter(|c| c.n > 0) else {
        return text;
    };
    let percent = |ratio: f64| match ratio {
        ratio if ratio > 10.0 => "more than 1000".to_owned(),
        ratio => ((ratio * 100.0).round() as u64).to_string(),
    };
    let (middle, low, high) = expected.ratio(*k, *n, 0.025);
    let (middle, low, high) = (percent(middle), percent(low), percent(high));
    text + &format!(
        "; that is {middle} % of what was to be expected (95 % interval {low} to {high} %)"
    )
}

fn in_words(count: Count, merchants: u32) -> String {
    let minutes = count.merchant_minutes / u64::from(merchants.max(1));
    let time = match minutes {
        0..=119 => format!("{minutes} min"),
        _ => format!("{} h", minutes.saturating_add(30) / 60),
    };
    format!(
        "{} ticket{} in {time}",
        count.tickets,
        plural(count.tickets)
    )
}

fn said(checks: Checks) -> String {
    let answered = u64::from(checks.confirmed) + u64::from(checks.denied);
    let asked = answered + u64::from(checks.unknown);
    match (answered, checks.denied) {
        (0, _) => String::new(),
        (_, 0) => format!("; the check confirms {} of {asked}", checks.confirmed),
        (_, denied) => format!("; the check denies {denied} of {asked}"),
    }
}

/// `; probes: 5 of 6 pass, 1 could not be asked`.
fn probed(probes: Probes) -> String {
    let answered = probes.passed.saturating_add(probes.failed);
    let mut words = match answered.saturating_add(probes.not_asked) {
        0 => return String::new(),
        _ => format!("; probes: {} of {answered} pass", probes.passed),
    };
    if probes.not_asked > 0 {
        words += &format!(", {} could not be asked", probes.not_asked);
    }
    words
}

const fn plural(count: u32) -> &'static str {
    if count == 1 { "" } else { "s" }
}
