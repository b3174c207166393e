//! Merchants, and what of people may not be kept.

use super::*;

#[test]
fn merchants_that_look_alike_stay_apart() {
    let ids = [
        "acme-store",
        "ACME-STORE",
        "аcme-store",
        "acme_store",
        "acme\u{2011}store",
        "acme store",
        "ａｃｍｅ-store",
        "é",
        "e\u{301}",
    ];
    let kept: Vec<String> = ids
        .iter()
        .map(|id| {
            taken(&json!({"issue": "a", "merchant_id": id}))
                .merchant
                .unwrap()
                .id
                .to_string()
        })
        .collect();
    assert_eq!(kept, ids);
    assert_eq!(
        taken(&json!({"issue": "a", "merchant_id": 981}))
            .merchant
            .unwrap()
            .id
            .as_str(),
        "981"
    );
}

#[test]
fn claimed_merchants_of_one_author_count_once() {
    let raw = |merchant: &str| RawTicket {
        issue: "a".into(),
        merchant_id: merchant.into(),
        ..RawTicket::default()
    };
    let key = |merchant: &str, rules: &SourceRules| {
        accept(raw(merchant), rules, now())
            .unwrap()
            .merchant
            .unwrap()
            .counting_key()
    };
    let author = |name: &str| SourceRules {
        author: Some(name.into()),
        ..rules()
    };
    assert_eq!(key("M1", &author("ana")), key("M2", &author("ana")));
    assert_ne!(key("M1", &author("ana")), key("M1", &author("ben")));
    assert_eq!(key("M1", &rules()), key("M2", &rules()));
    assert_ne!(key("M1", &verified()), key("M2", &verified()));
    assert!(!key("M1", &author("ana@shop.example")).contains("ana@"));
}

#[test]
fn nothing_personal_is_kept_anywhere_in_a_ticket() {
    let draft = taken(&json!({
        "ticket_id": "mail-nora@shop.example", "merchant_id": "nora@shop.example",
        "issue": "nora@shop.example cannot log in", "merchant_message": "I am nora@shop.example, \u{1b}[31mola@shop.example\u{1b}[0m",
        "error_log": "user=nora@shop.example", "category": "nora@shop.example", "migration_stage": "nora@shop.example",
        "contact": {"email": "nora@shop.example"},
        "reply_to": "nora@shop.example", "nora@shop.example": true, "password": "hun\"ter7", "pin": 4242424242424242_u64,
        "customer": {"phone": 4155550132_u64, "notes": [{"secret": "aB3dE6gH9jK2"}, "nora@shop.example"], "total": 12.50},
    }));
    assert_eq!(draft.contact["email"], "nora@shop.example");
    let ticket = serde_json::to_value(draft.clone().into_ticket(TicketId::new(1))).unwrap();
    let text = ticket.to_string();
    for secret in [
        "nora@",
        "ola@",
        "hun",
        "ter7",
        "4242424242424242",
        "4155550132",
        "aB3dE6gH9jK2",
    ] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    assert_eq!(draft.issue, "‹email:1› cannot log in");
    assert_eq!(draft.merchant_message, "I am ‹email:1›, ‹email:2›");
    assert_eq!(draft.attributes["reply_to"], "‹email:1›");
    assert_eq!(draft.attributes["customer"]["total"], "12.5");
    assert_eq!(draft.redacted["email"], 9);
}

#[test]
fn a_merchant_named_by_an_address_stays_one_merchant_under_another_name() {
    let id = |merchant: &str| {
        taken(&json!({"issue": "a", "merchant_id": merchant}))
            .merchant
            .unwrap()
            .id
    };
    assert_eq!(id("nora@shop.example"), id("nora@shop.example"));
    assert_ne!(id("nora@shop.example"), id("ola@shop.example"));
    assert_ne!(id("nora@shop.example"), id("NORA@shop.example"));
    assert_eq!(
        id("nora@shop.example"),
        merchant_id("nora@shop.example", &[0; 32])
    );
    assert_ne!(
        merchant_id("nora@shop.example", &[0; 32]),
        merchant_id("nora@shop.example", &[1; 32])
    );
    assert!(id("nora@shop.example").as_str().starts_with("email-"));
}

#[test]
fn control_characters_cannot_act_and_are_not_lost() {
    let draft = taken(
        &json!({"issue": "a\u{0}b\u{7f}\u{9b}", "merchant_message": "x\u{1b}]0;title\u{7}y\u{1b}[1;31mz\u{1b}[",
        "error_log": "one\n\ttwo\r\n"}),
    );
    assert_eq!(draft.issue, "a␀b␡\u{fffd}");
    assert_eq!(draft.merchant_message, "xyz␛[");
    assert_eq!(draft.error_log, "one\n\ttwo\r\n");
    let coloured = format!(
        "\u{1b}[31mgh{}\u{1b}[0m",
        "p_Qm4tZ8kLr2vXw7NpB3sYc6HdJf9GQm4tZ8kL"
    );
    assert_eq!(taken(&json!({"issue": coloured})).issue, "‹gh-token:1›");
}
