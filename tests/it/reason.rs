//! Diagnosis as an operator sees it: what is answered, on which quotes, and what is refused.

mod tickets;

use medic::cli::diagnose::Row;
use medic::cli::eval;
use medic::domain::{
    EvidenceSource, Grounded, MerchantId, Provenance, Reach, RootCause, Severity, SourceName,
    Ticket, TicketId, TicketMerchant, Verdict,
};
use medic::reason::evidence::{Claim, Sources};
use medic::reason::offline::Offline;
use medic::reason::{Question, evidence, runbook};
use proptest::prelude::*;
use std::collections::BTreeMap;

const RULES: &str = r#"
[lists]
late = ["times out", "no answer"]

[[rule]]
name = "hook-late"
reason = "The endpoint is told to be late."
class = "webhook_configuration"
confidence = 60
all = ["webhook*"]
any = ["text:@late"]
none = ["resolved"]
runbook = "hook-late"

[[rule]]
name = "release"
reason = "It came with a release."
class = "platform_bug"
confidence = 60
all = ["since #"]

[[rule]]
name = "proxy"
reason = "A proxy stands in between."
class = "merchant_configuration"
confidence = 60
all = ["proxy"]
"#;

const HOOK: &str = r#"+++
class = "webhook_configuration"
signatures = ["HookTimeout unreachable"]
keywords = ["webhook", "endpoint"]
safe_sentence = "Your orders are kept."
ask = "Where does the webhook point to?"
action = "send_configuration_guide"
guide = "Check the address."
check = "The log shows 200."
undo = "Set the old address."
+++
# The webhook's endpoint is late

The endpoint does not answer in time.
"#;

const STOCK: &str = r#"+++
class = "merchant_configuration"
keywords = ["warehouse", "pallet", "forklift", "barcode", "scanner"]
safe_sentence = "Your stock is safe."
guide = "Scan the pallet again."
+++
# The warehouse scanner loses pallets

A pallet whose barcode was printed by the old forklift terminal is not known to the scanner.
"#;

fn offline() -> Offline {
    let library = runbook::load([("hook-late.md", HOOK), ("stock.md", STOCK)]);
    let offline = Offline::new(library, "rules.toml", RULES).unwrap();
    assert_eq!(offline.broken(), []);
    offline
}

fn ticket(number: u64, merchant: &str, issue: &str, message: &str, log: &str) -> Ticket {
    Ticket {
        id: TicketId::new(number),
        external_id: None,
        source: SourceName::new("test"),
        merchant: Some(TicketMerchant {
            id: MerchantId::new(merchant),
            provenance: Provenance::Verified,
        }),
        occurred_at: jiff::Timestamp::UNIX_EPOCH,
        received_at: jiff::Timestamp::UNIX_EPOCH,
        issue: issue.to_owned(),
        merchant_message: message.to_owned(),
        error_log: log.to_owned(),
        category: String::new(),
        migration_stage: String::new(),
        severity: Severity::Medium,
        checkout_failures: 0,
        affected_customers: 0,
        attributes: BTreeMap::new(),
        redacted: BTreeMap::new(),
    }
}

fn alone(issue: &str, message: &str, log: &str) -> Question {
    Question::about(ticket(1, "m-1", issue, message, log), Vec::new())
}

fn incident(tickets: Vec<Ticket>) -> Question {
    Question {
        label: "test".to_owned(),
        merchants: 1,
        ticket_count: u32::try_from(tickets.len()).unwrap(),
        severity: Severity::Medium,
        tickets,
        past: Vec::new(),
        ask_models: true,
    }
}

#[test]
fn an_error_signature_confirms_and_quotes_the_log() {
    let answer = offline().answer(&alone(
        "Orders stuck",
        "Please help",
        "12:00 ok\n12:01 HOOKTIMEOUT order.created:\tendpoint unreachable after 30s\n12:02 ok",
    ));
    assert_eq!(answer.root_cause, RootCause::WebhookConfiguration);
    assert_eq!(answer.verdict, Verdict::Confirmed);
    assert_eq!(answer.reach, Reach::Signature);
    assert_eq!(answer.grounded.root_cause, RootCause::WebhookConfiguration);
    assert_eq!(answer.runbook.unwrap().as_str(), "hook-late");
    assert_eq!(answer.provider, "offline");
    assert_eq!(
        answer.provider_note,
        "no model was asked: none is configured"
    );
    let best = &answer.hypotheses[0];
    assert_eq!(best.would_tell, "Where does the webhook point to?");
    assert_eq!(
        best.evidence[0].quote,
        "12:01 HOOKTIMEOUT order.created:\tendpoint unreachable after 30s"
    );
    assert_eq!(
        best.evidence[0].source,
        EvidenceSource::Ticket(TicketId::new(1))
    );
    assert_eq!(
        best.evidence[1].quote,
        "The endpoint does not answer in time."
    );
}

