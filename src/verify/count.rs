//! From the times of tickets to the counts that are judged.

use super::{Count, Group, VerifyOptions};
use jiff::{SignedDuration, Timestamp};

/// Reports of one merchant within this many minutes count as one: they tell of the same moment,
/// and the comparison rests on tickets coming one by one.
const ONE_REPORT_MINUTES: i64 = 10;

/// What was done to a merchant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Treatment {
    /// Nothing.
    None,
    /// The plan in question reached them then.
    ThisPlan(Timestamp),
    /// Another plan reached them then, or this one perhaps did.
    Other(Timestamp),
}

/// One merchant of the incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MerchantHistory {
    /// What was done to them.
    pub treatment: Treatment,
    /// When each of their tickets came, in any order.
    pub tickets: Vec<Timestamp>,
}

/// Counts both groups around the time at which the plan reached its first merchant: treated and
/// untreated. None where it has reached nobody. Left out are merchants who came only after that
/// time, and those whom something else treated before it. A merchant whom something else treats
/// later is watched until then.
pub fn count(
    histories: &[MerchantHistory],
    now: Timestamp,
    options: &VerifyOptions,
) -> Option<(Group, Group)> {
    let start = histories
        .iter()
        .filter_map(|history| match history.treatment {
            Treatment::ThisPlan(at) => Some(at),
            _ => None,
        })
        .min()?;
    let first = histories
        .iter()
        .flat_map(|history| &history.tickets)
        .min()
        .copied()
        .unwrap_or(start);
    let reach = SignedDuration::from_hours(i64::from(options.history_hours));
    let begin = first.max(start.saturating_sub(reach).unwrap_or(Timestamp::MIN));
    let half = begin + (start.duration_since(begin).max(SignedDuration::ZERO) / 2);
    let (mut treated, mut untreated) = (Group::default(), Group::default());
    for history in histories {
        let times = reports(&history.tickets);
        if times.first().is_none_or(|first| *first >= start) {
            continue;
        }
        let (group, after) = match history.treatment {
            Treatment::ThisPlan(at) => (&mut treated, (at, now)),
            Treatment::None => (&mut untreated, (start, now)),
            Treatment::Other(at) if at > start => (&mut untreated, (start, at.min(now))),
            Treatment::Other(_) => continue,
        };
        group.merchants += 1;
        add(&mut group.earlier, &times, begin, half);
        add(&mut group.later, &times, half, start);
        add(&mut group.after, &times, after.0, after.1);
    }
    Some((treated, untreated))
}

/// The times, in order, without those that follow too closely on the one kept before.
fn reports(tickets: &[Timestamp]) -> Vec<Timestamp> {
    let mut times = tickets.to_vec();
    times.sort_unstable();
    let apart = SignedDuration::from_mins(ONE_REPORT_MINUTES);
    let mut kept: Vec<Timestamp> = Vec::new();
    for at in times {
        if kept
            .last()
            .is_none_or(|last| at.duration_since(*last) >= apart)
        {
            kept.push(at);
        }
    }
    kept
}

fn add(count: &mut Count, times: &[Timestamp], from: Timestamp, to: Timestamp) {
    let within = times.iter().filter(|at| (from..to).contains(*at)).count();
    let minutes = to.duration_since(from).as_mins().max(0);
    count.tickets = count
        .tickets
        .saturating_add(u32::try_from(within).unwrap_or(u32::MAX));
    count.merchant_minutes += minutes.unsigned_abs();
}
