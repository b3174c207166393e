//! Who may decide about what: votes, refusals, and the proof that a plan may run.

use crate::decide_support::*;
use medic::decide::{
    Authority, Ballot, Facts, VoteOutcome, VoteRefusal, approval, authorise, expire, seal,
};
use medic::domain::{Decision, Digest, MerchantId, PersonId, PlanId, PlanState, Risk, Surface};
use proptest::prelude::*;

fn reject(reason: &str) -> Ballot {
    Ballot::Reject {
        reason: reason.to_owned(),
    }
}

fn refusal(result: Result<VoteOutcome, VoteRefusal>) -> String {
    match result {
        Err(refusal) => refusal.to_string(),
        Ok(outcome) => format!("counted: {outcome:?}"),
    }
}

#[test]
fn one_approval_is_enough_below_critical_and_the_plan_then_runs() {
    let mut desk = Desk::asking(Risk::High);
    let outcome = desk.click("ana", Ballot::Approve).unwrap();

    let VoteOutcome::Approved { authorised } = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(
        authorised.authority(),
        &Authority::People {
            approved: vec![PersonId::new("ana")]
        }
    );
    assert_eq!(desk.plan.state, PlanState::Running { at: desk.at });
    for delivery in &desk.deliveries {
        assert_eq!(authorised.delivery(delivery.index).unwrap(), delivery);
    }
    assert!(authorised.delivery(3).is_err(), "it was never shown");
}

#[test]
fn critical_needs_two_different_people_whatever_the_surface() {
    let mut desk = Desk::asking(Risk::Critical);
    assert_eq!(
        approval::waiting_in_words(&desk.governance, &desk.plan),
        "waiting for 2 of 2 approvals"
    );
    let VoteOutcome::Recorded { missing, .. } = desk.click("ana", Ballot::Approve).unwrap() else {
        panic!("one person is not enough");
    };
    assert_eq!(missing, 1);

    let on_discord = desk
        .governance
        .people
        .by_discord_id("discord-ana", Surface::Discord)
        .unwrap();
    let prefix = desk.plan.digest.prefix();
    insta::assert_snapshot!(
        refusal(desk.click_as(&on_discord, Ballot::Approve, &prefix)),
        @"You have approved this already, and one person counts once on every surface. It needs 1 more from somebody else."
    );
    assert!(matches!(
        desk.click("ben", Ballot::Approve).unwrap(),
        VoteOutcome::Approved { .. }
    ));
}

#[test]
fn a_config_that_asks_for_one_person_at_critical_still_gets_two() {
    let mut desk = Desk::asking(Risk::Critical);
    desk.governance.approval.critical.quorum = 0;
    assert!(matches!(
        desk.click("ana", Ballot::Approve).unwrap(),
        VoteOutcome::Recorded { missing: 1, .. }
    ));
}

#[test]
fn of_two_clicks_at_once_exactly_one_decides() {
    let mut desk = Desk::asking(Risk::High);
    desk.click("ana", Ballot::Approve).unwrap();
    insta::assert_snapshot!(
        refusal(desk.click("ben", reject("too risky"))),
        @"Already decided: approved by Ana. Nothing was changed by your click."
    );

    let mut desk = Desk::asking(Risk::High);
    desk.click("ben", reject("the fix is already out")).unwrap();
    insta::assert_snapshot!(
        refusal(desk.click("ana", Ballot::Approve)),
        @"Already decided: rejected by Ben (the fix is already out). Nothing was changed by your click."
    );
}

#[test]
fn somebody_without_the_role_is_told_who_may() {
    let mut desk = Desk::asking(Risk::High);
    insta::assert_snapshot!(
        refusal(desk.click("cleo", Ballot::Approve)),
        @"A plan of high risk is decided by on_call, and you hold none of these roles. Ask one of them, or have the role added to you in config.toml."
    );
    assert!(matches!(
        desk.click("cleo", reject("no")),
        Err(VoteRefusal::WrongRole { .. })
    ));
}

