//! When a pattern deserves an alert: distinct merchants in a window against what is usual.

use super::options::DetectOptions;
use super::volume::{Volume, Window};
use crate::domain::{PatternId, TicketId};
use jiff::Timestamp;
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
    /// Reports older than the longest window, fading; of one merchant at most so many a window as
    /// are evidence.
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
    pub(crate) fn add(&mut self, seen: Seen, repeats: u32) {
        let at = self.recent.partition_point(|held| held.at <= seen.at);
        self.recent.insert(at, seen);
        if self.recent.len() > MAX_RECENT {
            self.retire_oldest(repeats);
        }
    }

    /// Moves what is older than every window to what is usual.
    pub(crate) fn age(&mut self, now: Timestamp, repeats: u32) {
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
            self.retire_oldest(repeats);
        }
    }

    fn retire_oldest(&mut self, repeats: u32) {
        let Some(old) = self.recent.pop_front() else {
            return;
        };
        if old.merchant.is_none() {
            return;
        }
        let same = self
            .recent
            .iter()
            .filter(|held| held.merchant == old.merchant);
        if same.count() < repeats as usize {
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

    /// Takes these tickets out with a share (0–1) of what is usual, to be the history of a pattern
    /// that was a part of this one: what was usual in it is no news.
    pub(crate) fn share(&mut self, tickets: &BTreeSet<TicketId>, share: f64) -> Self {
        let mut part = self.part(tickets);
        part.usual = self.usual * share;
        self.usual -= part.usual;
        part
    }

    /// Takes over another pattern's history.
    pub(crate) fn join(&mut self, other: Self, repeats: u32) {
        for seen in other.recent {
            self.add(seen, repeats);
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
/// each stands how surely it belongs there (0–1). May be none where no window's chance is as small
/// as `accepted`.
pub(crate) fn scan(
    recent: &[(f64, &Seen)],
    usual: Usual,
    volume: &Volume,
    now: Timestamp,
    accepted: f64,
    options: &DetectOptions,
) -> Option<Surge> {
    let own = recent.iter().map(|(sure, _)| sure).sum();
    let windows = volume.windows(now, own);
    let lately = windows.last().map_or(0.0, |window| window.seen);
    if accepted <= 1.0e-3 && !may_surprise(recent, usual, &windows, now, options) {
        return None;
    }
    let mut keys: BTreeMap<u64, (u32, bool)> = BTreeMap::new();
    let (mut weight, mut merchants, mut own) = (0.0, 0, 0.0);
    let mut best: Option<(f64, i64, u32, f64)> = None;
    let mut at = recent.len();
    for (minutes, window) in WINDOWS_MINUTES.into_iter().zip(&windows) {
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
        let tickets = window.expected.max(window.seen - own);
        // On a first morning there is no past; what came before the window is the best there is.
        let mut before: BTreeMap<u64, f64> = BTreeMap::new();
        for (sure, seen) in &recent[..at] {
            if let Some(merchant) = seen.merchant {
                let held = before.entry(merchant).or_default();
                *held = held.max(*sure);
            }
        }
        let shape = options.usual_shape + usual.reports + before.values().sum::<f64>();
        let rest = (lately - window.seen).max(0.0);
        let rate = options.usual_tickets + usual.tickets + rest;
        let mean = shape * tickets / rate;
        let shape = shape.min(STEADIEST);
        let chance = tail_between(weight, shape, mean / (shape + mean));
        if best.is_none_or(|(least, ..)| chance < least) {
            best = Some((chance, minutes, merchants, mean));
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

/// Whether any window holds so many tickets (each merchant's all counted) that their chance may be
/// below one in a thousand: more than three standard deviations above what is usual, since the law
/// is skewed to that side. For most tickets none does, and no chance has to be computed.
fn may_surprise(
    recent: &[(f64, &Seen)],
    usual: Usual,
    windows: &[Window; 5],
    now: Timestamp,
    options: &DetectOptions,
) -> bool {
    let lately = windows[4].seen;
    WINDOWS_MINUTES
        .into_iter()
        .zip(windows)
        .any(|(minutes, window)| {
            let since = now.as_second() - minutes * 60;
            let from = recent.partition_point(|(_, seen)| seen.at.as_second() < since);
            let inside = (recent.len() - from) as f64;
            if inside < f64::from(options.min_merchants) {
                return false;
            }
            let tickets = window.expected.max(window.seen - inside);
            let rate = options.usual_tickets + usual.tickets + (lately - window.seen).max(0.0);
            let shape = options.usual_shape + usual.reports;
            let mean = shape * tickets / rate;
            inside > mean + 3.0 * (mean * (1.0 + mean / shape.min(STEADIEST))).sqrt()
        })
}

/// However much of the past is known, the rate of a problem goes up and down by a fifth (the square
/// root of one in so many) from hour to hour: who writes when is no matter of chance alone.
const STEADIEST: f64 = 25.0;

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
    // The first term can be too small for a float; as a logarithm it never is.
    let mut term = shape * (1.0 - step).ln();
    let mut below = 0.0;
    let ratio = |number: u32| (shape + f64::from(number)) / (f64::from(number) + 1.0) * step;
    for number in 0..count {
        below += term.exp();
        term += ratio(number).ln();
    }
    if below < 0.999 {
        return 1.0 - below;
    }
    // Near 1 the difference loses its digits: add up the tail itself.
    let mut part = term.exp();
    let mut above = 0.0;
    for number in count..count + 200 {
        above += part;
        part *= ratio(number);
        if part < above * 1.0e-17 {
            break;
        }
    }
    above
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
