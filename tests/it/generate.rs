//! Generated streams: the same for ever, true to their labels, and various enough to be a test.

use clap::Parser;
use medic::cli::generate::{GenerateArgs, run};
use medic::domain::Digest;
use medic::generate::{
    Aftermath, DEMO_TICKETS, Generated, Options, Scenario, demo_incidents, demo_loud_merchant,
    stream,
};
use std::collections::{BTreeMap, BTreeSet};

fn options(scenario: Scenario, count: u64, seed: u64) -> Options {
    let start = Options::DEFAULT_START.parse().unwrap();
    Options {
        scenario,
        count,
        seed,
        start,
    }
}

fn tickets(scenario: Scenario, count: u64, seed: u64) -> Vec<Generated> {
    stream(options(scenario, count, seed)).collect()
}

#[test]
fn a_stream_is_the_same_bytes_for_ever() {
    // A changed digest means that figures measured on these streams no longer compare: change
    // phrases only together with the figures.
    let digests = Scenario::ALL.map(|scenario| {
        let lines: String = stream(options(scenario, 3000, 7))
            .map(|generated| generated.ticket.to_line() + "\n")
            .collect();
        format!("{scenario} {}", Digest::of(lines).prefix())
    });
    insta::assert_snapshot!(digests.join("\n"), @r"
    steady e562459880026583
    surge ca27545df7a4e44d
    demo 7d4890af469de9f8
    ");
}

#[test]
fn another_seed_is_another_stream_and_ids_never_collide() {
    for scenario in Scenario::ALL {
        let ids = |seed| -> BTreeSet<String> {
            tickets(scenario, 150, seed)
                .into_iter()
                .map(|g| g.ticket.ticket_id)
                .collect()
        };
        assert!(ids(1).is_disjoint(&ids(2)));
    }
}

#[test]
fn streams_are_in_order_and_repeats_follow_their_originals_byte_for_byte() {
    for scenario in Scenario::ALL {
        let tickets = tickets(scenario, 3000, 5);
        assert!(
            tickets.is_sorted_by_key(|generated| generated.at),
            "{scenario}"
        );
        let mut seen = BTreeMap::new();
        let mut repeats = 0;
        for generated in &tickets {
            let line = generated.ticket.to_line();
            let earlier = seen.insert(generated.ticket.ticket_id.clone(), line.clone());
            assert_eq!(earlier.is_some(), generated.repeat);
            if let Some(earlier) = earlier {
                assert_eq!(earlier, line);
                repeats += 1;
            }
        }
        assert_eq!(
            repeats > 0,
            scenario != Scenario::Steady,
            "{scenario}: {repeats} repeats"
        );
    }
}

#[test]
fn steady_has_every_error_type_and_stage_in_hundreds_of_forms() {
    let tickets = tickets(Scenario::Steady, 5000, 3);
    assert_eq!(tickets.len(), 5000);
    let stages: BTreeSet<&str> = tickets.iter().map(|g| g.ticket.migration_stage).collect();
    assert_eq!(stages.len(), 8, "{stages:?}");
    let severities: BTreeSet<&str> = tickets.iter().map(|g| g.ticket.severity).collect();
    assert_eq!(severities.len(), 4, "{severities:?}");

    for pattern in [
        "webhook_timeout",
        "cart_persistence",
        "auth_failure",
        "image_404",
        "payment_gateway",
        "shipping_calculation",
        "inventory_sync",
    ] {
        let of_it: Vec<&Generated> = tickets.iter().filter(|g| g.pattern == pattern).collect();
        let messages: BTreeSet<&str> = of_it
            .iter()
            .map(|g| g.ticket.merchant_message.as_str())
            .collect();
        assert!(messages.len() >= 300, "{pattern}: {} forms", messages.len());
        let logs = of_it
            .iter()
            .filter(|g| !g.ticket.error_log.is_empty())
            .count();
        assert!(
            logs > of_it.len() / 2 && logs < of_it.len() * 7 / 10,
            "{pattern}: {logs}"
        );
        assert!(of_it.iter().all(|g| g.incident.is_none()));
    }
}

#[test]
fn steady_has_the_noise_of_a_real_inbox() {
    let tickets = tickets(Scenario::Steady, 5000, 3);
    let share = |what: fn(&str) -> bool| {
        tickets
            .iter()
            .filter(|g| what(&g.ticket.merchant_message))
            .count()
            * 1000
            / tickets.len()
    };
    let shares = [
        (
            "forwarded",
            share(|text| text.contains("Forwarded message")),
        ),
        (
            "German",
            share(|text| text.contains(" nicht ") || text.contains("Der Warenkorb")),
        ),
        (
            "French",
            share(|text| text.contains(" les ") || text.contains(" ne ")),
        ),
        (
            "greeted",
            share(|text| text.starts_with("Hi") || text.starts_with("Hello")),
        ),
        ("signed", share(|text| text.contains("\n\n"))),
        ("mail address", share(|text| text.contains('@'))),
    ];
    for (what, thousandths) in shares {
        assert!(
            (5..500).contains(&thousandths),
            "{what}: {thousandths} in a thousand"
        );
    }
    let nobody = tickets
        .iter()
        .filter(|g| g.ticket.merchant_id.is_empty())
        .count();
    assert!(
        (50..200).contains(&nobody),
        "{nobody} tickets name no merchant"
    );
}

#[test]
fn a_long_stream_costs_time_and_no_memory_and_keeps_its_span() {
    // Reading the whole of it into memory would take gigabytes; only its end is looked at.
    let options = options(Scenario::Steady, 20_000, 1);
    let first = stream(options).next().unwrap();
    let last = stream(options).last().unwrap();
    let days = (last.at.as_second() - first.at.as_second()) / 86_400;
    assert!((13..=18).contains(&days), "{days} days");
}

#[test]
fn surge_incidents_hit_many_merchants_within_hours() {
    let tickets = tickets(Scenario::Surge, 4000, 11);
    let mut incidents: BTreeMap<&str, Vec<&Generated>> = BTreeMap::new();
    for generated in &tickets {
        if let (Some(id), false) = (&generated.incident, generated.repeat) {
            incidents.entry(id).or_default().push(generated);
        }
    }
    assert!(incidents.len() >= 8, "{} incidents", incidents.len());
    // The count may cut the last one off.
    incidents.pop_last();
    for (id, tickets) in incidents {
        let merchants: BTreeSet<&str> = tickets
            .iter()
            .map(|g| g.ticket.merchant_id.as_str())
            .filter(|id| !id.is_empty())
            .collect();
        let patterns: BTreeSet<&str> = tickets.iter().map(|g| g.pattern).collect();
        let minutes = (tickets[tickets.len() - 1].at.as_second() - tickets[0].at.as_second()) / 60;
        assert_eq!(patterns.len(), 1, "{id}");
        assert!(
            (8..=60).contains(&tickets.len()),
            "{id}: {} tickets",
            tickets.len()
        );
        assert!(
            (4..=40).contains(&merchants.len()),
            "{id}: {} merchants",
            merchants.len()
        );
        assert!(minutes <= 360, "{id}: {minutes} minutes");
    }
}

#[test]
fn the_demo_morning_has_its_incidents_its_loud_merchant_and_nothing_else_that_looks_like_one() {
    for seed in 0..50 {
        let options = options(Scenario::Demo, DEMO_TICKETS, seed);
        let tickets: Vec<Generated> = stream(options).collect();
        assert_eq!(tickets.len(), 200);
        let from = "2026-01-05T08:00:00Z".parse().unwrap();
        let to = "2026-01-05T11:00:00Z".parse().unwrap();
        let originals: Vec<&Generated> = tickets.iter().filter(|g| !g.repeat).collect();
        assert!(originals.iter().all(|g| (from..to).contains(&g.at)));

        let incidents = demo_incidents(seed, options.start);
        let causes: BTreeSet<&str> = originals
            .iter()
            .filter(|g| g.incident.is_some())
            .map(|g| g.root_cause.as_str())
            .collect();
        assert_eq!(
            causes.into_iter().collect::<Vec<_>>(),
            [
                "documentation_gap",
                "merchant_configuration",
                "migration_issue",
                "webhook_configuration"
            ]
        );
        let mut everybody = BTreeSet::new();
        for incident in &incidents {
            let writers: BTreeSet<&str> = originals
                .iter()
                .filter(|g| g.incident.as_ref() == Some(&incident.id))
                .map(|g| g.ticket.merchant_id.as_str())
                .collect();
            assert!(writers.iter().copied().eq({
                let mut sorted: Vec<&str> = incident.merchants.iter().map(String::as_str).collect();
                sorted.sort_unstable();
                sorted
            }));
            assert!((5..=24).contains(&writers.len()), "{}", writers.len());
            assert!(
                writers.iter().all(|id| everybody.insert((*id).to_owned())),
                "nobody is hit twice"
            );
        }

        let loud = demo_loud_merchant(seed, options.start);
        assert!(!everybody.contains(&loud));
        let mut others: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for g in originals.iter().filter(|g| g.incident.is_none()) {
            others
                .entry(g.pattern)
                .or_default()
                .insert(&g.ticket.merchant_id);
        }
        assert_eq!(
            others["shipping_calculation"],
            BTreeSet::from([loud.as_str()])
        );
        let loud_tickets = originals
            .iter()
            .filter(|g| g.pattern == "shipping_calculation")
            .count();
        assert_eq!(loud_tickets, 25);
        assert!(
            others.values().all(|merchants| merchants.len() <= 2),
            "{others:?}"
        );
    }
}

#[test]
fn only_untreated_merchants_go_on_writing() {
    let start = Options::DEFAULT_START.parse().unwrap();
    let incident = demo_incidents(7, start).remove(0);
    let merchants = incident.merchants.clone();
    let aftermath = Aftermath::new(7, start, incident, 20);
    let time = |text: &str| text.parse().unwrap();
    let (eleven, noon, one) = (
        time("2026-01-05T11:00:00Z"),
        time("2026-01-05T12:00:07Z"),
        time("2026-01-05T13:00:00Z"),
    );

    let all = aftermath.tickets(&merchants, eleven, one);
    assert!(
        all.len() > merchants.len() * 4,
        "{} tickets in two hours",
        all.len()
    );
    assert!(
        all.iter()
            .all(|g| g.pattern == "webhook_timeout" && (eleven..one).contains(&g.at))
    );

    let mut pieces = aftermath.tickets(&merchants, eleven, noon);
    pieces.extend(aftermath.tickets(&merchants, noon, one));
    assert_eq!(pieces, all, "the same, whole or in pieces");

    let (treated, untreated) = merchants.split_at(5);
    let rest = aftermath.tickets(untreated, eleven, one);
    let expected: Vec<Generated> = all
        .iter()
        .filter(|g| !treated.contains(&g.ticket.merchant_id))
        .cloned()
        .collect();
    assert_eq!(
        rest, expected,
        "treating one changes nothing for the others"
    );

    assert!(aftermath.tickets(&[], eleven, one).is_empty());
    assert!(
        aftermath
            .tickets(&["M1".to_owned(), "<script>".to_owned()], eleven, one)
            .is_empty()
    );
    assert!(
        aftermath.tickets(&merchants, one, eleven).is_empty(),
        "a span that ends before it starts"
    );
}

#[derive(Parser)]
struct Command {
    #[command(flatten)]
    args: GenerateArgs,
}

fn command(words: &[&str]) -> Result<GenerateArgs, String> {
    Command::try_parse_from(std::iter::once("generate").chain(words.iter().copied()))
        .map(|command| command.args)
        .map_err(|error| error.to_string())
}

#[test]
fn the_command_writes_tickets_and_labels() {
    let folder = tempfile::tempdir().unwrap();
    let labels = folder.path().join("labels.tsv");
    let args = command(&[
        "--count",
        "200",
        "--seed",
        "9",
        "--scenario",
        "demo",
        "--labels",
        labels.to_str().unwrap(),
    ]);
    let mut out = Vec::new();
    run(&args.unwrap(), &mut out).unwrap();

    let ids: Vec<String> = String::from_utf8(out)
        .unwrap()
        .lines()
        .map(|line| {
            let ticket: serde_json::Value = serde_json::from_str(line).unwrap();
            ticket["ticket_id"].as_str().unwrap().to_owned()
        })
        .collect();
    let labels = std::fs::read_to_string(labels).unwrap();
    let mut rows = labels
        .lines()
        .map(|line| line.split('\t').collect::<Vec<_>>());
    assert_eq!(
        rows.next().unwrap(),
        ["ticket_id", "pattern", "incident", "root_cause"]
    );
    let labelled: Vec<&str> = rows.map(|row| row[0]).collect();
    assert_eq!(ids.len(), 200);
    assert_eq!(labelled.len(), 192, "one label a ticket, none for a repeat");
    assert_eq!(
        ids.iter().map(String::as_str).collect::<BTreeSet<_>>(),
        labelled.into_iter().collect::<BTreeSet<_>>()
    );
}

#[test]
fn the_command_names_what_is_wrong() {
    let unknown = command(&["--scenario", "chaos"]).unwrap_err();
    assert!(unknown.contains("use steady, surge or demo"), "{unknown}");
    assert!(command(&["--start", "yesterday"]).is_err());
    assert!(command(&["--count", "-1"]).is_err());

    let args = command(&["--count", "1", "--labels", "/nowhere/at/all.tsv"]).unwrap();
    let error = run(&args, Vec::new()).unwrap_err();
    assert!(error.to_string().contains("/nowhere/at/all.tsv"), "{error}");

    let args = command(&["--count", "5", "--start", "9999-12-30T21:59:59Z"]).unwrap();
    let mut out = Vec::new();
    run(&args, &mut out).unwrap();
    assert!(
        out.len() < 5000,
        "the calendar ends, and so does the stream"
    );
}
