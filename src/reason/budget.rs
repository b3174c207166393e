//! The day's budget in tokens and money. What is asked for is set aside before a request and
//! settled after it, so that requests under way at the same time cannot overdraw it together.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What was used in one day (UTC).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Tokens of prompts and answers.
    pub tokens: u64,
    /// Millionths of a US dollar.
    pub micros: u64,
}

/// The budget, and what of it is used. In memory: a start tells it what the ledger holds.
#[derive(Debug)]
pub struct Budget {
    limit: Spent,
    today: Mutex<(Date, Spent)>,
}

/// The day of a time.
pub fn day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

impl Spent {
    fn plus(self, other: Self) -> Self {
        Self {
            tokens: self.tokens.saturating_add(other.tokens),
            micros: self.micros.saturating_add(other.micros),
        }
    }

    fn minus(self, other: Self) -> Self {
        Self {
            tokens: self.tokens.saturating_sub(other.tokens),
            micros: self.micros.saturating_sub(other.micros),
        }
    }
}

impl Budget {
    /// A budget of which so much is used on the day of `now`.
    pub fn new(limit: Spent, now: Timestamp, spent: Spent) -> Self {
        Self {
            limit,
            today: Mutex::new((day(now), spent)),
        }
    }

    /// Sets aside what a request may use at most. An error says which part does not suffice.
    ///
    /// # Errors
    /// When the day's budget does not suffice.
    pub fn set_aside(&self, now: Timestamp, most: Spent) -> Result<(), String> {
        let mut today = self.of_day(now);
        let after = today.1.plus(most);
        if after.tokens > self.limit.tokens {
            return Err(format!(
                "the day's budget of {} tokens does not suffice ({} are used)",
                self.limit.tokens, today.1.tokens
            ));
        }
        if after.micros > self.limit.micros {
            return Err(format!(
                "the day's budget of {} does not suffice ({} is used)",
                usd(self.limit.micros),
                usd(today.1.micros)
            ));
        }
        today.1 = after;
        Ok(())
    }

    /// Puts what was used in the place of what was set aside.
    pub fn settle(&self, now: Timestamp, aside: Spent, used: Spent) {
        let mut today = self.of_day(now);
        today.1 = today.1.minus(aside).plus(used);
    }

    /// What is used on the day of `now`, requests under way included.
    pub fn spent(&self, now: Timestamp) -> Spent {
        self.of_day(now).1
    }

    fn of_day(&self, now: Timestamp) -> MutexGuard<'_, (Date, Spent)> {
        // Two numbers are whole after a panic too.
        let mut today = self.today.lock().unwrap_or_else(PoisonError::into_inner);
        let date = day(now);
        if date > today.0 {
            *today = (date, Spent::default());
        }
        today
    }
}

/// Millionths of a dollar in words: `0.0123 USD`.
pub fn usd(micros: u64) -> String {
    format!("{}.{:04} USD", micros / 1_000_000, micros % 1_000_000 / 100)
}
