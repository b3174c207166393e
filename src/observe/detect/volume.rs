//! How many tickets come in all: what every window of a surge is measured against.

use super::surge::{LONGEST_SECONDS, WINDOWS_MINUTES, fade};
use jiff::{Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// How many tickets come in all: by hour of the day and day of the week, and lately.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Volume {
    #[serde(with = "super::stored::exact_pairs")]
    hours: Vec<(f64, f64)>,
    #[serde(with = "super::stored::exact_pairs")]
    days: Vec<(f64, f64)>,
    /// Tickets older than the longest window, fading.
    #[serde(with = "super::stored::exact")]
    pub(crate) past: f64,
    /// Tickets by slice of five minutes, newest last.
    slices: VecDeque<(i64, u32)>,
    last: Option<Timestamp>,
}

const SLICE_SECONDS: i64 = 300;

/// A silence longer than this many hours is a stop of the stream, not a quiet time.
const MAX_SILENCE_HOURS: f64 = 72.0;

/// How many hours of the overall rate each hour of the day starts with.
const HOUR_PRIOR: f64 = 2.0;

/// How many hours of the overall rate each weekday starts with.
const DAY_PRIOR: f64 = 48.0;

/// A new stream is taken to have so many tickets an hour, ...
const RATE_PRIOR: f64 = 4.0;

/// ... as if they had come for so many hours: the first afternoon says more than the guess.
const RATE_PRIOR_HOURS: f64 = 6.0;

/// Hour of the day and day of the week (Monday is 0) of a time in seconds, UTC.
fn hour_and_day(seconds: i64) -> (usize, usize) {
    let hour = seconds.div_euclid(3600).rem_euclid(24);
    // The first of January 1970 was a Thursday.
    let day = (seconds.div_euclid(86_400) + 3).rem_euclid(7);
    (hour as usize, day as usize)
}

/// Tickets of all kinds in a window up to now.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Window {
    /// Usual at this hour and weekday.
    pub(crate) expected: f64,
    /// Come.
    pub(crate) seen: f64,
}

impl Volume {
    /// Counts a ticket at `now`, which never runs backwards.
    pub(crate) fn add(&mut self, now: Timestamp) {
        self.hours.resize(24, (0.0, 0.0));
        self.days.resize(7, (0.0, 0.0));
        let last = self.last.unwrap_or(now);
        let seconds = (now.as_second() - last.as_second()).max(0);
        self.pass(last, seconds);
        let (hour, day) = hour_and_day(now.as_second());
        self.hours[hour].0 += 1.0;
        self.days[day].0 += 1.0;
        let slice = now.as_second().div_euclid(SLICE_SECONDS);
        match self.slices.back_mut() {
            Some(held) if held.0 >= slice => held.1 = held.1.saturating_add(1),
            _ => self.slices.push_back((slice, 1)),
        }
        let oldest = slice - LONGEST_SECONDS / SLICE_SECONDS;
        while let Some(held) = self.slices.front().copied().filter(|held| held.0 < oldest) {
            self.past += f64::from(held.1);
            self.slices.pop_front();
        }
        self.last = Some(now);
    }

    fn pass(&mut self, last: Timestamp, seconds: i64) {
        if seconds == 0 {
            return;
        }
        let factor = fade(seconds);
        if seconds > 3600 || self.past > 0.0 {
            self.past *= factor;
        }
        let mut left = (seconds as f64 / 3600.0).min(MAX_SILENCE_HOURS);
        let mut at = last;
        for held in self.hours.iter_mut().chain(self.days.iter_mut()) {
            held.0 *= factor;
            held.1 *= factor;
        }
        while left > 0.0 {
            let to_next = 1.0 - (at.as_second().rem_euclid(3600) as f64) / 3600.0;
            let step = to_next.min(left);
            let (hour, day) = hour_and_day(at.as_second());
            self.hours[hour].1 += step;
            self.days[day].1 += step;
            left -= step;
            let Ok(next) = at.checked_add(((step * 3600.0).ceil() as i64).max(1).seconds()) else {
                return;
            };
            at = next;
        }
    }

    fn overall(&self) -> f64 {
        let (tickets, hours) = self
            .hours
            .iter()
            .fold((0.0, 0.0), |sum, held| (sum.0 + held.0, sum.1 + held.1));
        if hours > 0.0 {
            tickets / hours.max(0.5)
        } else {
            0.0
        }
    }

    /// Tickets an hour to reckon with, `own` of the latest left out: on a first morning a surge
    /// would else be its own expectation.
    fn rate_without(&self, own: f64) -> f64 {
        let (tickets, hours) = self
            .hours
            .iter()
            .fold((0.0, 0.0), |sum, held| (sum.0 + held.0, sum.1 + held.1));
        ((tickets - own).max(0.0) + RATE_PRIOR * RATE_PRIOR_HOURS) / (hours + RATE_PRIOR_HOURS)
    }

    /// Tickets a day, on the average.
    pub(crate) fn per_day(&self) -> f64 {
        self.rate_without(0.0) * 24.0
    }

    /// What was to be expected, and what came, in each of [`WINDOWS_MINUTES`] up to `now`; `own`
    /// of the tickets that came are the surge that is looked at.
    pub(crate) fn windows(&self, now: Timestamp, own: f64) -> [Window; 5] {
        let mut windows = [Window::default(); 5];
        let (overall, rate_of_others) = (self.overall(), self.rate_without(own));
        let share =
            |held: (f64, f64), prior: f64| (held.0 + prior * overall) / (held.1 + prior) / overall;
        let (mut expected, mut seen) = (0.0, 0.0);
        let mut at = now.as_second();
        let mut slices = self.slices.iter().rev().peekable();
        for (minutes, window) in WINDOWS_MINUTES.into_iter().zip(&mut windows) {
            let since = now.as_second() - minutes * 60;
            while at > since && overall > 0.0 {
                let step = at.rem_euclid(3600).max(1).min(at - since);
                let (hour, day) = hour_and_day(at - 1);
                let hour = self.hours.get(hour).copied().unwrap_or_default();
                let day = self.days.get(day).copied().unwrap_or_default();
                let rate = share(hour, HOUR_PRIOR) * share(day, DAY_PRIOR);
                expected += rate_of_others * rate * step as f64 / 3600.0;
                at -= step;
            }
            let first = since.div_euclid(SLICE_SECONDS);
            while let Some(slice) = slices.next_if(|slice| slice.0 >= first) {
                seen += f64::from(slice.1);
            }
            *window = Window { expected, seen };
        }
        windows
    }
}
