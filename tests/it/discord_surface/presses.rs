//! What buttons carry back: everything is understood or refused, nothing is too long.

use medic::discord::custom_id::{CustomId, Wish};
use medic::discord::limits;
use medic::domain::{CaseId, IncidentId, PlanId, RootCause, SubjectId, TicketId};
use proptest::prelude::*;

fn presses() -> impl Strategy<Value = CustomId> {
    let plan = any::<u64>().prop_map(PlanId::new);
    let incident = any::<u64>().prop_map(IncidentId::new);
    let subject = (any::<bool>(), any::<u64>()).prop_map(|(incident, number)| {
        if incident {
            SubjectId::Incident(IncidentId::new(number))
        } else {
            SubjectId::Case(CaseId::new(number))
        }
    });
    prop_oneof![
        (plan.clone(), "[0-9a-f]{1,32}")
            .prop_map(|(plan, digest)| CustomId::Approve { plan, digest }),
        (plan.clone(), "[0-9a-f]{1,32}")
            .prop_map(|(plan, digest)| CustomId::Reject { plan, digest }),
        (plan.clone(), "[0-9a-f]{1,32}")
            .prop_map(|(plan, digest)| CustomId::RejectReason { plan, digest }),
        subject
            .clone()
            .prop_map(|subject| CustomId::More { subject }),
        (plan.clone(), subject.clone())
            .prop_map(|(plan, subject)| CustomId::Plan { plan, subject }),
        subject
            .clone()
            .prop_map(|subject| CustomId::Why { subject }),
        subject
            .clone()
            .prop_map(|subject| CustomId::Say { subject }),
        (plan.clone(), any::<u32>(), any::<bool>()).prop_map(|(plan, index, arrived)| {
            CustomId::Settle {
                plan,
                index,
                arrived,
            }
        }),
        wishes(plan.clone(), subject.clone()).prop_map(CustomId::Wish),
        incident
            .clone()
            .prop_map(|incident| CustomId::Close { incident }),
        incident.prop_map(|incident| CustomId::CloseReason { incident }),
        ("[a-z/.A-Z0-9-]{1,40}", "[A-Z0-9-]{0,40}")
            .prop_map(|(list, from)| CustomId::Page { list, from }),
        Just(CustomId::Ticket),
        any::<[u64; 3]>().prop_map(|[channel, message, author]| CustomId::Forward {
            channel,
            message,
            author
        }),
    ]
}

fn wishes(
    plan: impl Strategy<Value = PlanId> + Clone,
    subject: impl Strategy<Value = SubjectId> + Clone,
) -> impl Strategy<Value = Wish> {
    let planned =
        (plan, "[0-9a-f]{1,32}", any::<u32>(), 0..6).prop_map(|(plan, digest, index, which)| {
            match which {
                0 => Wish::PutOff { plan },
                1 => Wish::Withdraw { plan },
                2 => Wish::Edit { plan, digest },
                3 => Wish::EditOne {
                    plan,
                    digest,
                    index,
                },
                4 => Wish::Alike { plan },
                _ => Wish::ApproveAlike { plan, digest },
            }
        });
    let cause = proptest::sample::select(RootCause::ALL.to_vec());
    let grouped = (subject, cause, 0..5).prop_map(|(subject, cause, which)| match which {
        0 => Wish::WrongCause { subject },
        1 => Wish::OtherCause { subject, cause },
        2 => Wish::Merge { subject },
        3 => Wish::Split { subject },
        _ => Wish::NotTheSame { subject },
    });
    let gone_on = any::<u64>().prop_map(|number| Wish::GoOn {
        incident: IncidentId::new(number),
    });
    let ticket = any::<u64>().prop_map(|number| Wish::AskMerchant {
        ticket: TicketId::new(number),
    });
    prop_oneof![
        planned,
        grouped,
        gone_on,
        ticket,
        Just(Wish::StandIn),
        Just(Wish::TryRules)
    ]
}

proptest! {
    #[test]
    fn every_press_fits_and_comes_back_as_it_was(press in presses()) {
        let text = press.to_string();
        prop_assert!(text.len() <= limits::CUSTOM_ID, "{text}");
        prop_assert_eq!(text.parse::<CustomId>(), Ok(press));
    }

    #[test]
    fn anything_else_is_refused_and_never_breaks(text in any::<String>(), tail in "[a-z0-9:-]{0,60}") {
        prop_assert!(text.parse::<CustomId>().is_err());
        // Near misses: what is understood is understood the same when written again.
        let near = format!("v1:{tail}");
        if let Ok(press) = near.parse::<CustomId>() {
            prop_assert_eq!(press.to_string().parse::<CustomId>(), Ok(press));
        }
    }
}

#[test]
fn a_button_of_another_version_is_none_of_ours() {
    for text in [
        "v2:approve:PLAN-1:0123456789abcdef",
        "v1:approve:PLAN-1",
        "v1:approve:PLAN-1:",
        "v1:approve:PLAN-1:XYZ",
        "v1:approve:INC-1:00",
        "v1:approve:PLAN-1:00:more",
        "v1:settle:PLAN-1:0:maybe",
        "approve:PLAN-1:00",
        "",
    ] {
        assert!(text.parse::<CustomId>().is_err(), "{text}");
    }
}
