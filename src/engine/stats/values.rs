//! What a figure can be: times, a share, or what was counted while people were waited for.

use jiff::SignedDuration;
use serde::Serialize;

/// One figure, with what it means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Figure {
    /// Its name for programs; never changed.
    pub key: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// What exactly it is.
    pub definition: &'static str,
    /// Its value.
    #[serde(flatten)]
    pub measured: Measured,
}

/// A value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Measured {
    /// How long something took.
    Time(Spread),
    /// Which part of something.
    Share(Share),
    /// What waiting cost.
    Waited(Waited),
}

/// Times of several things.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Spread {
    /// How many have ended, and are measured.
    pub of: u64,
    /// How many have not, and are not.
    pub open: u64,
    /// Their mean, in seconds; none where nothing has ended.
    pub mean_seconds: Option<u64>,
    /// Half of them took at most this long, in seconds.
    pub median_seconds: Option<u64>,
    /// Nine of ten took at most this long, in seconds.
    pub p90_seconds: Option<u64>,
}

impl Spread {
    /// Of these times in seconds, and so many that have not ended.
    pub(super) fn of(mut seconds: Vec<u64>, open: u64) -> Self {
        seconds.sort_unstable();
        let of = seconds.len() as u64;
        let sum: u64 = seconds
            .iter()
            .fold(0, |sum, one| u64::saturating_add(sum, *one));
        // The nearest rank: the smallest time that so many percent do not exceed.
        let rank = |percent: u64| {
            let rank = (of * percent).div_ceil(100).max(1);
            let place = usize::try_from(rank - 1).ok()?;
            seconds.get(place).copied()
        };
        Self {
            of,
            open,
            mean_seconds: sum.checked_div(of),
            median_seconds: rank(50),
            p90_seconds: rank(90),
        }
    }
}

/// A part of a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Share {
    /// The part.
    pub part: u64,
    /// The whole.
    pub of: u64,
    /// The share in thousandths; none of nothing.
    pub milli: Option<u64>,
}

impl Share {
    pub(super) fn of(part: u64, of: u64) -> Self {
        Self {
            part,
            of,
            milli: (part.saturating_mul(1000).saturating_add(of / 2)).checked_div(of),
        }
    }
}

/// What was counted while people were waited for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Waited {
    /// Questions.
    pub questions: u64,
    /// Time in which at least one question of an incident or case waited, in seconds, over all of
    /// them.
    pub seconds: u64,
    /// Failed checkouts reported in that time.
    pub checkout_failures: u64,
    /// Customers reported in that time.
    pub affected_customers: u64,
}

impl Measured {
    /// In words, for a person: `12 min (half within 9 min, nine of ten within 31 min; 4 measured)`.
    pub fn in_words(&self) -> String {
        match self {
            Self::Time(spread) => spread.in_words(),
            Self::Share(Share { part, of, milli }) => match milli {
                Some(milli) => format!("{}.{} % ({part} of {of})", milli / 10, milli % 10),
                None => "nothing to count yet".to_owned(),
            },
            Self::Waited(waited) if waited.questions == 0 => "nobody was waited for".to_owned(),
            Self::Waited(waited) => format!(
                "{} failed checkouts and {} customers reported in {} of waiting",
                waited.checkout_failures,
                waited.affected_customers,
                in_words(waited.seconds)
            ),
        }
    }
}

impl Spread {
    fn in_words(&self) -> String {
        let open = match self.open {
            0 => String::new(),
            open => format!("; {open} still open"),
        };
        let (Some(mean), Some(median), Some(p90)) =
            (self.mean_seconds, self.median_seconds, self.p90_seconds)
        else {
            return format!("nothing to measure yet{open}");
        };
        format!(
            "{} (half within {}, nine of ten within {}; {} measured{open})",
            in_words(mean),
            in_words(median),
            in_words(p90),
            self.of
        )
    }
}

/// `48 s`, `12 min`, `3 h 5 min`, `2 d 4 h`.
fn in_words(seconds: u64) -> String {
    let span = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
    let (minutes, hours) = (span.as_mins(), span.as_hours());
    match (seconds, hours) {
        (0..60, _) => format!("{seconds} s"),
        (_, 0) => format!("{minutes} min"),
        (_, 1..48) => format!("{hours} h {} min", minutes % 60),
        _ => format!("{} d {} h", hours / 24, hours % 24),
    }
}
