//! What is made of a model's answer.

use super::{TIMEOUT, about, asking, chain_of, classes};
use crate::support::models::{claims, gemini, json_type, said, shown};
use crate::support::receiver::{Behave, Rogue};
use medic::config::{Config, EnvSource};
use medic::domain::{Reach, RootCause, Verdict};
use medic::reason::Diagnose as _;
use serde_json::{Value, json};

#[tokio::test]
async fn a_model_answers_where_our_rules_find_nothing_and_nothing_rests_on_it() {
    let server = gemini(|tickets| claims("platform_bug", 99, tickets)).await;
    let chain = asking(&server, "");
    let found = chain.diagnose(&about(7, "The shop is odd today", "")).await;
    assert_eq!(found.provider, "gemini");
    assert_eq!(found.model_version, "gemini-3.8-flash");
    assert_eq!(
        found.provider_note,
        "gemini answered, the offline rules ran beside it"
    );
    assert_eq!(
        classes(&found),
        [(RootCause::PlatformBug, 80, Reach::Model)],
        "a model's word alone is worth no more than 80"
    );
    assert_eq!(
        (found.root_cause, found.verdict),
        (RootCause::PlatformBug, Verdict::Likely)
    );
    assert_eq!(found.grounded.root_cause, RootCause::Unknown);
    assert_eq!(found.ask_merchant, "Could you tell us when it began?");
    assert_eq!(
        found.hypotheses[0].evidence[0].quote,
        "The shop is odd today"
    );
}

#[tokio::test]
async fn a_model_that_agrees_adds_a_little_and_our_rules_keep_the_word() {
    let server = gemini(|tickets| claims("webhook_configuration", 99, tickets)).await;
    let question = about(7, "Please look at this", TIMEOUT);
    let own = chain_of(&Config::load(None, &EnvSource::fixed([])).unwrap());
    let own = own.diagnose(&question).await;
    let found = asking(&server, "").diagnose(&question).await;
    assert_eq!(found.reach, Reach::Signature);
    assert_eq!(found.explanation, own.explanation);
    assert_eq!(found.grounded, own.grounded);
    assert_eq!(found.runbook, own.runbook);
    assert_eq!(found.ask_merchant, own.ask_merchant);
    assert!((own.confidence..=own.confidence + 10).contains(&found.confidence));
    assert!(!found.contested && found.disagreement.is_empty());
}

#[tokio::test]
async fn a_model_that_disagrees_is_told_and_contests() {
    let server = gemini(|tickets| claims("third_party_outage", 95, tickets)).await;
    let question = about(7, "Please look at this", TIMEOUT);
    let found = asking(&server, "").diagnose(&question).await;
    assert_eq!(found.root_cause, RootCause::WebhookConfiguration);
    assert_eq!(
        found.verdict,
        Verdict::Likely,
        "a standing rival takes CONFIRMED away"
    );
    assert!(found.contested);
    assert_eq!(
        found.disagreement,
        "our own rules say webhook configuration (86 of 100), gemini says an outage at a third \
         party (80 of 100)"
    );
}

#[tokio::test]
async fn claims_without_a_standing_quote_and_inventions_are_dropped_and_told() {
    let server = gemini(|_| {
        json!({
            "hypotheses": [
                {"root_cause": "platform_bug", "explanation": "x", "runbook": "no-such-runbook",
                 "confidence": 90, "against": "", "would_tell": ""},
                {"root_cause": "sabotage", "explanation": "x", "runbook": "", "confidence": 90,
                 "against": "", "would_tell": "", "risk": "low"},
            ],
            "evidence": [{"hypothesis": 1, "source": "T-7", "quote": "words nobody wrote"}],
            "action": "send_configuration_guide",
            "ask_merchant": "",
            "assumptions": [],
        })
        .to_string()
    })
    .await;
    let found = asking(&server, "")
        .diagnose(&about(7, "The shop is odd today", ""))
        .await;
    assert_eq!(found.root_cause, RootCause::Unknown);
    insta::assert_snapshot!(found.dropped.join("\n"), @r"
    a defect in the platform, by a model's judgement: what it quotes stands in no ticket
    gemini: it named its own action, which code decides and nobody else
    gemini: it named its own risk, which code decides and nobody else
    gemini: it named a runbook that does not exist
    gemini: it named a class that does not exist
    ");
}

#[tokio::test]
async fn an_answer_that_repeats_its_instructions_is_thrown_away_and_flagged() {
    let server = Rogue::speaking(|seen| {
        let body: Value = serde_json::from_str(&seen.body).unwrap();
        let system = body["systemInstruction"]["parts"][0]["text"]
            .as_str()
            .unwrap();
        let mut answer: Value =
            serde_json::from_str(&claims("documentation_gap", 99, &shown(seen))).unwrap();
        answer["ask_merchant"] = json!(system);
        Behave::Answer(200, json_type(), said(&answer.to_string()).to_string())
    })
    .await;
    let found = asking(&server, "")
        .diagnose(&about(7, "The shop is odd today", ""))
        .await;
    assert_eq!(
        (found.provider.as_str(), found.root_cause),
        ("offline", RootCause::Unknown)
    );
    assert_eq!(
        found.suspicious,
        ["gemini: its answer repeated hidden instructions and was thrown away"]
    );
    assert_eq!(server.seen().len(), 1, "it is not asked again");
}
