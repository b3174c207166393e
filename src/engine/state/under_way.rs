//! Which deliveries are being sent at this moment.

use super::State;
use crate::domain::PlanId;

impl State {
    /// Whether this process has sent this delivery and not heard of its end.
    pub fn is_under_way(&self, plan: PlanId, index: u32) -> bool {
        self.under_way.contains(&(plan, index))
    }

    /// Notes that a delivery was sent, or ended. Not stored: after a crash nothing is under way.
    pub fn set_under_way(&mut self, plan: PlanId, index: u32, sent: bool) {
        if sent {
            self.under_way.insert((plan, index));
        } else {
            self.under_way.remove(&(plan, index));
        }
    }

    /// Every delivery that was sent and has not ended.
    pub fn under_way(&self) -> impl Iterator<Item = (PlanId, u32)> {
        self.under_way.iter().copied()
    }

    /// Takes over what was under way from the state that this one replaces.
    pub fn keep_under_way(&mut self, before: &mut Self) {
        self.under_way = std::mem::take(&mut before.under_way);
    }
}