#[test]
fn the_words_of_a_signature_must_stand_together() {
    let parted = alone("HookTimeout", "", "host unreachable");
    assert_eq!(offline().answer(&parted).grounded, Grounded::default());
}

#[test]
fn a_rule_alone_is_likely_and_its_exception_silences_it() {
    let answer = offline().answer(&alone("", "Our webhooks get no answer.", ""));
    assert_eq!((answer.verdict, answer.confidence), (Verdict::Likely, 60));
    assert_eq!(answer.explanation, "The endpoint is told to be late.");
    let answer = offline().answer(&alone("", "Webhook got no answer, now resolved.", ""));
    assert_eq!(answer.root_cause, RootCause::Unknown);
    let in_log = offline().answer(&alone("webhook", "", "no answer"));
    assert_eq!(
        in_log.root_cause,
        RootCause::Unknown,
        "the rule asks for the text"
    );
}

#[test]
fn rivals_make_the_answer_unknown_and_both_stay_visible() {
    let answer = offline().answer(&alone("", "The proxy fails since 2.4.", ""));
    assert_eq!(
        (answer.root_cause, answer.verdict),
        (RootCause::Unknown, Verdict::Inconclusive)
    );
    assert_eq!(answer.grounded, Grounded::default());
    assert_eq!(answer.hypotheses.len(), 2);
    assert!(
        answer.explanation.contains("do not tell the cause"),
        "{}",
        answer.explanation
    );
}

#[test]
fn nothing_to_go_on_is_said_so() {
    for (issue, message) in [("", "It is broken, please help!"), ("", ""), ("???", "…")] {
        let answer = offline().answer(&alone(issue, message, ""));
        assert_eq!(answer.root_cause, RootCause::Unknown);
        assert_eq!(
            (answer.verdict, answer.confidence),
            (Verdict::Inconclusive, 0)
        );
        assert_eq!(answer.hypotheses, []);
        assert_eq!(answer.runbook, None);
    }
    let nobody = offline().answer(&incident(Vec::new()));
    assert_eq!(nobody.root_cause, RootCause::Unknown);
}

#[test]
fn likeness_to_a_runbook_never_supports_automation() {
    let question = alone(
        "Pallet lost at the scanner",
        "The warehouse scanner does not know the barcode of a forklift pallet.",
        "",
    );
    let answer = offline().answer(&question);
    assert_eq!(
        answer.hypotheses[0].root_cause,
        RootCause::MerchantConfiguration
    );
    assert_eq!(answer.hypotheses[0].reach, Reach::Retrieval);
    assert_eq!(answer.grounded, Grounded::default());
    assert_eq!(answer.verdict, Verdict::Inconclusive);
}

#[test]
fn a_claim_counts_only_as_far_as_its_quotes_stand_in_a_ticket() {
    let claim = |quotes: &[(EvidenceSource, &str)]| Claim {
        root_cause: RootCause::PlatformBug,
        explanation: String::new(),
        runbook: None,
        reach: Reach::Model,
        confidence: 99,
        quotes: quotes
            .iter()
            .map(|(s, q)| (s.clone(), (*q).to_owned()))
            .collect(),
        against: Vec::new(),
        would_tell: String::new(),
    };
    let of_ticket = |n| EvidenceSource::Ticket(TicketId::new(n));
    let of_runbook = || EvidenceSource::Runbook(medic::domain::RunbookId::new("hook-late"));
    let mut sources = Sources::default();
    sources.add(of_ticket(1), ["Mail to ‹email:1›", "The  CART is\nempty"]);
    sources.add(of_runbook(), ["The endpoint does not answer in time."]);
    let check = |quotes: &[(EvidenceSource, &str)]| evidence::check(vec![claim(quotes)], &sources);

    let (standing, dropped) = check(&[
        (of_ticket(1), "the cart is EMPTY"),
        (of_ticket(1), "invented words"),
    ]);
    assert_eq!(dropped, [] as [String; 0]);
    let stands = &standing[0].hypothesis().evidence;
    assert_eq!(
        (stands.len(), stands[0].quote.as_str()),
        (1, "The  CART is\nempty")
    );
    assert_eq!(
        evidence::verdict(&standing, Grounded::default()),
        Verdict::Likely,
        "a model never confirms"
    );

    for quotes in [
        &[][..],
        &[(of_ticket(1), "the cart is full")],
        &[(of_ticket(2), "the cart is empty")],
        &[(of_ticket(1), "<email:1>")],
        &[(of_ticket(1), "to")],
        &[(of_runbook(), "The endpoint does not answer in time.")],
    ] {
        let (standing, dropped) = check(quotes);
        assert!(standing.is_empty(), "{quotes:?}");
        assert!(dropped[0].contains("it quotes"), "{dropped:?}");
    }
}

