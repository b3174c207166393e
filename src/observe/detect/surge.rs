//! When a pattern deserves an alert: distinct merchants in a window against what is usual.

use super::options::DetectOptions;
use crate::domain::{PatternId, TicketId};
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The windows that are looked at, in minutes. Incidents of minutes and of half a working day
/// are both found; between two neighbours the count can at most double unseen.
pub(crate) const WINDOWS_MINUTES: [i64; 5] = [30, 60, 120, 240, 360];

/// The longest of [`WINDOWS_MINUTES`], in seconds: for so long tickets are held as recent.
pub(crate) const LONGEST_SECONDS: i64 = 360 * 60;

/// Recent tickets held of one pattern. A surge is clear long before.
const MAX_RECENT: usize = 256;

/// A ticket as far as a surge is concerned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Seen {
    pub(crate) at: Timestamp,
    pub(crate) ticket: TicketId,
    /// A hash of the merchant's counting key; none where the ticket names nobody.
    pub(crate) merchant: Option<u64>,
}

/// Who reported a pattern lately, and how often it is reported otherwise.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Activity {
    pub(crate) recent: VecDeque<Seen>,
    /// Reports older than the longest window, each merchant once a window, fading.
    #[serde(with = "super::stored::exact")]
    pub(crate) usual: f64,
    /// When `usual` was last brought up to date.
    pub(crate) faded_at: Option<Timestamp>,
    /// When it was last seen in a surge that was alerted, and for which pattern the alert was.
    pub(crate) surging: Option<(Timestamp, PatternId)>,
}

/// What a window of a surge held.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Surge {
    pub(crate) minutes: i64,
    pub(crate) merchants: u32,
    pub(crate) expected: f64,
    /// How likely so many are by chance.
    pub(crate) chance: f64,
    pub(crate) tickets: Vec<TicketId>,
    pub(crate) keys: BTreeSet<u64>,
}

/// Half of what was usual is forgotten after so many days: four weeks hold each weekday often
/// enough, and a shop's habits change within a season.
const HALF_LIFE_DAYS: f64 = 28.0;

pub(crate) fn fade(seconds: i64) -> f64 {
    (-(seconds.max(0) as f64) / 86_400.0 / HALF_LIFE_DAYS * std::f64::consts::LN_2).exp()
}

impl Activity {
    /// Takes a ticket in, in the order of time.
    pub(crate) fn add(&mut self, seen: Seen) {
        let at = self.recent.partition_point(|held| held.at <= seen.at);
        self.recent.insert(at, seen);
        if self.recent.len() > MAX_RECENT {
            self.retire_oldest();
        }
    }

    /// Moves what is older than every window to what is usual.
    pub(crate) fn age(&mut self, now: Timestamp) {
        let before = self.faded_at.unwrap_or(now);
        let seconds = now.as_second() - before.as_second();
        if seconds > 3600 || self.faded_at.is_none() {
            self.usual *= fade(seconds);
            self.faded_at = Some(now);
        }
        while self
            .recent
            .front()
            .is_some_and(|held| now.as_second() - held.at.as_second() > LONGEST_SECONDS)
        {
            self.retire_oldest();
        }
    }

    fn retire_oldest(&mut self) {
        let Some(old) = self.recent.pop_front() else {
            return;
        };
        let again = self.recent.iter().any(|held| held.merchant == old.merchant);
        if old.merchant.is_some() && !again {
            self.usual += 1.0;
        }
    }

    /// Takes these tickets out, to be another pattern's history.
    pub(crate) fn part(&mut self, tickets: &BTreeSet<TicketId>) -> Self {
        let (moved, kept) = self
            .recent
            .drain(..)
            .partition(|seen| tickets.contains(&seen.ticket));
        self.recent = kept;
        Self {
            recent: moved,
            usual: 0.0,
            faded_at: self.faded_at,
            surging: self.surging,
        }
    }

    /// Takes over another pattern's history.
    pub(crate) fn join(&mut self, other: Self) {
        for seen in other.recent {
            self.add(seen);
        }
        self.usual += other.usual;
        self.surging = self.surging.max(other.surging);
    }
}

/// What is known of how often a problem is reported otherwise.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usual {
    /// Reports older than the longest window.
    pub(crate) reports: f64,
    /// The tickets among which they were.
    pub(crate) tickets: f64,
}

/// The most surprising window of these recent tickets, the oldest first, seen from `now`. With
/// each stands how surely it belongs there (0–1).
pub(crate) fn scan(
    recent: &[(f64, &Seen)],
    usual: Usual,
    volume: &Volume,
    now: Timestamp,
    options: &DetectOptions,
) -> Option<Surge> {
    let mut keys: BTreeMap<u64, (u32, bool)> = BTreeMap::new();
    let (mut weight, mut merchants, mut own) = (0.0, 0, 0.0);
    let mut best: Option<(f64, i64, u32, f64)> = None;
    let mut at = recent.len();
    for minutes in WINDOWS_MINUTES {
        let since = now.as_second() - minutes * 60;
        while at > 0 && recent[at - 1].1.at.as_second() >= since {
            at -= 1;
            let (sure, seen) = recent[at];
            own += sure;
            if let Some(merchant) = seen.merchant {
                let (times, counted) = keys.entry(merchant).or_default();
                *times += 1;
                if *times <= options.repeats {
                    weight += sure;
                }
                if !*counted && sure >= HALF_SURE {
                    *counted = true;
                    merchants += 1;
                }
            }
        }
        if merchants < options.min_merchants {
            continue;
        }
        let tickets = volume
            .expected(now, minutes)
            .max(volume.seen(now, minutes) - own);
        // On a first morning there is no past; what came before the window is the best there is.
        let mut before: BTreeMap<u64, f64> = BTreeMap::new();
        for (sure, seen) in &recent[..at] {
            if let Some(merchant) = seen.merchant {
                let held = before.entry(merchant).or_default();
                *held = held.max(*sure);
            }
        }
        let shape = options.usual_shape + usual.reports + before.values().sum::<f64>();
        let rest = (volume.seen(now, LONGEST_SECONDS / 60) - volume.seen(now, minutes)).max(0.0);
        let rate = options.usual_tickets + usual.tickets + rest;
        let chance = tail_between(weight, shape, tickets / (rate + tickets));
        if best.is_none_or(|(least, ..)| chance < least) {
            best = Some((chance, minutes, merchants, shape * tickets / rate));
        }
    }
    let (chance, minutes, merchants, expected) = best?;
    let since = now.as_second() - minutes * 60;
    let inside = || {
        let sure = recent.iter().filter(|(sure, _)| *sure >= HALF_SURE);
        sure.map(|(_, seen)| *seen)
            .filter(|seen| seen.at.as_second() >= since)
    };
    Some(Surge {
        minutes,
        merchants,
        expected,
        chance,
        tickets: inside().map(|seen| seen.ticket).collect(),
        keys: inside().filter_map(|seen| seen.merchant).collect(),
    })
}

