//! Probes: a place that does not work yet forbids "healed", whatever the silence says.

use crate::support::receiver::{Behave, Rogue};
use crate::support::world::World;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const GUIDE: &str = "send_configuration_guide";
const ISSUE: &str = "Orders do not arrive, webhook fails";
const TIMEOUT: &str =
    "WebhookTimeout: order.created webhook failed after 30s - endpoint unreachable";

/// A storefront in which M3's checkout does not work until it is mended.
async fn storefront(mended: &Arc<AtomicBool>) -> Rogue {
    let mended = Arc::clone(mended);
    Rogue::speaking(move |seen| {
        let works = mended.load(Ordering::SeqCst) || !seen.path().contains("M3");
        let body = format!(
            "{{\"checkout\": \"{}\"}}",
            if works { "up" } else { "down" }
        );
        Behave::Answer(200, Vec::new(), body)
    })
    .await
}

fn outcome(world: &World) -> String {
    let card = world.card("INC-1");
    let line = card.lines().find(|line| line.starts_with("Outcome: "));
    line.unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_probe_that_fails_forbids_healed_and_one_that_passes_is_evidence() {
    let mended = Arc::new(AtomicBool::new(false));
    let shop = storefront(&mended).await;
    let probe = format!(
        "[[actions.{GUIDE}.probes]]\nname = \"checkout\"\nendpoint = \"storefront\"\n\
         path = \"/health/{{{{ merchant }}}}\"\nexpect = \"200; /checkout=up\"\n\
         [endpoints.storefront]\nbase_url = \"{}\"\nallow_private = true\n",
        shop.url()
    );
    let mut world = World::with_action(GUIDE, &probe).await;
    world.webhooks_time_out().await;
    for _ in 0..8 {
        world.later(15).await;
        for number in 1..=6 {
            let merchant = format!("M{number}");
            world.merchant_posts(&merchant, ISSUE, TIMEOUT).await;
        }
    }
    world.later(15).await;
    world.approves("ana", "INC-1", GUIDE).await;
    assert!(shop.seen().is_empty(), "asked before anything was done");
    for _ in 0..12 {
        world.later(30).await;
    }
    let silent = outcome(&world);
    assert!(
        silent.starts_with("Outcome: cannot tell yet: 6 treated merchants: 0 tickets"),
        "{silent}"
    );
    insta::assert_snapshot!(silent.split("%)").last().unwrap(), @", but a probe says that it does not work yet; the check confirms 6 of 6; probes: 5 of 6 pass. Failing: checkout.");
    assert!(
        !world
            .records("INC-1")
            .contains(&"incident.closed".to_owned())
    );
    assert!(shop.seen().iter().all(|seen| seen.method() == "GET"));

    mended.store(true, Ordering::SeqCst);
    for _ in 0..12 {
        world.later(30).await;
    }
    let healed = outcome(&world);
    assert!(healed.starts_with("Outcome: healed: "), "{healed}");
    assert!(healed.ends_with("probes: 6 of 6 pass."), "{healed}");
    let records = world.records("INC-1");
    assert!(
        records.contains(&"incident.closed".to_owned()),
        "{records:?}"
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_probe_is_said_by_its_place() {
    use medic::config::{Config, EnvSource};
    let wrong = "[[actions.x.probes]]\nname = \"checkout\"\nendpoint = \"storefrnt\"\npath = \"/\"\n\
        [actions.x]\ndescription = \"X.\"\nconnector = \"http\"\nrisk = \"low\"\nremedial = true\nreaches = \"each_merchant\"\nwith = {}\n\
        [endpoints.storefront]\nbase_url = \"\"\n";
    let env = EnvSource::fixed([]);
    let errors = Config::read("medic.toml", wrong, &env)
        .err()
        .unwrap()
        .to_string();
    assert!(
        errors.contains("there is no [endpoints.storefrnt]; did you mean `storefront`?"),
        "{errors}"
    );
}
