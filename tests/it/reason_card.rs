//! What a card says about a diagnosis, to a person who has to decide at night.

use super::support::models::gemini;
use super::support::world::World;
use medic::domain::card::{Card, Line, plain};
use serde_json::json;

/// Everything that a card says about why, and how far to trust it.
fn told(card: &Card) -> String {
    let mut out = Vec::new();
    let mut add = |head: &str, text: String| {
        if !text.is_empty() {
            out.push(format!("{head}: {text}"));
        }
    };
    let lines = |lines: &[Line]| lines.iter().map(plain).collect::<Vec<_>>();
    for fact in &card.facts {
        if ["Cause", "How sure"].contains(&fact.name) {
            add(fact.name, plain(&fact.value));
        }
    }
    add("Why", plain(&card.diagnosis));
    for quote in &card.evidence {
        add("Quote", format!("{} ({})", quote.text, quote.source));
    }
    for doubt in lines(&card.doubts) {
        add("Doubt", doubt);
    }
    for other in lines(&card.alternatives) {
        add("Or", other);
    }
    add("Ask", card.ask_merchant.clone());
    // The version changes with every rule and runbook.
    let (before, version) = card.provider.split_once("(version ").unwrap_or_default();
    let by = version.split_once(')').map_or_else(
        || card.provider.clone(),
        |(_, after)| format!("{before}(version){after}"),
    );
    add("By", by);
    out.join("\n")
}

fn card(world: &World, subject: &str) -> Card {
    let card = world
        .handle()
        .card(&world.workspace(), subject.parse().unwrap());
    card.unwrap().unwrap()
}

#[tokio::test]
async fn rival_explanations_come_with_what_would_tell_them_apart() {
    let mut world = World::new().await;
    world
        .merchant_posts(
            "shop-1",
            "Cart is empty after sign-in since the update to 4.2, the plugin ignores the session. We moved to a new server as well.",
            "",
        )
        .await;
    let card = card(&world, "CASE-1");
    assert!(card.can_doubt);
    insta::assert_snapshot!(told(&card), @"
    Cause: a defect in the platform
    How sure: LIKELY, 45 of 100, by a rule of ours
    Why: The report says as a fact what the software does wrong or leaves undone.
    Quote: Cart is empty after sign-in since the update to 4.2, the plugin ignores the session. (ticket T-1)
    Or: a migration issue (21 of 100, by a rule of ours): The fault came with a move to another server or host. To tell: Does the cart also empty in a private window that has never visited the old shop?
    Ask: Does it also happen on a fresh installation of the same version, without other plugins?
    By: our own rules and runbooks (version); no model was asked: gemini has no key in GEMINI_API_KEY; openai has no reason.openai.base_url
    ");
}

#[tokio::test]
async fn a_ticket_that_tells_no_cause_says_so_and_has_a_question_ready() {
    let mut world = World::new().await;
    world
        .merchant_posts(
            "shop-1",
            "Refund of a card payment is stuck, any ideas?",
            "",
        )
        .await;
    let card = card(&world, "CASE-1");
    assert!(!card.can_doubt, "no cause is given, so none can be wrong");
    insta::assert_snapshot!(told(&card), @"
    Cause: not known
    How sure: INCONCLUSIVE: nothing points to a cause
    Why: The tickets tell what happens, but not why: no error signature and no cue of a cause stands in them.
    Ask: Since when does it happen, what did you do right before it, and what does the message say, word for word?
    By: our own rules and runbooks (version); no model was asked: gemini has no key in GEMINI_API_KEY; openai has no reason.openai.base_url
    ");
}

#[tokio::test]
async fn what_a_model_invents_is_dropped_in_plain_words() {
    let server = gemini(|tickets| {
        json!({
            "hypotheses": [
                {"root_cause": "platform_bug", "explanation": "A defect.", "runbook": "no-such-runbook", "confidence": 99, "against": "Only one shop is hit.", "would_tell": "Is it there in the demo shop?"},
                {"root_cause": "third_party_outage", "explanation": "An outage.", "runbook": "", "confidence": 60, "against": "", "would_tell": ""},
            ],
            "evidence": [
                {"hypothesis": 1, "source": tickets[0]["id"], "quote": "invoices carry"},
                {"hypothesis": 2, "source": tickets[0]["id"], "quote": "the provider's status page is red"},
            ],
            "ask_merchant": "Which number should the next invoice have?",
            "assumptions": ["All invoices are made by the same program."],
        })
        .to_string()
    })
    .await;
    let mut world = World::asking(Some(&server.url()), "").await;
    world
        .merchant_posts("shop-1", "Invoices carry last year's number", "")
        .await;
    insta::assert_snapshot!(told(&card(&world, "CASE-1")), @"
    Cause: a defect in the platform
    How sure: LIKELY, 80 of 100, by a model's judgement
    Why: A defect.
    Quote: Invoices carry (ticket T-1)
    Doubt: They differ: our own rules find no cause, gemini says a defect in the platform (80 of 100)
    Doubt: Against it: Only one shop is hit.
    Doubt: Assumed: All invoices are made by the same program.
    Doubt: Dropped: an outage at a third party, by a model's judgement: what it quotes stands in no ticket
    Doubt: Dropped: gemini: it named a runbook that does not exist
    Ask: Which number should the next invoice have?
    By: gemini (gemini-3.8-flash); gemini answered, the offline rules ran beside it
    ");
}
