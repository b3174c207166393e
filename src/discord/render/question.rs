//! A plan that waits: exactly what would be sent to whom, the risk, whether it can be taken back,
//! what waiting costs, until when, and only then the buttons.

use super::{count, risk_colour, time};
use crate::discord::custom_id::{CustomId, Wish};
use crate::discord::escape::Text;
use crate::discord::limits;
use crate::discord::message::{Button, Draft, Embed, Entry, File, Look, Row};
use crate::domain::SubjectId;
use crate::domain::card::{Card, PlanCard, Preview, plain};

const TITLE: usize = 130;
const DESCRIPTION: usize = 120;
const TARGETS: usize = 220;
/// The least room for the preview on a card; where the rest is short it has more.
const PREVIEW: usize = 800;
const WHERE: usize = 110;
const RISK: usize = 300;
const FACTS: usize = 400;
/// What a plan that stands in for another says about it.
const REPLACED: usize = 140;
/// The most that is said of merchants who are left out.
const UNREACHED: usize = 160;
/// Names of the fields.
const NAMES: usize = 60;
/// The most that a question takes of a card, without its preview.
pub const AROUND: usize = TITLE + DESCRIPTION + TARGETS + WHERE + RISK + FACTS + NAMES;
/// The most that a question is sure of.
pub const LONGEST: usize = AROUND + PREVIEW;
/// The most that a preview takes of one embed.
const MOST: usize = limits::EMBED_DESCRIPTION - DESCRIPTION - TARGETS - WHERE;
/// The most that the whole text of a plan takes as a message of its own.
const ALONE: usize = limits::EMBED_DESCRIPTION - 96;

/// The plan that a card asks about: the one that expires first, then the oldest.
pub fn asked(card: &Card) -> Option<&PlanCard> {
    let waiting = card.plans.iter().filter(|plan| plan.can_vote);
    waiting.min_by_key(|plan| (plan.expires_at, plan.id))
}

/// Everything that a plan would send, as it stands: what an approver has to be able to read.
pub fn payload(plan: &PlanCard) -> String {
    let mut out = steps(plan);
    for (index, delivery) in plan.deliveries.iter().enumerate() {
        if plan.deliveries.len() > 1 {
            if index > 0 {
                out.push_str("\n\n");
            }
            let total = plan.deliveries.len();
            out.push_str(&format!("{} of {total}: {}\n", index + 1, delivery.target));
        }
        if !delivery.step.is_empty() {
            out.push_str(&format!("({})\n", delivery.step));
        }
        out.push_str(&sent(delivery));
    }
    out
}

