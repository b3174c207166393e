//! Hostile texts that nobody here wrote, through every message that may carry them.

use super::render::{assert_inert, foreign_card};
use crate::support::attacks::of_the_file;
use medic::discord::custom_id::CustomId;
use medic::discord::escape::{foreign, label};
use medic::discord::limits;
use medic::discord::message::Draft;
use medic::discord::render::card::{Around, card};
use medic::discord::render::{lists, question, thread};
use medic::domain::card::CardState;

#[test]
#[ignore = "reads the file that ATTACKS names, from outside the repository; .ci/checks runs it"]
fn hostile_texts_stay_inert_and_within_limits() {
    let (mut shown, mut pressed) = (0, 0);
    for attack in of_the_file() {
        let text = String::from_utf8_lossy(&attack.bytes);
        if attack.channel == "interaction" {
            assert!(text.parse::<CustomId>().is_err(), "{}", attack.id);
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
    assert!(shown > 0 && pressed > 0, "the file holds no attacks");
}
