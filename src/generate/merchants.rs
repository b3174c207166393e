//! Merchants move house in waves: each has a day on which it cuts over, and its migration stage
//! follows from that. So a stream of any length has the same mix of stages, and an incident can
//! hit one wave harder than the others, as real ones do.

use super::random::Random;
use jiff::Timestamp;

/// How many merchants cut over each day.
const WAVE: i64 = 40;
/// Days before its cut-over from which on a merchant writes tickets.
const DAYS_BEFORE: i64 = 5;
/// Days after its cut-over until which a merchant writes tickets.
const DAYS_AFTER: i64 = 14;
const DAY_MS: i64 = 86_400_000;

/// A merchant: its number, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Merchant(i64);

impl Merchant {
    /// Its id, as a helpdesk would write it: `M100` is the first.
    pub fn id(self) -> String {
        format!("M{}", 100 + self.0)
    }

    /// The merchant with this id; none for an id that [`Merchant::id`] never gives.
    pub fn from_id(id: &str) -> Option<Self> {
        let number: i64 = id.strip_prefix('M')?.parse().ok()?;
        (number >= 100)
            .then(|| Self(number - 100))
            .filter(|merchant| merchant.id() == id)
    }

    /// How the shop is called; two merchants may share a name, as shops do.
    pub fn shop_name(self) -> String {
        const FIRST: [&str; 16] = [
            "Alster",
            "Birch",
            "Coastal",
            "Dolomiti",
            "Evergreen",
            "Fjord",
            "Granite",
            "Harbour",
            "Iris",
            "Juniper",
            "Kestrel",
            "Lumen",
            "Meridian",
            "Nordlicht",
            "Olive",
            "Prairie",
        ];
        const SECOND: [&str; 12] = [
            "Bikes", "Books", "Coffee", "Garden", "Goods", "Home", "Kitchen", "Living", "Outdoor",
            "Shoes", "Toys", "Wines",
        ];
        let mut random = Random::new(0, "shop name", self.0.unsigned_abs());
        format!("{} {}", random.text(&FIRST), random.text(&SECOND))
    }

    /// The host name of the shop, under a top-level domain that never exists (RFC 2606).
    pub fn domain(self) -> String {
        format!(
            "{}.example",
            self.shop_name().to_lowercase().replace(' ', "-")
        )
    }

    /// Where the merchant stands in its migration: one of the seed's eight stages.
    pub fn stage(self, start: Timestamp, at: Timestamp) -> &'static str {
        match self.days_since_cutover(start, at) {
            i64::MIN..=-2 => "pre-migration",
            -1 => "migration-in-progress",
            0..=1 => "post-migration-day-1",
            2 => "post-migration-day-2",
            3 => "post-migration-day-3",
            4..=5 => "post-migration-day-5",
            6..=9 => "post-migration-week-1",
            _ => "post-migration-week-2",
        }
    }

    fn days_since_cutover(self, start: Timestamp, at: Timestamp) -> i64 {
        day(start, at) - (self.0.div_euclid(WAVE) - DAYS_AFTER)
    }
}

/// Whole days from `start` to `at`.
fn day(start: Timestamp, at: Timestamp) -> i64 {
    (at.as_millisecond() - start.as_millisecond()).div_euclid(DAY_MS)
}

/// Any merchant that writes tickets on this day; the days around the cut-over count double, and
/// one merchant in ten writes far more than the others.
pub fn any(random: &mut Random, start: Timestamp, at: Timestamp) -> Merchant {
    let mut merchant = cohort_member(random, start, at, -DAYS_BEFORE, DAYS_AFTER);
    if random.percent(40) {
        merchant = cohort_member(random, start, at, -1, 4);
    }
    if random.percent(25) {
        merchant.0 -= merchant.0.rem_euclid(10);
    }
    merchant
}

/// A merchant that cut over `from` to `to` days ago (negative: that will).
pub fn cohort_member(
    random: &mut Random,
    start: Timestamp,
    at: Timestamp,
    from: i64,
    to: i64,
) -> Merchant {
    // Merchants of day d have cut over d days after the stream's first, shifted so that the first
    // day already has a full fortnight of them behind it.
    let newest = day(start, at) - from + DAYS_AFTER;
    let oldest = (day(start, at) - to + DAYS_AFTER).max(0);
    let waves = (newest - oldest + 1).max(1).unsigned_abs();
    let wave = oldest + random.below(waves) as i64;
    Merchant(wave * WAVE + random.below(WAVE.unsigned_abs()) as i64)
}

/// So many different merchants, most of them (about four in five) of one cohort.
pub fn group(
    random: &mut Random,
    start: Timestamp,
    at: Timestamp,
    count: usize,
    cohort: (i64, i64),
) -> Vec<Merchant> {
    let mut group = Vec::with_capacity(count);
    // A cohort has at least one wave of 40 and all merchants number 800, so this ends; the bound
    // on tries only makes that plain.
    for _ in 0..count * 50 {
        if group.len() == count {
            break;
        }
        let merchant = if random.percent(80) {
            cohort_member(random, start, at, cohort.0, cohort.1)
        } else {
            any(random, start, at)
        };
        if !group.contains(&merchant) {
            group.push(merchant);
        }
    }
    group
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn all_eight_stages_occur_on_the_first_day_and_a_year_later() {
        let start: Timestamp = "2026-01-05T00:00:00Z".parse().unwrap();
        for at in ["2026-01-05T09:00:00Z", "2027-01-05T09:00:00Z"] {
            let at: Timestamp = at.parse().unwrap();
            let stages: BTreeSet<&str> = (0..2000)
                .map(|n| any(&mut Random::new(1, "m", n), start, at).stage(start, at))
                .collect();
            assert_eq!(stages.len(), 8, "{stages:?}");
        }
    }

    #[test]
    fn a_cohort_stands_at_its_stage() {
        let start: Timestamp = "2026-01-05T00:00:00Z".parse().unwrap();
        for n in 0..100 {
            let merchant = cohort_member(&mut Random::new(2, "m", n), start, start, 3, 3);
            assert_eq!(merchant.stage(start, start), "post-migration-day-3");
            assert_eq!(Merchant::from_id(&merchant.id()), Some(merchant));
        }
        assert_eq!(Merchant::from_id("M0100"), None);
        assert_eq!(Merchant::from_id("X"), None);
    }
}
