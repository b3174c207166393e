//! How often an action is carried out, for its cap.

use super::{Dirty, State};
use crate::domain::ActionName;
use crate::engine::rows::RateRow;
use jiff::Timestamp;
use std::collections::BTreeMap;

impl State {
    /// How many deliveries of an action began in the hour before `now`, to the minute.
    pub fn begun_within_hour(&self, action: &ActionName, now: Timestamp) -> u32 {
        let oldest = now.as_second() / 60 - 60;
        self.rates.get(action).map_or(0, |rate| {
            rate.minutes.range(oldest..).map(|(_, count)| *count).sum()
        })
    }

    /// Counts a delivery that begins now.
    pub fn count_begun(&mut self, action: &ActionName, now: Timestamp) {
        let minute = now.as_second() / 60;
        let rate = self.rates.entry(action.clone()).or_insert_with(|| RateRow {
            action: action.clone(),
            minutes: BTreeMap::new(),
        });
        rate.minutes = rate.minutes.split_off(&(minute - 60));
        *rate.minutes.entry(minute).or_default() += 1;
        self.dirty.insert(Dirty::Rate(action.clone()));
    }
}
