//! A plan on a card: what will be sent to whom, on what that rests, and only then the buttons.

use super::Frame;
use super::deciding::{differences, more, take_back};
use super::layout::form_token;
use super::text::{block, count, foreign, line, risk, time};
use crate::domain::card::{PlanCard, Preview};
use crate::domain::{AskKind, PlanId, SubjectId};
use maud::{Markup, html};

/// The whole plan.
pub(super) fn plan_card(frame: &Frame, subject: SubjectId, plan: &PlanCard) -> Markup {
    let targets = plan.deliveries.len() as u64;
    html! {
        section.plan.asking[plan.can_vote] id=(plan.id) data-part=(plan.id) {
            div.plan-head {
                h2 {
                    @if plan.can_vote { "Shall Medic do this? " }
                    code { (foreign(&plan.action)) }
                    " " span.muted.id { (plan.id) }
                }
                p.risk { (risk(plan.risk.level)) }
                p { (foreign(&plan.description)) }
                p.status { (line(&plan.status))
                    @if plan.can_vote && let Some(at) = plan.expires_at {
                        ", expires " (time(at, frame.now))
                    }
                }
            }
            (differences(plan))
            h3 { (if plan.can_vote { "Will be sent to " } else { "For " }) (count(targets, "target", "targets")) }
            @if !plan.steps.is_empty() {
                ul.bullets.steps { @for step in &plan.steps { li { (line(step)) } } }
            }
            @if !plan.unreached.is_empty() { p.muted { (foreign(&plan.unreached)) "." } }
            @if plan.newcomers > 0 {
                p.muted { (count(plan.newcomers, "newcomer waits", "newcomers wait")) " for the next plan; this one does not reach them." }
            }
            div.targets {
                @for (index, delivery) in plan.deliveries.iter().enumerate() {
                    (preview(frame, subject, plan, index, delivery))
                }
            }
            @if plan.can_vote {
                h3 { "On what that rests" }
                (rests_on(plan))
                (decide(frame, subject, plan))
                (more(frame, subject, plan))
            } @else {
                details id={ (plan.id) "-rests" } { summary { "On what that rested" } (rests_on(plan)) }
                @if plan.can_undo { (take_back(frame, subject, plan)) }
            }
        }
    }
}

fn rests_on(plan: &PlanCard) -> Markup {
    let lines = [
        ("Rule", &plan.decided),
        ("Who may", &plan.approvers),
        ("Approved by", &plan.votes.join(", ")),
        ("Asked", &asked(plan)),
        ("Undo", &plan.undo),
        ("Waiting costs", &plan.waiting_costs),
    ];
    html! {
        dl.rests {
            @if !plan.risk.reasons.is_empty() {
                div { dt { "Risk " (plan.risk.level) } dd {
                    ul.bullets { @for reason in &plan.risk.reasons { li { (foreign(reason)) } } }
                } }
            }
            @for (name, text) in lines {
                @if !text.is_empty() { div { dt { (name) } dd { (foreign(text)) } } }
            }
        }
    }
}

/// Who was asked, and who comes next: `on_call, then again on_call; lead will be asked …`.
fn asked(plan: &PlanCard) -> String {
    let mut words: Vec<String> = Vec::new();
    for ask in &plan.asks {
        words.push(match ask.kind {
            AskKind::First => ask.whom(),
            AskKind::Reminder => format!("then {} again", ask.whom()),
            AskKind::Escalation => format!("then {} too", ask.whom()),
        });
    }
    let asked = words.join(", ");
    match plan.asked_next.as_str() {
        "" => asked,
        next => format!("{asked}; {next}"),
    }
}

fn preview(
    frame: &Frame,
    subject: SubjectId,
    plan: &PlanCard,
    index: usize,
    delivery: &Preview,
) -> Markup {
    // The first target stands open where somebody is asked: the whole text is read before the
    // buttons come, and the others differ only in what is theirs.
    let open = plan.can_vote && index == 0;
    html! {
        details.target id={ (plan.id) "-" (index) } open[open] {
            summary {
                span.whom { (foreign(&delivery.target)) }
                @if !plan.can_vote {
                    span.state.unknown[delivery.unknown] {
                        @if delivery.unknown { span aria-hidden="true" { "▲ " } }
                        (foreign(&delivery.state))
                    }
                }
            }
            @if !delivery.step.is_empty() { p.muted { (foreign(&delivery.step)) } }
            p.muted { (foreign(&delivery.summary)) }
            dl.parts {
                @for (name, value) in &delivery.parts {
                    div { dt { (foreign(name)) } dd { (block(name, value)) } }
                }
            }
        }
        @if delivery.unknown { (settle(frame, subject, plan.id, index, delivery)) }
    }
}

fn settle(
    frame: &Frame,
    subject: SubjectId,
    plan: PlanId,
    index: usize,
    delivery: &Preview,
) -> Markup {
    html! {
        form.settle method="post" action={ "/plans/" (plan) "/deliveries/" (index) } {
            (form_token(frame))
            input type="hidden" name="subject" value=(subject);
            p { "Nobody can tell whether this reached " strong { (foreign(&delivery.target)) }
                ", so Medic does not repeat it. Look there, then say:" }
            div.buttons {
                button type="submit" name="arrived" value="yes" { "It arrived" }
                button type="submit" name="arrived" value="no" { "It did not arrive" }
            }
        }
    }
}

fn decide(frame: &Frame, subject: SubjectId, plan: &PlanCard) -> Markup {
    let hidden = html! {
        (form_token(frame))
        input type="hidden" name="subject" value=(subject);
        input type="hidden" name="digest" value=(plan.digest_prefix);
    };
    let targets = plan.deliveries.len() as u64;
    html! {
        div.decide role="group" aria-label={ "Decide about " (plan.id) } {
            form method="post" action={ "/plans/" (plan.id) "/approve" } {
                (hidden)
                button.primary type="submit" {
                    span { "Approve" } span.button-note {
                        "send to " @if plan.first < plan.deliveries.len() { (plan.first) " of " }
                        (count(targets, "target", "targets"))
                        @if plan.first < plan.deliveries.len() { " first" }
                    }
                }
            }
            details.reject id={ (plan.id) "-reject" } {
                summary.button { "Reject…" }
                form.reason method="post" action={ "/plans/" (plan.id) "/reject" } {
                    (hidden)
                    label for={ (plan.id) "-reason" } { "Why not? Whoever reviews this later will read it." }
                    textarea id={ (plan.id) "-reason" } name="reason" rows="3" required maxlength="500" {}
                    button.danger type="submit" { "Reject " (plan.id) }
                }
            }
        }
        p.muted.binds { "Your word binds exactly what stands here, digest " code { (plan.digest_prefix) }
            ". If anything of it changes before the click, nothing is sent and you are asked again." }
    }
}