/// What comes after what, in front of what is sent; empty where there is one step.
fn steps(plan: &PlanCard) -> String {
    let mut out: String = plan
        .steps
        .iter()
        .map(|step| format!("{}\n", plain(step)))
        .collect();
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

/// Whether a card with this much room has it for all of the payload.
pub fn fits(plan: &PlanCard, room: usize) -> bool {
    let block = Text::new().block(&payload(plan), usize::MAX);
    block.fits(room.clamp(PREVIEW, MOST))
}

/// The question on a card that has `room` left for the preview. `whole_in_thread`: whether what
/// does not fit can be read in the thread.
pub fn embed(plan: &PlanCard, room: usize, whole_in_thread: bool) -> Embed {
    let room = room.clamp(PREVIEW, MOST);
    let targets: Vec<&str> = plan.deliveries.iter().map(|d| d.target.as_str()).collect();
    let whom = Text::new()
        .own(&format!(
            "**Sent to {}:** ",
            count(targets.len(), "target", "targets")
        ))
        .foreign(&targets.join(", "));
    let mut text = Text::new()
        .own(&Text::new().foreign(&plan.description).clamp(DESCRIPTION))
        .line()
        .own(&whom.clamp(TARGETS))
        .line();
    if fits(plan, room) {
        text = text.block(&payload(plan), room);
    } else {
        let first = plan.deliveries.first().map(sent).unwrap_or_default();
        let first = format!("{}{first}", steps(plan));
        text = text.block(&first, room).line().own(if whole_in_thread {
            "Shown in part. **The whole text, for every target, is in this card's thread.**"
        } else {
            "Shown in part. The buttons come once the whole text is in this card's thread."
        });
    }
    let title = Text::new()
        .own("Shall Medic do this? ")
        .foreign(&plan.action)
        .own(&format!(" · {}", plan.id));
    Embed {
        colour: risk_colour(plan.risk.level),
        title: title.clamp(TITLE),
        description: text.clamp(limits::EMBED_DESCRIPTION),
        fields: vec![
            (format!("Risk: {}", plan.risk.level), risk(plan)),
            ("Before you decide".to_owned(), facts(plan)),
        ],
    }
}

/// Approve and Reject, bound to what was shown.
pub fn buttons(plan: &PlanCard) -> Row {
    let digest = plan.digest_prefix.clone();
    let approve = CustomId::Approve {
        plan: plan.id,
        digest: digest.clone(),
    };
    let reject = CustomId::Reject {
        plan: plan.id,
        digest,
    };
    Row::Buttons(vec![
        Button::new(&approve, &format!("Approve {}", plan.id), Look::Yes),
        Button::new(&reject, &format!("Reject {}…", plan.id), Look::No),
    ])
}

/// What else may be done about a plan that waits, as entries of a menu.
pub fn wishes(plan: &PlanCard) -> Vec<Entry> {
    let id = plan.id;
    let mut entries = Vec::new();
    let mut add = |wish: Wish, label: &str, hint: &str| {
        entries.push(Entry::new(&CustomId::Wish(wish), label, hint));
    };
    add(
        Wish::PutOff { plan: id },
        &format!("Put {id} off…"),
        "everybody is asked again then",
    );
    if plan.deliveries.iter().any(|one| !one.editable.is_empty()) || plan.deliveries.len() > 1 {
        let wish = Wish::Edit {
            plan: id,
            digest: plan.digest_prefix.clone(),
        };
        let hint = "asked anew; somebody else approves";
        add(wish, &format!("Edit {id}…"), hint);
    }
    if !plan.votes.is_empty() {
        let label = format!("Take my approval of {id} back");
        add(Wish::Withdraw { plan: id }, &label, "");
    }
    entries
}

/// A plan alone, whole, for whoever asked to read it; with live buttons while it waits.
pub fn alone(plan: &PlanCard, subject: SubjectId) -> Draft {
    let text = payload(plan);
    let block = Text::new().block(&text, usize::MAX);
    let whole = block.fits(ALONE);
    let file = (!whole).then(|| File {
        name: format!("{}.txt", plan.id),
        bytes: text.clone().into_bytes(),
    });
    let mut description = Text::new().block(&text, ALONE);
    if !whole {
        description = description.line().own("The whole text is in the file.");
    }
    let title = Text::new()
        .foreign(&plan.action)
        .own(&format!(" · {}", plan.id));
    let mut fields = vec![(format!("Risk: {}", plan.risk.level), risk(plan))];
    if plan.can_vote {
        fields.push(("Before you decide".to_owned(), facts(plan)));
    } else {
        let status = super::line(Text::new(), &plan.status).clamp(FACTS);
        fields.push(("Where it stands".to_owned(), status));
    }
    Draft {
        embeds: vec![Embed {
            colour: risk_colour(plan.risk.level),
            title: title.clamp(TITLE),
            description: description.clamp(limits::EMBED_DESCRIPTION),
            fields,
        }],
        rows: if plan.can_vote {
            let more = CustomId::More { subject };
            vec![buttons(plan), Row::menu(&more, "More…", wishes(plan))]
        } else {
            Vec::new()
        },
        file,
        ..Draft::default()
    }
}

fn sent(delivery: &Preview) -> String {
    let mut out = delivery.summary.clone();
    for (name, value) in &delivery.parts {
        let apart = if value.contains('\n') { '\n' } else { ' ' };
        out.push_str(&format!("\n{name}:{apart}{}", value.trim_end()));
    }
    out
}

fn risk(plan: &PlanCard) -> String {
    let mut text = Text::new();
    for reason in &plan.risk.reasons {
        text = text.line().own("• ").foreign(reason);
    }
    if text.is_empty() {
        text = text.own("Nothing raises it.");
    }
    text.clamp(RISK)
}

fn facts(plan: &PlanCard) -> String {
    let mut text = Text::new();
    if let Some(replaced) = &plan.replaces {
        let what: Vec<&str> = replaced
            .differences
            .iter()
            .map(|d| d.what.as_str())
            .collect();
        text = text
            .own(&format!("**Instead of {}** ", replaced.plan))
            .foreign(&replaced.why)
            .own(". Differs: ")
            .foreign(&what.join(", "));
        text = Text::new().own(&text.clamp(REPLACED));
    }
    if !plan.unreached.is_empty() {
        let unreached = Text::new().foreign(&plan.unreached).clamp(UNREACHED);
        text = text.line().own("**Left out** ").own(&unreached);
    }
    text = text.line().own("**Undo** ").foreign(&plan.undo);
    let costs = if plan.waiting_costs.is_empty() {
        "no failed checkouts or customers are reported"
    } else {
        &plan.waiting_costs
    };
    text = text.line().own("**Waiting costs** ").foreign(costs);
    if !plan.put_off.is_empty() {
        text = text.line().own("**Later** ").foreign(&plan.put_off);
    }
    if let Some(at) = plan.expires_at {
        text = text.line().own(&format!("**Expires** {}", time(at)));
    }
    if !plan.asked_next.is_empty() {
        text = text.line().own("**Asked next** ").foreign(&plan.asked_next);
    }
    text = text.line().own("**Who may** ").foreign(&plan.approvers);
    if !plan.votes.is_empty() {
        text = text
            .line()
            .own("**Approved by** ")
            .foreign(&plan.votes.join(", "));
    }
    text = text.line().own("**Why asked** ").foreign(&plan.decided);
    if plan.newcomers > 0 {
        let newcomers = count(plan.newcomers as usize, "newcomer waits", "newcomers wait");
        text = text.line().own(&format!("{newcomers} for the next plan."));
    }
    text.clamp(FACTS)
}