#[test]
fn a_role_that_only_the_surface_claims_does_not_count() {
    let mut desk = Desk::asking(Risk::High);
    let mut cleo = desk.person("cleo");
    cleo.roles.push("on_call".to_owned());
    let prefix = desk.plan.digest.prefix();
    assert!(matches!(
        desk.click_as(&cleo, Ballot::Approve, &prefix),
        Err(VoteRefusal::WrongRole { .. })
    ));
    let mut stranger = desk.person("ana");
    stranger.id = PersonId::new("mallory");
    assert!(matches!(
        desk.click_as(&stranger, Ballot::Approve, &prefix),
        Err(VoteRefusal::WrongRole { .. })
    ));
}

#[test]
fn a_forged_or_stale_digest_executes_nothing_and_says_what_to_do() {
    let mut desk = Desk::asking(Risk::High);
    let ana = desk.person("ana");
    let whole = desk.plan.digest.to_string();
    let forged = [
        String::new(),
        whole[..15].to_owned(),
        Digest::of("another plan").prefix(),
        whole.to_uppercase(),
        format!("{whole}0"),
        "ffffffffffffffé".to_owned(),
    ];
    for presented in forged {
        let result = desk.click_as(&ana, Ballot::Approve, &presented);
        assert!(
            matches!(result, Err(VoteRefusal::StaleDigest { .. })),
            "{presented:?}"
        );
    }
    insta::assert_snapshot!(
        refusal(desk.click_as(&ana, reject("no"), "0000000000000000")),
        @"What you saw is not what would be sent now. Nothing was done: open the newest card of PLAN-17, read it again and decide there."
    );
    assert!(desk.click_as(&ana, Ballot::Approve, &whole).is_ok());
}

#[test]
fn a_payload_changed_behind_the_digest_is_seen() {
    let mut desk = Desk::asking(Risk::High);
    desk.deliveries[1].payload.parts[0].value = "{\"to\":\"attacker\"}".to_owned();
    assert!(matches!(
        desk.click("ana", Ballot::Approve),
        Err(VoteRefusal::StaleDigest { .. })
    ));
}

#[test]
fn the_requester_never_counts_but_may_take_it_back() {
    let mut desk = Desk::asking(Risk::High);
    desk.plan.requester = Some(PersonId::new("ana"));
    insta::assert_snapshot!(
        refusal(desk.click("ana", Ballot::Approve)),
        @"You made or last edited this plan, so your approval does not count. Somebody else with the role on_call has to approve it."
    );
    assert!(matches!(
        desk.click("ana", reject("I was wrong")),
        Ok(VoteOutcome::Rejected { .. })
    ));
}

#[test]
fn expiry_is_an_end_of_its_own() {
    let mut desk = Desk::asking(Risk::High);
    assert_eq!(desk.plan.expires_at, Some(now() + minutes(60)));
    assert_eq!(expire(&desk.plan, now() + minutes(59)), None);

    // The click wins or loses by the clock, not by whether the timer has run yet.
    desk.at = now() + minutes(60);
    insta::assert_snapshot!(
        refusal(desk.click("ana", Ballot::Approve)),
        @"Expired at 2026-11-23T10:00:00Z: nobody had decided by then, and nothing was sent. If it is still needed, wait for Medic's next plan."
    );
    let expired = expire(&desk.plan, desk.at).unwrap();
    assert_eq!(
        expired.state,
        PlanState::Expired {
            at: now() + minutes(60)
        }
    );
    assert_eq!(expire(&expired, desk.at), None, "only once");
    desk.plan = expired;
    desk.at = now();
    assert!(matches!(
        desk.click("ana", reject("no")),
        Err(VoteRefusal::Expired { .. })
    ));
}

#[test]
fn a_reject_needs_a_reason_that_can_be_read() {
    let mut desk = Desk::asking(Risk::Low);
    for reason in ["", " \n ", &"x".repeat(1001)] {
        assert!(matches!(
            desk.click("cleo", reject(reason)),
            Err(VoteRefusal::BadReason)
        ));
    }
    desk.click("cleo", reject("  wrong merchant ")).unwrap();
    assert_eq!(
        desk.plan.state,
        PlanState::Rejected {
            at: desk.at,
            by: "Cleo".to_owned(),
            reason: "wrong merchant".to_owned()
        }
    );
}

