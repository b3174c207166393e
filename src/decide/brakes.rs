//! Brakes: what may hold back or narrow a plan, whatever the rules say.

use crate::domain::{Action, MerchantId};
use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, de};
use std::collections::BTreeMap;

/// After so many fixes that made no difference, nothing treats the problem without a person.
pub const INEFFECTIVE_LIMIT: u32 = 2;

/// A daily span in UTC, written `"22:00-07:00"`; it may run over midnight. The end is outside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietHours {
    /// When it begins.
    pub from: Time,
    /// When it ends.
    pub to: Time,
}

impl QuietHours {
    /// Whether this moment lies in it.
    pub fn holds(&self, now: Timestamp) -> bool {
        let time = now.to_zoned(TimeZone::UTC).time();
        if self.from <= self.to {
            self.from <= time && time < self.to
        } else {
            self.from <= time || time < self.to
        }
    }

    /// When they end, if they last at this moment.
    pub fn end(&self, now: Timestamp) -> Option<Timestamp> {
        let zoned = now.to_zoned(TimeZone::UTC);
        let today = zoned.with().time(self.to).build().ok()?.timestamp();
        let tomorrow = zoned.tomorrow().ok()?.with().time(self.to).build().ok()?;
        self.holds(now).then(|| match today > now {
            true => today,
            false => tomorrow.timestamp(),
        })
    }
}

impl std::str::FromStr for QuietHours {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("{text:?} is not a span of the day; write it like \"22:00-07:00\" (UTC)");
        let (from, to) = text.split_once('-').ok_or_else(wrong)?;
        let time = |part: &str| Time::strptime("%H:%M", part.trim()).map_err(|_| wrong());
        let hours = Self {
            from: time(from)?,
            to: time(to)?,
        };
        if hours.from == hours.to {
            return Err(format!(
                "{text:?} is empty; leave the key away for no quiet hours"
            ));
        }
        Ok(hours)
    }
}

impl<'de> Deserialize<'de> for QuietHours {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(de::Error::custom)
    }
}

/// Everything the brakes look at, for one plan of one action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brakes<'a> {
    /// The action of the plan.
    pub action: &'a Action,
    /// Now.
    pub now: Timestamp,
    /// Who pulled the kill switch, when and why, in words.
    pub paused: Option<&'a str>,
    /// `[policy] dry_run`.
    pub dry_run: bool,
    /// `[policy] quiet_hours`.
    pub quiet_hours: Option<QuietHours>,
    /// Merchants of the plan, with the last time this action was delivered to each, where it was.
    pub merchants: &'a BTreeMap<MerchantId, Option<Timestamp>>,
    /// How many deliveries the plan has, a team's counting as one.
    pub deliveries: u32,
    /// Deliveries of this action in the last hour, over all incidents, those that automatic plans
    /// have queued included.
    pub last_hour: u32,
    /// Fixes for this problem that did not help.
    pub ineffective: u32,
}

/// What a brake does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BrakeEffect {
    /// Nothing is sent until it is released.
    Hold,
    /// Auto becomes ask.
    Ask,
    /// This merchant is left out of the plan.
    Exclude(MerchantId),
    /// Everything is decided and rendered, nothing is sent.
    RenderOnly,
}

/// A brake that is on, and why, in words for the card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brake {
    /// What it does.
    pub effect: BrakeEffect,
    /// Why.
    pub reason: String,
}

impl Brakes<'_> {
    /// Every brake that is on: kill switch, dry run, cap, quiet hours, ineffective fixes, and the
    /// cool-down of each merchant.
    pub fn on(&self) -> Vec<Brake> {
        let cooling = self.cooling();
        let deliveries = self
            .deliveries
            .saturating_sub(u32::try_from(cooling.len()).unwrap_or(u32::MAX));
        [
            self.kill_switch(),
            self.dry_run(),
            self.cap(deliveries),
            self.quiet(),
            self.ineffective(),
        ]
        .into_iter()
        .flatten()
        .chain(cooling)
        .collect()
    }

    fn kill_switch(&self) -> Option<Brake> {
        let why = self.paused?;
        Some(Brake {
            effect: BrakeEffect::Hold,
            reason: format!("Medic is paused ({why})"),
        })
    }

    fn dry_run(&self) -> Option<Brake> {
        self.dry_run.then(|| Brake {
            effect: BrakeEffect::RenderOnly,
            reason: "dry run: this is what would be sent, and nothing is".to_owned(),
        })
    }

    fn cap(&self, deliveries: u32) -> Option<Brake> {
        let cap = self.action.caps.per_hour?;
        let would_be = self.last_hour.saturating_add(deliveries);
        (would_be > cap).then(|| Brake {
            effect: BrakeEffect::Ask,
            reason: format!(
                "{} would be delivered {would_be} times within an hour, its cap is {cap}",
                self.action.name
            ),
        })
    }

    fn quiet(&self) -> Option<Brake> {
        let hours = self.quiet_hours.filter(|hours| hours.holds(self.now))?;
        self.action.remedial.then(|| Brake {
            effect: BrakeEffect::Ask,
            reason: format!("quiet hours until {} UTC", hours.to.strftime("%H:%M")),
        })
    }

    fn ineffective(&self) -> Option<Brake> {
        (self.action.remedial && self.ineffective >= INEFFECTIVE_LIMIT).then(|| Brake {
            effect: BrakeEffect::Ask,
            reason: format!("{} fixes for this problem did not help", self.ineffective),
        })
    }

    fn cooling(&self) -> Vec<Brake> {
        let minutes = self.action.caps.cooldown_minutes;
        let cool_down = SignedDuration::from_mins(i64::from(minutes));
        self.merchants
            .iter()
            .filter_map(|(merchant, last)| {
                let since = self.now.duration_since((*last)?);
                (since < cool_down).then(|| Brake {
                    effect: BrakeEffect::Exclude(merchant.clone()),
                    reason: format!(
                        "{merchant} got {} {} min ago, and gets it once in {minutes} min",
                        self.action.name,
                        since.as_mins().max(0)
                    ),
                })
            })
            .collect()
    }
}
