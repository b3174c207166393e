//! However a stream is cut, and wherever it is stopped and taken up again, not a byte changes.

use medic::generate::{Options, Scenario, stream};
use medic::observe::detect::DetectOptions;
use medic::observe::replay::Replay;
use proptest::prelude::*;

fn lines(seed: u64) -> Vec<String> {
    let start = Options::DEFAULT_START.parse().unwrap();
    let options = Options {
        scenario: Scenario::Demo,
        count: 200,
        seed,
        start,
    };
    stream(options).map(|one| one.ticket.to_line()).collect()
}

/// What is written for these lines: assignments and alerts as they come.
fn fed(replay: &mut Replay, lines: &[String]) -> String {
    let mut out = String::new();
    for line in lines {
        let seen = replay.feed(line).unwrap().unwrap();
        out += &seen.assignment;
        out += seen.alert.as_deref().unwrap_or_default();
        out.push('\n');
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn stops_at_random_places_change_no_byte(
        seed in 1_u64..1000,
        mut cuts in prop::collection::vec(0_usize..=200, 1..5),
    ) {
        let all = lines(seed);
        let mut whole = Replay::new(DetectOptions::default());
        let expected = fed(&mut whole, &all);
        prop_assert!(expected.contains("\"ticket_ids\""), "no alert to compare");

        cuts.sort_unstable();
        let mut replay = Replay::new(DetectOptions::default());
        let (mut got, mut at) = (String::new(), 0);
        for cut in cuts.into_iter().chain([all.len()]) {
            got += &fed(&mut replay, &all[at..cut.min(all.len())]);
            at = cut.min(all.len());
            let stored = replay.snapshot().unwrap();
            replay = Replay::restore(DetectOptions::default(), &stored).unwrap();
        }
        prop_assert_eq!(got, expected);
        prop_assert_eq!(replay.snapshot().unwrap(), whole.snapshot().unwrap());
    }
}