#[test]
fn what_the_policy_did_itself_or_refused_cannot_be_voted_on() {
    for (decision, says) in [
        (Decision::Auto, "the policy does it without asking"),
        (Decision::Refuse, "void, because rule guide"),
    ] {
        let mut desk = Desk::asking(Risk::Low);
        let plan = draft(&desk.governance, decision, Risk::Low);
        desk.plan = seal(plan, &desk.deliveries, &desk.governance.approval, now());
        let said = refusal(desk.click("ana", Ballot::Approve));
        assert!(said.contains(says), "{said}");
    }
}

/// Every way in which the world may change between card and click, and what the click says.
#[test]
fn a_fallen_precondition_executes_nothing_and_shows_the_difference() {
    type Change = fn(&mut Facts);
    let changed: [(&str, Change); 8] = [
        ("paused", |f| f.paused = Some("by Ben at 08:55".to_owned())),
        ("closed", |f| f.subject_open = false),
        ("superseded", |f| f.superseded_by = Some(PlanId::new(18))),
        ("treated", |f| {
            f.treated_since
                .extend((0..9).map(|n| MerchantId::new(format!("m-{n}"))));
        }),
        ("gone", |f| f.action = None),
        ("template", |f| {
            f.action.as_mut().unwrap().template = Digest::of("edited");
        }),
        ("version", |f| {
            f.action.as_mut().unwrap().connector_version = 2
        }),
        ("connector", |f| {
            f.action.as_mut().unwrap().connector = "mail".to_owned();
        }),
    ];
    let mut seen = String::new();
    for (name, change) in changed {
        let mut desk = Desk::asking(Risk::High);
        change(&mut desk.facts);
        let said = refusal(desk.click("ana", Ballot::Approve));
        seen.push_str(&format!("{name}: {said}\n"));
        assert!(
            matches!(
                desk.click("ana", reject("never mind")),
                Ok(VoteOutcome::Rejected { .. })
            ),
            "{name}: a no is always possible"
        );
    }
    insta::assert_snapshot!(seen, @r"
    paused: Nothing was sent: Medic is paused (by Ben at 08:55); resume it first.
    closed: Nothing was sent: INC-4 is closed: there is nothing left to do for it.
    superseded: Nothing was sent: PLAN-18 is newer and decides this now.
    treated: Nothing was sent: already treated by another plan since this one was made: m-0, m-1, m-2.
    gone: Nothing was sent: the action guide is no longer in the config.
    template: Nothing was sent: the template of guide was changed after the preview was made; what would be sent now is not what was shown.
    version: Nothing was sent: guide would now be sent by http version 2, not by http version 1 as shown.
    connector: Nothing was sent: guide would now be sent by mail version 1, not by http version 1 as shown.
    ");
}

proptest! {
    /// Whatever is clicked by whomever, in whatever order and with whatever digest: a plan runs
    /// only when enough different people with the role, none of them the requester, said yes to
    /// exactly this digest, and nobody had said no, in time.
    #[test]
    fn no_sequence_of_clicks_mints_without_its_quorum(
        risk in prop::sample::select(vec![Risk::Low, Risk::Medium, Risk::High, Risk::Critical]),
        requester in prop::option::of(prop::sample::select(vec!["ana", "ben", "cleo", "dora"])),
        clicks in prop::collection::vec(
            (
                prop::sample::select(vec!["ana", "ben", "cleo", "dora"]),
                prop::bool::weighted(0.8),
                prop::bool::weighted(0.8),
                0..70_i64,
            ),
            0..12,
        ),
    ) {
        let mut desk = Desk::asking(risk);
        desk.plan.requester = requester.map(PersonId::new);
        let mut yes = std::collections::BTreeSet::new();
        let mut no = false;
        for (who, approves, honest, minute) in clicks {
            desk.at = now() + minutes(minute);
            let person = desk.person(who);
            let presented = if honest {
                desk.plan.digest.prefix()
            } else {
                Digest::of(format!("{who}{minute}")).prefix()
            };
            let ballot = if approves { Ballot::Approve } else { reject("no") };
            let holds = match who {
                "cleo" => risk < Risk::High,
                _ => true,
            };
            let counts = holds && honest && minute < 60;
            let result = desk.click_as(&person, ballot, &presented);
            if counts && approves && requester != Some(who) && !no {
                yes.insert(who);
            }
            if let Ok(VoteOutcome::Approved { .. }) = &result {
                let need = if risk == Risk::Critical { 2 } else { 1 };
                prop_assert_eq!(yes.len(), need);
                prop_assert!(!no && counts && approves);
            }
            if let Ok(VoteOutcome::Rejected { .. }) = &result {
                prop_assert!(counts && !approves);
                no = true;
            }
            let runs = matches!(desk.plan.state, PlanState::Running { .. });
            prop_assert_eq!(
                runs,
                authorise(&desk.governance, &desk.plan, &desk.deliveries, &desk.facts).is_ok()
            );
        }
    }
}

fn by_discord(id: &str, roles: &[&str]) -> medic::domain::Person {
    medic::domain::Person {
        id: PersonId::new(id),
        name: id.to_owned(),
        roles: roles.iter().map(ToString::to_string).collect(),
        surface: Surface::Discord,
    }
}

#[test]
fn a_role_that_discord_proves_counts_as_long_as_the_config_lets_it() {
    let mut desk = Desk::asking(Risk::High);
    let member = by_discord("discord:42", &["on_call"]);
    let prefix = desk.plan.digest.prefix();
    assert!(matches!(
        desk.click_as(&member, Ballot::Approve, &prefix),
        Err(VoteRefusal::WrongRole { .. })
    ));
    let mapped = desk.governance.people.clone();
    desk.governance.people = mapped.with_roles_by_discord(["on_call".to_owned()]);
    let on_console = medic::domain::Person {
        surface: Surface::Console,
        ..member.clone()
    };
    assert!(matches!(
        desk.click_as(&on_console, Ballot::Approve, &prefix),
        Err(VoteRefusal::WrongRole { .. })
    ));
    assert!(matches!(
        desk.click_as(
            &by_discord("discord:43", &["support"]),
            Ballot::Approve,
            &prefix
        ),
        Err(VoteRefusal::WrongRole { .. })
    ));
    assert!(matches!(
        desk.click_as(&member, Ballot::Approve, &prefix),
        Ok(VoteOutcome::Approved { .. })
    ));
    let authorised = authorise(&desk.governance, &desk.plan, &desk.deliveries, &facts());
    assert!(authorised.is_ok(), "{authorised:?}");
    desk.governance.people = medic::decide::People::new([]);
    let now = authorise(&desk.governance, &desk.plan, &desk.deliveries, &facts());
    assert!(
        now.is_err(),
        "the config lets Discord give no role any more"
    );
}

/// Somebody votes by a role in Discord, gets an entry in the config, and votes again: one person.
#[test]
fn one_human_stays_one_person_when_the_config_comes_to_know_them() {
    let mut desk = Desk::asking(Risk::Critical);
    let mapped = desk.governance.people.clone();
    desk.governance.people = mapped.with_roles_by_discord(["on_call".to_owned()]);
    let prefix = desk.plan.digest.prefix();
    let first = desk.click_as(
        &by_discord("discord:discord-ana", &["on_call"]),
        Ballot::Approve,
        &prefix,
    );
    assert!(
        matches!(first, Ok(VoteOutcome::Recorded { missing: 1, .. })),
        "{first:?}"
    );
    assert!(matches!(
        desk.click("ana", Ballot::Approve),
        Err(VoteRefusal::AlreadyVoted { missing: 1 })
    ));
    assert!(matches!(
        desk.click("ben", Ballot::Approve),
        Ok(VoteOutcome::Approved { .. })
    ));
}
