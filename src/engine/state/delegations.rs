//! Who lets whom decide in their place.

use super::{Dirty, State};
use crate::domain::{Delegation, PersonId};
use jiff::Timestamp;

impl State {
    /// Every delegation that is not over at this time.
    pub fn delegations(&self, now: Timestamp) -> Vec<Delegation> {
        self.delegations
            .values()
            .filter(|one| one.until > now)
            .cloned()
            .collect()
    }

    /// Every delegation, those that are over too: a vote counts by the time at which it was given.
    pub fn all_delegations(&self) -> Vec<Delegation> {
        self.delegations.values().cloned().collect()
    }

    /// Sets whom a person lets decide in their place; what stood before ends now.
    pub fn set_delegation(&mut self, delegation: Delegation, now: Timestamp) {
        self.end_delegations(&delegation.from, now);
        let key = (delegation.from.clone(), delegation.since);
        self.dirty.insert(Dirty::Delegation(key.clone()));
        self.delegations.insert(key, delegation);
    }

    /// Ends what a person has set; votes that were given meanwhile go on counting.
    pub fn end_delegations(&mut self, from: &PersonId, now: Timestamp) {
        for (key, one) in &mut self.delegations {
            if &one.from == from && one.until > now {
                one.until = now;
                self.dirty.insert(Dirty::Delegation(key.clone()));
            }
        }
    }
}
