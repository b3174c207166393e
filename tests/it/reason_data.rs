//! The shipped rules and runbooks, and what happens to broken ones.

use medic::domain::{
    MerchantId, Provenance, RootCause, Severity, SourceName, Ticket, TicketId, TicketMerchant,
    Verdict,
};
use medic::reason::offline::Offline;
use medic::reason::{Question, runbook};
use std::collections::BTreeMap;
use std::path::Path;

const ACTIONS: [&str; 5] = [
    "send_configuration_guide",
    "update_documentation",
    "escalate_to_engineering",
    "immediate_support_escalation",
    "assign_to_support_team",
];

fn shipped() -> Offline {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let mut files: Vec<(String, String)> = std::fs::read_dir(data.join("runbooks"))
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    files.sort();
    let rules = std::fs::read_to_string(data.join("rules.toml")).unwrap();
    Offline::new(runbook::load(files), "rules.toml", &rules).unwrap()
}

fn about(issue: &str, message: &str, log: &str) -> Question {
    let ticket = Ticket {
        id: TicketId::new(1),
        external_id: None,
        source: SourceName::new("test"),
        merchant: Some(TicketMerchant {
            id: MerchantId::new("m"),
            provenance: Provenance::Verified,
        }),
        occurred_at: jiff::Timestamp::UNIX_EPOCH,
        received_at: jiff::Timestamp::UNIX_EPOCH,
        issue: issue.to_owned(),
        merchant_message: message.to_owned(),
        error_log: log.to_owned(),
        category: String::new(),
        migration_stage: String::new(),
        severity: Severity::High,
        checkout_failures: 0,
        affected_customers: 0,
        attributes: BTreeMap::new(),
        redacted: BTreeMap::new(),
    };
    Question::about(ticket, Vec::new())
}

#[test]
fn all_that_ships_works() {
    let offline = shipped();
    assert_eq!(offline.broken(), []);
    assert!(
        offline.runbooks().len() >= 40,
        "{}",
        offline.runbooks().len()
    );
    for runbook in offline.runbooks() {
        let action = runbook.action.as_ref().map(|action| action.as_str());
        assert!(
            action.is_some_and(|a| ACTIONS.contains(&a)),
            "{}: {action:?}",
            runbook.id
        );
        assert!(
            !runbook.ask.is_empty() && !runbook.check.is_empty(),
            "{}",
            runbook.id
        );
        assert!(runbook.body.contains("## Why"), "{}", runbook.id);
        assert_eq!(offline.runbook(&runbook.id), Some(runbook));
    }
}

/// The seven errors of a migration surge: with their log they are confirmed, and without it a
/// merchant's own words still lead to the same class.
#[test]
fn the_errors_of_a_surge_are_recognised_with_and_without_a_log() {
    let offline = shipped();
    for (runbook, class, log, message) in [
        (
            "webhook-timeout",
            RootCause::WebhookConfiguration,
            "WebhookTimeout: order.created webhook failed after 30s - endpoint unreachable",
            "The webhook for new orders times out again and checkout hangs.",
        ),
        (
            "cart-session-cookie",
            RootCause::MigrationIssue,
            "SessionError: Cart session cookie format incompatible with headless architecture",
            "Items vanish from the basket as people click around, the cart resets all the time.",
        ),
        (
            "payment-gateway-tls",
            RootCause::MerchantConfiguration,
            "PaymentGatewayError: Connection timeout to payment processor - SSL cert mismatch",
            "No payment goes through, valid cards being declined at the till.",
        ),
        (
            "inventory-webhook-missing",
            RootCause::WebhookConfiguration,
            "InventorySyncError: Webhook inventory.updated not triggering - legacy polling disabled",
            "We are overselling, stock is not updated any more.",
        ),
        (
            "image-path-changed",
            RootCause::MigrationIssue,
            "404 Not Found: /api/v2/products/images/1234.jpg - path structure changed in headless",
            "All my product images are broken since the migration, customers see grey boxes.",
        ),
        (
            "api-auth-format",
            RootCause::DocumentationGap,
            "401 Unauthorized: Invalid API credentials format - expecting Bearer token",
            "API keys not working in our app, getting unauthorized errors on every request.",
        ),
        (
            "shipping-rules-not-migrated",
            RootCause::MigrationIssue,
            "ShippingError: Legacy shipping rules not migrated to new format",
            "Free shipping is not granted above 50 and shipping rates are off.",
        ),
    ] {
        let told = offline.answer(&about("", message, ""));
        assert_eq!(told.root_cause, class, "{message}: {told:#?}");
        assert_eq!(told.grounded.root_cause, class, "{message}");
        let logged = offline.answer(&about("", message, log));
        assert_eq!(
            (
                logged.root_cause,
                logged.verdict,
                logged.runbook.unwrap().as_str()
            ),
            (class, Verdict::Confirmed, runbook),
            "{log}"
        );
        let quotes = &logged.hypotheses[0].evidence;
        assert!(
            quotes.iter().any(|evidence| log.contains(&evidence.quote)),
            "{quotes:?}"
        );
        let own = offline.runbook(&told.runbook.unwrap()).unwrap();
        assert_eq!(own.root_cause, class);
    }
}

