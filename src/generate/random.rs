//! Seeded randomness that is the same on every platform and in every release.

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
///
/// Written out here, and in whole numbers only, because a stream that somebody has measured a
/// detector on must come out the same for ever; a crate may change its algorithm with a version,
/// and floating-point functions differ between platforms. Not for secrets.
#[derive(Clone, Debug)]
pub struct Random {
    state: u64,
}

impl Random {
    /// The generator of one purpose under one seed. Different purposes do not disturb each other:
    /// more words in one ticket do not move the next ticket's time.
    pub fn new(seed: u64, purpose: &str, number: u64) -> Self {
        // FNV-1a over the purpose; only has to differ between our few purposes.
        let purpose = purpose.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let mut mixed = Self { state: seed };
        mixed.state = mixed.next_u64() ^ purpose;
        mixed.state = mixed.next_u64() ^ number;
        mixed.state = mixed.next_u64();
        mixed
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to `end - 1`; 0 where `end` is 0. Its bias is below `end / 2^64`.
    pub fn below(&mut self, end: u64) -> u64 {
        // The high half of the product is always less than `end` (Lemire's multiply-shift).
        ((u128::from(self.next_u64()) * u128::from(end)) >> 64) as u64
    }

    /// A number from `low` to `high`, both included; `low` where the range is empty.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low).saturating_add(1))
    }

    /// Whether an event of probability `of / out_of` happens.
    pub fn chance(&mut self, of: u64, out_of: u64) -> bool {
        self.below(out_of) < of
    }

    /// Whether an event of `percent` happens.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.chance(percent, 100)
    }

    /// One of the items; none of an empty list.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len() as u64) as usize)
    }

    /// One of the texts; the empty text of an empty list.
    pub fn text<'a>(&mut self, items: &[&'a str]) -> &'a str {
        self.pick(items).copied().unwrap_or("")
    }

    /// Puts the items into a random order (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.below(last as u64 + 1) as usize;
            items.swap(last, other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_published_numbers_of_splitmix64() {
        // First outputs for seed 1234567, as published with the reference implementation.
        let mut random = Random { state: 1_234_567 };
        let first: Vec<u64> = (0..3).map(|_| random.next_u64()).collect();
        assert_eq!(
            first,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn stays_within_its_ranges() {
        let mut random = Random::new(1, "test", 0);
        assert_eq!(random.below(0), 0);
        assert_eq!(random.between(5, 4), 5);
        assert!((0..1000).all(|_| (3..=7).contains(&random.between(3, 7))));
        assert_eq!(random.pick::<u8>(&[]), None);
    }
}