#[test]
fn a_row_of_medic_diagnose_has_evidence_for_its_class_only() {
    let answer = offline().answer(&alone("", "", "HookTimeout: unreachable"));
    let row = serde_json::to_value(Row::of("ext-9", &answer)).unwrap();
    assert_eq!(row["ticket_id"], "ext-9");
    assert_eq!(row["root_cause"], "webhook_configuration");
    assert_eq!(row["verdict"], "CONFIRMED");
    assert_eq!(row["evidence"][0]["source"], "ticket T-1");
    assert_eq!(row["evidence"][0]["quote"], "HookTimeout: unreachable");
    let answer = offline().answer(&alone("", "The proxy fails since 2.4.", ""));
    assert!(Row::of("ext-9", &answer).evidence.is_empty());
}

#[test]
fn the_version_changes_with_rules_and_runbooks() {
    let version = |hook: &str, rules: &str| {
        let offline = Offline::new(runbook::load([("hook-late.md", hook)]), "r", rules).unwrap();
        offline.answer(&alone("", "x", "")).model_version
    };
    let first = version(HOOK, RULES);
    assert_eq!(first, version(HOOK, RULES));
    assert_ne!(first, version(&HOOK.replace("in time", "on time"), RULES));
    assert_ne!(first, version(HOOK, &RULES.replace("late.", "slow.")));
}

#[test]
fn figures_count_silence_and_confident_errors_apart() {
    let (labels, errors) = eval::labels(
        "ticket_id\ttopic\troot_cause\tbasis\n1\ta\twebhook_configuration\tthread\n\
         2\ta\tplatform_bug\tjudged\n3\tb\tunknown\tjudged\nbroken line\n",
    );
    assert_eq!(errors, [eval::LabelError { line: 5 }]);
    let offline = offline();
    let sure = offline.answer(&alone("", "", "HookTimeout: unreachable"));
    let silent = offline.answer(&alone("", "help", ""));
    let report = eval::score(
        [("1", &sure), ("2", &sure), ("3", &silent), ("4", &silent)],
        &labels,
    );
    assert_eq!(report.unlabelled, 1);
    assert_eq!(report.all.tickets, 3);
    assert_eq!(report.all.accuracy_milli, 667);
    assert_eq!(report.all.abstained_milli, 333);
    assert_eq!(
        (report.all.confident_milli, report.all.confident_wrong),
        (667, 1)
    );
    assert_eq!(report.all.confident_right_milli, 500);
    assert_eq!(report.by_basis["thread"].accuracy_milli, 1000);
    assert_eq!(report.by_class["webhook_configuration"].f1_milli, 667);
}

proptest! {
    /// Whatever a ticket holds: no panic, the same answer twice, every quote stands in the
    /// ticket as it is, and automation rests on rules and signatures alone.
    #[test]
    fn any_text_is_read_safely(
        issue in "\\PC{0,60}",
        message in "(webhook|times out|since 2|[‹›\\[\\]<>]|\u{200b}|\u{e0041}|\n|\\.|\\PC){0,40}",
        log in "(HookTimeout|unreachable|\\PC|\n| ){0,40}",
    ) {
        let question = alone(&issue, &message, &log);
        let offline = offline();
        let answer = offline.answer(&question);
        prop_assert_eq!(&answer, &offline.answer(&question));
        for hypothesis in &answer.hypotheses {
            prop_assert!(hypothesis.confidence <= 95);
            let tickets = hypothesis.evidence.iter()
                .filter(|e| matches!(e.source, EvidenceSource::Ticket(_)));
            prop_assert!(tickets.clone().count() > 0);
            for evidence in tickets {
                let stands = question.tickets[0].texts().iter().any(|t| t.contains(&evidence.quote));
                prop_assert!(stands, "{:?}", evidence.quote);
                prop_assert!(evidence.quote.chars().count() <= 300);
            }
        }
        if answer.verdict == Verdict::Confirmed {
            prop_assert_eq!(answer.grounded.root_cause, answer.root_cause);
        }
    }
}