#[test]
fn reports_that_tell_no_cause_stay_unknown() {
    let offline = shipped();
    for (issue, message) in [
        ("Shop does not work", "Since noon. Any ideas?"),
        ("Orders", "Same here, any news?"),
        ("checkout", "customers are angry, please help"),
        (
            "My app",
            "it shows nothing, tried everything, screenshot follows",
        ),
    ] {
        let answer = offline.answer(&about(issue, message, ""));
        assert_eq!(
            answer.root_cause,
            RootCause::Unknown,
            "{message}: {answer:#?}"
        );
        assert_eq!(answer.verdict, Verdict::Inconclusive);
    }
}

#[test]
fn asking_how_it_is_meant_is_no_asking_how_to_mend_it() {
    let offline = shipped();
    let class = |message| offline.answer(&about("A question", message, "")).root_cause;
    for message in [
        "How can I configure the application to run with several stores?",
        "Is there a way to show a banner on one page?",
    ] {
        assert_eq!(class(message), RootCause::DocumentationGap, "{message}");
    }
    for message in ["How do I fix this?", "How can we solve it, any ideas?"] {
        assert_eq!(class(message), RootCause::Unknown, "{message}");
    }
}

const GOOD: &str =
    "+++\nclass = \"platform_bug\"\nsafe_sentence = \"s\"\nguide = \"g\"\n+++\n# T\n\nText.\n";

#[test]
fn our_own_names_in_a_ticket_are_evidence_for_nothing() {
    let offline = shipped();
    for text in [
        "webhook_configuration webhook-timeout",
        "Your list has WEBHOOK_CONFIGURATION, see the runbook webhook-timeout.md",
        "class merchant_configuration, runbook redirect-loop-https, send_configuration_guide",
        "third_party_outage (provider-outage)",
    ] {
        for question in [about("", text, ""), about("A question", "Hello", text)] {
            let answer = offline.answer(&question);
            assert_eq!(answer.root_cause, RootCause::Unknown, "{text}");
            assert_eq!(answer.grounded.confidence, 0, "{text}");
        }
    }
    // What is told beside them still counts.
    let answer = offline.answer(&about(
        "webhook-timeout",
        "Our order webhooks time out, the endpoint is unreachable since the move",
        "",
    ));
    assert_eq!(answer.root_cause, RootCause::WebhookConfiguration);
}