/// From here on a ticket is counted as belonging, and named in the alert.
const HALF_SURE: f64 = 0.5;

/// The chance of at least `count`, which need not be whole: its logarithm lies between those of
/// the whole numbers around it.
fn tail_between(count: f64, shape: f64, step: f64) -> f64 {
    let (whole, rest) = (count.floor(), count.fract());
    let low = tail(whole as u32, shape, step);
    if rest <= 0.0 || low <= 0.0 {
        return low;
    }
    let high = tail(whole as u32 + 1, shape, step).max(f64::MIN_POSITIVE);
    (low.ln() * (1.0 - rest) + high.ln() * rest).exp()
}

/// The chance of at least `count` where counts follow a negative binomial law: a Poisson law
/// whose rate is itself only known from `shape` earlier reports (its gamma posterior).
fn tail(count: u32, shape: f64, step: f64) -> f64 {
    let step = step.clamp(1.0e-9, 1.0 - 1.0e-9);
    let mut term = shape * (1.0 - step).ln();
    let mut below = 0.0;
    for number in 0..count {
        below += term.exp();
        let number = f64::from(number);
        term += ((shape + number) / (number + 1.0) * step).ln();
    }
    if below < 0.999 {
        return 1.0 - below;
    }
    // Near 1 the difference loses its digits: add up the tail itself.
    let mut above = 0.0;
    for number in count..count + 200 {
        above += term.exp();
        let number = f64::from(number);
        term += ((shape + number) / (number + 1.0) * step).ln();
    }
    above
}

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

fn hour_and_day(at: Timestamp) -> (usize, usize) {
    let zoned = at.to_zoned(TimeZone::UTC);
    let hour = usize::try_from(zoned.hour()).unwrap_or(0);
    let day = usize::try_from(zoned.weekday().to_monday_zero_offset()).unwrap_or(0);
    (hour.min(23), day.min(6))
}

impl Volume {
    /// Counts a ticket at `now`, which never runs backwards.
    pub(crate) fn add(&mut self, now: Timestamp) {
        self.hours.resize(24, (0.0, 0.0));
        self.days.resize(7, (0.0, 0.0));
        let last = self.last.unwrap_or(now);
        let seconds = (now.as_second() - last.as_second()).max(0);
        self.pass(last, seconds);
        let (hour, day) = hour_and_day(now);
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
            let (hour, day) = hour_and_day(at);
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

    /// Tickets a day, on the average.
    pub(crate) fn per_day(&self) -> f64 {
        self.overall() * 24.0
    }

    /// Tickets to be expected in the minutes up to `now`.
    pub(crate) fn expected(&self, now: Timestamp, minutes: i64) -> f64 {
        let overall = self.overall();
        if overall <= 0.0 {
            return 0.0;
        }
        let share =
            |held: (f64, f64), prior: f64| (held.0 + prior * overall) / (held.1 + prior) / overall;
        let mut sum = 0.0;
        let mut left = minutes * 60;
        let mut at = now.as_second();
        while left > 0 {
            let step = at.rem_euclid(3600).max(1).min(left);
            let Ok(moment) = Timestamp::from_second(at - 1) else {
                break;
            };
            let (hour, day) = hour_and_day(moment);
            let rate = share(
                self.hours.get(hour).copied().unwrap_or_default(),
                HOUR_PRIOR,
            ) * share(self.days.get(day).copied().unwrap_or_default(), DAY_PRIOR);
            sum += overall * rate * step as f64 / 3600.0;
            left -= step;
            at -= step;
        }
        sum
    }

    /// Tickets that came in the minutes up to `now`.
    pub(crate) fn seen(&self, now: Timestamp, minutes: i64) -> f64 {
        let since = (now.as_second() - minutes * 60).div_euclid(SLICE_SECONDS);
        self.slices
            .iter()
            .rev()
            .take_while(|held| held.0 >= since)
            .map(|held| f64::from(held.1))
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::tail;

    #[test]
    fn the_tail_is_that_of_the_negative_binomial_law() {
        // shape 1 is the geometric law: P(X >= k) = step^k
        assert!((tail(3, 1.0, 0.2) - 0.008).abs() < 1.0e-12);
        assert!((tail(12, 1.0, 0.1) - 1.0e-12).abs() < 1.0e-15);
        assert!((tail(0, 2.0, 0.5) - 1.0).abs() < 1.0e-12);
    }
}
