//! What the detector reaches on generated streams may not fall. The numbers are what it reached
//! when they were written, less a little; whoever makes it better raises them.

use medic::generate::{Generated, Options, Scenario, stream};
use medic::observe::detect::DetectOptions;
use medic::observe::replay::Replay;
use medic::observe::score::score;
use std::collections::{BTreeMap, BTreeSet};

/// The share of an alert's tickets that have to be of one incident for the alert to be its.
const OWN_SHARE: f64 = 0.6;

fn generated(scenario: Scenario, count: u64, seed: u64) -> Vec<Generated> {
    let start = Options::DEFAULT_START.parse().unwrap();
    let options = Options {
        scenario,
        count,
        seed,
        start,
    };
    stream(options).collect()
}

#[derive(Debug, Default)]
struct Found {
    ami: f64,
    bcubed_f1: f64,
    incidents: usize,
    caught: usize,
    duplicates: usize,
    false_alerts: usize,
}

fn replayed(tickets: &[Generated]) -> Found {
    let mut replay = Replay::new(DetectOptions::default());
    let (mut labels, mut assigned) = (BTreeMap::new(), BTreeMap::new());
    let mut incidents: BTreeMap<String, Option<String>> = BTreeMap::new();
    let mut caught = BTreeSet::new();
    let mut found = Found::default();
    for one in tickets {
        let id = one.ticket.ticket_id.clone();
        labels.insert(id.clone(), one.pattern.to_string());
        incidents.insert(id.clone(), one.incident.as_ref().map(ToString::to_string));
        let seen = replay.feed(&one.ticket.to_line()).unwrap().unwrap();
        assigned.insert(id, seen.pattern.map(|pattern| pattern.to_string()));
        let Some(alert) = seen.alert else { continue };
        let alert: serde_json::Value = serde_json::from_str(&alert).unwrap();
        let named = alert["ticket_ids"].as_array().unwrap();
        let mut of: BTreeMap<&String, f64> = BTreeMap::new();
        for ticket in named {
            if let Some(Some(incident)) = incidents.get(ticket.as_str().unwrap()) {
                *of.entry(incident).or_default() += 1.0;
            }
        }
        let own = of
            .into_iter()
            .find(|(_, count)| *count >= OWN_SHARE * named.len() as f64);
        match own {
            Some((incident, _)) if caught.insert(incident.clone()) => {}
            Some(_) => found.duplicates += 1,
            None => found.false_alerts += 1,
        }
    }
    let scores = score(&labels, &assigned);
    let all: BTreeSet<&String> = incidents.values().flatten().collect();
    Found {
        ami: scores.ami,
        bcubed_f1: scores.bcubed_f1,
        incidents: all.len(),
        caught: caught.len(),
        ..found
    }
}

#[test]
fn incidents_of_a_generated_fortnight_are_found_and_little_else_alerts() {
    let found = replayed(&generated(Scenario::Surge, 2_500, 7));
    assert_eq!(found.incidents, 18, "the stream is another one: {found:?}");
    assert!(found.caught >= 15, "{found:?}");
    assert!(found.duplicates == 0, "{found:?}");
    assert!(found.false_alerts <= 1, "{found:?}");
    assert!(found.ami >= 0.90 && found.bcubed_f1 >= 0.87, "{found:?}");
}

#[test]
fn a_busy_stream_without_incidents_stays_quiet() {
    // About 5,000 tickets of ordinary trouble within ten hours: each of its topics is reported all
    // the time, and fragments of them come and go.
    let found = replayed(&generated(Scenario::Steady, 5_000, 5));
    assert!(found.false_alerts <= 1, "{found:?}");
}
