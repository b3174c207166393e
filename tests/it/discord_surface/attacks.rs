//! Hostile texts that nobody here wrote, through every message that may carry them.

use super::render::{assert_inert, foreign_card};
use medic::discord::custom_id::CustomId;
use medic::discord::escape::{foreign, label};
use medic::discord::limits;
use medic::discord::message::Draft;
use medic::discord::render::card::{Around, card};
use medic::discord::render::{lists, question, thread};
use medic::domain::card::CardState;
use serde_json::Value;

#[test]
#[ignore = "reads the file that ATTACKS names, from outside the repository; .ci/checks runs it"]
fn hostile_texts_stay_inert_and_within_limits() {
    let path = std::env::var("ATTACKS").expect("ATTACKS names a file");
    let file = std::fs::read_to_string(&path).unwrap();
    let (mut shown, mut pressed) = (0, 0);
    for line in file.lines() {
        let attack: Value = serde_json::from_str(line).unwrap();
        let Some(text) = payload(&attack) else {
            continue;
        };
        if attack["channel"] == "interaction" {
            assert!(text.parse::<CustomId>().is_err(), "{}", attack["id"]);
            pressed += 1;
        }
        for state in [CardState::Waiting, CardState::Done] {
            let found = foreign_card(&text, 4, 3, state);
            assert_inert(&card(&found, &Around::default()));
            assert_inert(&lists::diagnosis(&found));
            for plan in &found.plans {
                assert_inert(&question::alone(plan, found.subject));
                thread::payload(plan).iter().for_each(assert_inert);
            }
            for (_, entry) in thread::timeline("timeline/INC-7", &found.timeline) {
                assert_inert(&entry);
            }
        }
        assert_inert(&Draft::words(foreign(&text, limits::CONTENT)));
        assert!(limits::length(&label(&text, limits::FORM_TITLE)) <= limits::FORM_TITLE);
        shown += 1;
    }
    assert!(shown > 0 && pressed > 0, "{path} holds no attacks");
}

fn payload(attack: &Value) -> Option<String> {
    if let Some(text) = attack["text"].as_str() {
        return Some(text.to_owned());
    }
    // The largest would only show how fast 50 MB are repeated.
    const MOST: usize = 200_000;
    let pieces = attack["gen"].as_array()?.iter().map(|piece| {
        let text = piece[0].as_str().unwrap_or_default();
        let count = usize::try_from(piece[1].as_u64().unwrap_or(0)).unwrap_or(0);
        text.repeat(count.min(MOST / text.len().max(1)))
    });
    Some(pieces.collect())
}
