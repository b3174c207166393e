//! A stretch of time, as people write it.

use jiff::{SignedDuration, Timestamp};

/// A stretch of time: `30d`, `12h`, `90m`.
#[derive(Clone, Copy, Debug)]
pub struct Since(SignedDuration);

impl Since {
    /// So long.
    pub const fn span(self) -> SignedDuration {
        self.0
    }

    /// So long before `end`; none where no time is that early.
    pub fn before(self, end: Timestamp) -> Option<Timestamp> {
        end.saturating_sub(self.0).ok()
    }
}

impl std::str::FromStr for Since {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let days = text
            .strip_suffix('d')
            .and_then(|days| days.parse::<i64>().ok());
        let span = match days {
            Some(days) => Some(SignedDuration::from_hours(days.clamp(0, 36_500) * 24)),
            None => text.parse().ok(),
        };
        span.filter(|span| *span > SignedDuration::ZERO)
            .map(Self)
            .ok_or_else(|| format!("{text:?} is not a length of time; write it like 30d or 12h"))
    }
}
