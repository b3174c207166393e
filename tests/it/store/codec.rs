//! Rows carry their version.

use super::workspace;
use medic::domain::{ActionName, Delivery, DeliveryState, Incident, Payload, PlanId, Target};
use medic::store::codec::{
    Row, decode, delete_change, encode, key, load, load_page, padded, put_change,
};
use medic::store::memory::MemoryStore;
use medic::store::{Batch, Order, Store};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Shelf {
    number: u64,
    colour: String,
}

impl Row for Shelf {
    const TABLE: &'static str = "shelf";
    const VERSION: u32 = 3;

    fn id(&self) -> String {
        padded(self.number)
    }

    fn upgrade(from: u32, mut value: Value) -> Result<Value, String> {
        if from < 2 {
            return Err("shelves of version 1 were never released".to_owned());
        }
        value["colour"] = "white".into();
        Ok(value)
    }
}

fn read(text: &str) -> Result<Shelf, String> {
    decode(&key::<Shelf>(&workspace(), "1"), text).map_err(|e| e.to_string())
}

#[test]
fn a_row_comes_back_as_it_was_and_says_its_version() {
    let shelf = Shelf {
        number: 7,
        colour: "re\"d".to_owned(),
    };
    let text = encode(&shelf).unwrap();
    assert_eq!(&*text, r#"{"v":3,"row":{"number":7,"colour":"re\"d"}}"#);
    assert_eq!(read(&text).unwrap(), shelf);
}

#[test]
fn an_older_row_is_upgraded_or_refused_in_words() {
    let old = read(r#"{"v":2,"row":{"number":1}}"#).unwrap();
    assert_eq!(old.colour, "white");
    let older = read(r#"{"v":1,"row":{"number":1}}"#).unwrap_err();
    assert_eq!(
        older,
        "row acme/shelf/1: shelves of version 1 were never released"
    );
}

#[test]
fn a_row_of_a_newer_medic_is_refused() {
    let error = read(r#"{"v":4,"row":{"number":1,"colour":"x"}}"#).unwrap_err();
    assert!(
        error.contains("newer medic (version 4 of shelf, this one knows 3)"),
        "{error}"
    );
}

#[test]
fn what_is_no_row_is_refused_by_name() {
    for text in [
        "",
        "{}",
        "7",
        r#"{"v":3}"#,
        r#"{"v":-1,"row":{}}"#,
        r#"{"v":3,"row":}"#,
        r#"{"v":3,"row":{}}"#,
    ] {
        let error = read(text).unwrap_err();
        assert!(error.starts_with("row acme/shelf/1: "), "{error}");
    }
}

#[test]
fn rows_are_loaded_one_by_one_and_by_the_page() {
    let store = MemoryStore::new();
    let shelves: Vec<_> = [2, 10, 9]
        .map(|number| Shelf {
            number,
            colour: "blue".to_owned(),
        })
        .into();
    let changes = shelves
        .iter()
        .map(|shelf| put_change(&workspace(), shelf).unwrap());
    store
        .commit(Batch {
            records: vec![super::draft("a", "b")],
            changes: changes.collect(),
        })
        .unwrap();
    assert_eq!(
        load(&store, &workspace(), padded(9)).unwrap(),
        Some(shelves[2].clone())
    );
    assert_eq!(
        load::<Shelf>(&store, &workspace(), padded(1)).unwrap(),
        None
    );
    let page = load_page::<Shelf>(
        &store,
        &workspace(),
        "",
        Some(&padded(2)),
        5,
        Order::Ascending,
    );
    let numbers: Vec<_> = page.unwrap().iter().map(|shelf| shelf.number).collect();
    assert_eq!(numbers, [9, 10], "numbers sort as numbers");
    store
        .commit(Batch {
            records: vec![super::draft("a", "b")],
            changes: vec![delete_change::<Shelf>(&workspace(), padded(9))],
        })
        .unwrap();
    assert_eq!(
        load::<Shelf>(&store, &workspace(), padded(9)).unwrap(),
        None
    );
}

#[test]
fn the_deliveries_of_a_plan_lie_together_in_order() {
    let delivery = |plan, index| Delivery {
        plan: PlanId::new(plan),
        index,
        step: 0,
        target: Target::Team("ops".to_owned()),
        payload: Payload {
            summary: String::new(),
            parts: vec![],
        },
        idempotency_key: String::new(),
        maybe_done: false,
        attempts: 0,
        state: DeliveryState::Queued,
    };
    let store = MemoryStore::new();
    let rows = [delivery(1, 10), delivery(1, 9), delivery(11, 0)];
    let changes = rows
        .iter()
        .map(|row| put_change(&workspace(), row).unwrap());
    store
        .commit(Batch {
            records: vec![super::draft("a", "b")],
            changes: changes.collect(),
        })
        .unwrap();
    let prefix = format!("{}/", padded(1));
    let page = load_page::<Delivery>(&store, &workspace(), &prefix, None, 9, Order::Ascending);
    let indexes: Vec<_> = page.unwrap().iter().map(|row| row.index).collect();
    assert_eq!(indexes, [9, 10]);
}

#[test]
fn an_incident_that_holds_its_merchants_itself_comes_back_whole() {
    let text = r#"{"v":1,"row":{"id":"INC-4","pattern":"P-9","label":"webhooks","alert":"many",
        "opened_at":"2026-01-05T08:00:00Z","updated_at":"2026-01-05T08:00:00Z",
        "merchants":{"M1":{"tickets":2,"verified":true},"M2":{"tickets":1,"verified":false}},
        "counting_keys":["c:kim","v:M1"],"reached":{"guide":["M1"]},
        "tickets":3,"sample":["T-1","T-2","T-3"],"stages":{},"severity":"high","checkout_failures":0,
        "affected_customers":0,"asked":0,"asked_tickets":0,"plans":[],"actions":[],"rejected":[]}}"#;
    let incident: Incident = decode(&key::<Incident>(&workspace(), "4"), text).unwrap();
    assert_eq!(incident.distinct, 2);
    let names: Vec<_> = incident
        .merchants
        .iter()
        .map(|(id, _)| id.to_string())
        .collect();
    assert_eq!(names, ["M1", "M2"]);
    let guide = ActionName::new("guide");
    assert_eq!(incident.merchants.reached()[&guide].len(), 1);
    let mut merchants = incident.merchants;
    assert_eq!(merchants.take_changed().len(), 2, "each is to be written");
}
