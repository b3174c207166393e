//! How often an action is carried out, for its cap, and how it did, for the rules.

use super::{Dirty, State};
use crate::decide::ActionHistory;
use crate::domain::{ActionName, RootCause};
use crate::engine::rows::RateRow;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

impl State {
    /// How many deliveries of an action began in the hour before `now`, to the minute.
    pub fn begun_within_hour(&self, action: &ActionName, now: Timestamp) -> u32 {
        let oldest = now.as_second() / 60 - 60;
        self.rates.get(action).map_or(0, |rate| {
            rate.minutes.range(oldest..).map(|(_, count)| *count).sum()
        })
    }

    /// When fewer than `cap` deliveries of an action have begun within an hour, to the minute; an
    /// hour from now where none may begin at all.
    pub fn room_at(&self, action: &ActionName, cap: u32, now: Timestamp) -> Timestamp {
        let oldest = now.as_second() / 60 - 60;
        let mut left = self.begun_within_hour(action, now);
        let minutes = self
            .rates
            .get(action)
            .map(|rate| rate.minutes.range(oldest..));
        for (minute, count) in minutes.into_iter().flatten() {
            left = left.saturating_sub(*count);
            if left < cap {
                return Timestamp::from_second((minute + 61) * 60).unwrap_or(now);
            }
        }
        now.saturating_add(SignedDuration::from_hours(1))
            .unwrap_or(now)
    }

    /// Counts a delivery that begins now.
    pub fn count_begun(&mut self, action: &ActionName, now: Timestamp) {
        let minute = now.as_second() / 60;
        let rate = self.remembered(action);
        rate.minutes = rate.minutes.split_off(&(minute - 60));
        *rate.minutes.entry(minute).or_default() += 1;
    }

    /// Counts a plan that runs now, for a problem of this class.
    pub fn count_run(&mut self, action: &ActionName, class: RootCause) {
        let history = &mut self.remembered(action).history;
        history.entry(class).or_default().runs += 1;
    }

    /// Counts a verification that has ended.
    pub fn count_verified(&mut self, action: &ActionName, class: RootCause, healed: bool) {
        let history = self.remembered(action).history.entry(class).or_default();
        history.verified += 1;
        history.healed += u32::from(healed);
    }

    /// How every action that ever ran on this class has done.
    pub fn history_on(&self, class: RootCause) -> BTreeMap<ActionName, ActionHistory> {
        let rows = self.rates.values();
        rows.filter_map(|row| Some((row.action.clone(), *row.history.get(&class)?)))
            .collect()
    }

    fn remembered(&mut self, action: &ActionName) -> &mut RateRow {
        self.dirty.insert(Dirty::Rate(action.clone()));
        self.rates.entry(action.clone()).or_insert_with(|| RateRow {
            action: action.clone(),
            minutes: BTreeMap::new(),
            history: BTreeMap::new(),
        })
    }
}
