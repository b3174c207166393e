//! The numbers of a session's events: which are missing, which came before.

use std::collections::BTreeSet;

/// So many missing numbers are remembered; a longer hole is not expected to be filled.
const MISSING: usize = 1_000;

/// What an event's number says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The next one, or one that was missing.
    New,
    /// New, but others before it are missing.
    AfterGap,
    /// It was here before.
    Repeated,
}

/// Follows the numbers of one session.
#[derive(Clone, Debug, Default)]
pub(super) struct Order {
    last: Option<u64>,
    missing: BTreeSet<u64>,
}

impl Order {
    /// Goes on after this number.
    pub fn after(last: Option<u64>) -> Self {
        Self {
            last,
            missing: BTreeSet::new(),
        }
    }

    pub fn place(&mut self, number: u64) -> Place {
        let Some(last) = self.last else {
            self.last = Some(number);
            return Place::New;
        };
        if number <= last {
            return if self.missing.remove(&number) {
                Place::New
            } else {
                Place::Repeated
            };
        }
        self.last = Some(number);
        if number == last + 1 {
            return Place::New;
        }
        self.missing.extend((last + 1..number).rev().take(MISSING));
        while self.missing.len() > MISSING {
            self.missing.pop_first();
        }
        Place::AfterGap
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_event_is_new_once() {
        let mut order = Order::after(Some(4));
        assert_eq!(order.place(5), Place::New);
        assert_eq!(order.place(8), Place::AfterGap);
        assert_eq!(order.place(6), Place::New);
        assert_eq!(order.place(6), Place::Repeated);
        assert_eq!(order.place(8), Place::Repeated);
        assert_eq!(order.place(9), Place::New);
    }
}