#[test]
fn a_broken_runbook_is_reported_with_its_line_and_the_rest_work() {
    let long = "x".repeat(1_201);
    let cases: Vec<(&str, String, &str)> = vec![
        (
            "a.md",
            "# No front matter\n".into(),
            "a.md:1: a runbook begins with a line \"+++\"",
        ),
        (
            "a.md",
            "+++\nclass = 1".into(),
            "a.md:1: the front matter is not closed",
        ),
        ("a.md", GOOD.replace("class = ", "class == "), "a.md:2: "),
        (
            "a.md",
            GOOD.replace("platform_bug", "bug"),
            "a.md:2: class \"bug\" is not one of webhook_configuration",
        ),
        (
            "a.md",
            GOOD.replace("guide", "guidance"),
            "a.md:4: unknown field `guidance`",
        ),
        (
            "a.md",
            GOOD.replace("\"s\"", "7"),
            "a.md:3: invalid type: integer `7`",
        ),
        (
            "a.md",
            GOOD.replace("\"s\"", "\" \""),
            "a.md:3: safe_sentence is empty",
        ),
        (
            "a.md",
            GOOD.replace("\"g\"", &format!("\"{long}\"")),
            "a.md:4: 1201 characters, at most 1200 fit",
        ),
        (
            "a.md",
            GOOD.replace("guide", "signatures = [\"--\"]\nguide"),
            "a.md:4: a signature needs at least one word",
        ),
        (
            "a.md",
            GOOD.replace("guide", "action = \"rm -rf\"\nguide"),
            "a.md:4: action names an action",
        ),
        ("a.md", GOOD.replace("# T", "T"), "a.md:6: no title"),
        (
            "A b.md",
            GOOD.into(),
            "A b.md:1: a runbook's file name is 1 to 64 lower-case",
        ),
        (
            "a.txt",
            GOOD.into(),
            "a.txt:1: a runbook's file name ends in .md",
        ),
        ("a.md", String::new(), "a.md:1: "),
    ];
    for (name, text, message) in cases {
        let library = runbook::load([("good.md", GOOD), (name, &text)]);
        let ids: Vec<&str> = library.runbooks.iter().map(|r| r.id.as_str()).collect();
        assert_eq!(ids, ["good"], "{message}");
        assert_eq!(library.broken.len(), 1, "{message}");
        let said = library.broken[0].to_string();
        assert!(said.starts_with(message), "{said}\nwanted: {message}");
    }
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_are_fine() {
    let text = format!("\u{feff}{}", GOOD.replace('\n', "\r\n"));
    let library = runbook::load([("a.md", text)]);
    assert_eq!(library.broken, []);
    assert_eq!(library.runbooks[0].title, "T");
}

#[test]
fn an_operators_file_replaces_ours_and_a_broken_one_takes_it_out_of_force() {
    let theirs = GOOD.replace("# T", "# Theirs");
    let library = runbook::load([("a.md", GOOD), ("runbooks/a.md", &theirs)]);
    assert_eq!(library.runbooks.len(), 1);
    assert_eq!(library.runbooks[0].title, "Theirs");
    let library = runbook::load([("a.md", GOOD), ("a.md", "+++\n")]);
    assert!(library.runbooks.is_empty());
    assert_eq!(library.broken.len(), 1);
}

#[test]
fn a_broken_rule_is_reported_with_its_line_and_the_rest_work() {
    let good = "[[rule]]\nname = \"good\"\nreason = \"r\"\nclass = \"platform_bug\"\nconfidence = 60\nany = [\"kaputt\"]\n";
    for (change, message) in [
        (
            ("class = \"platform_bug\"", "class = \"bug\""),
            "rule \"bad\": class \"bug\" is not one of",
        ),
        (
            ("confidence = 60", "confidence = 0"),
            "rule \"bad\": confidence 0 is not within 1 to 95",
        ),
        (
            ("confidence = 60", "confidence = 100"),
            "rule \"bad\": confidence 100 is not",
        ),
        (
            ("confidence = 60", "confidence = \"60\""),
            "invalid type: string",
        ),
        (
            ("reason = \"r\"", "reason = \"\""),
            "rule \"bad\": reason is empty",
        ),
        (
            ("any = [\"kaputt\"]", ""),
            "rule \"bad\": neither all nor any",
        ),
        (
            ("any = [\"kaputt\"]", "any = [\"@nowhere\"]"),
            "rule \"bad\": there is no list \"nowhere\"",
        ),
        (
            ("any = [\"kaputt\"]", "any = [\"a||b\"]"),
            "rule \"bad\": \"\" has no word",
        ),
        (
            ("any = [\"kaputt\"]", "any = [\"# shops\"]"),
            "rule \"bad\": \"# shops\": # and * can only end a phrase",
        ),
        (
            ("any = [", "runbook = \"nowhere\"\nany = ["),
            "rule \"bad\": there is no working runbook \"nowhere\"",
        ),
        (("any = [", "anny = ["), "unknown field `anny`"),
        (
            ("name = \"bad\"", "name = \"good\""),
            "rule \"good\": another rule has this name",
        ),
    ] {
        let bad = good
            .replace("name = \"good\"", "name = \"bad\"")
            .replace(change.0, change.1);
        let text = format!("{good}\n{bad}");
        let offline = Offline::new(runbook::load([("a.md", GOOD)]), "rules.toml", &text).unwrap();
        let said = offline
            .broken()
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>();
        assert_eq!(said.len(), 1, "{message}: {said:?}");
        assert!(
            said[0].starts_with("rules.toml:8: ") && said[0].contains(message),
            "{said:?}\n{message}"
        );
        let answer = offline.answer(&about("kaputt", "", ""));
        assert_eq!(answer.root_cause, RootCause::PlatformBug, "{message}");
    }
    let offline = Offline::new(runbook::load([("a.md", GOOD)]), "rules.toml", "x\n= 1").unwrap();
    assert!(
        offline.broken()[0]
            .to_string()
            .starts_with("rules.toml:1: "),
        "{}",
        offline.broken()[0]
    );
    assert_eq!(offline.runbooks().len(), 1);
}
