//! Plans that wait and are alike: the same action, cause and risk, to be approved together after
//! each has been read.

use super::layout::{Page, Section, form_token};
use super::text::{count, foreign, subject_path, time};
use super::{Frame, PageError};
use crate::domain::PlanId;
use axum::extract::Path;
use axum::response::Response;
use maud::html;

/// `GET /plans/{id}/alike`.
pub(super) async fn page(frame: Frame, Path(plan): Path<String>) -> Result<Response, PageError> {
    let plan: PlanId = plan
        .parse()
        .map_err(|_| PageError::NotFound("There is no such plan.".to_owned()))?;
    let rows = frame
        .read(move |handle, workspace| handle.alike(workspace, plan))
        .await?;
    let main = html! {
        h1 { "Plans like " (plan) }
        p.lead { "The same action, for the same cause, at the same risk. Each is approved by itself, so look at each; what differs you find on its card." }
        section #list data-part="list" {
            @if rows.is_empty() {
                p.empty { "It does not wait any more." }
            } @else {
                form method="post" action="/plans/approve" {
                    (form_token(&frame))
                    ul.rows {
                        @for row in &rows {
                            li {
                                label {
                                    input type="checkbox" name={ "plan-" (row.plan) } value=(row.digest_prefix);
                                    " " (row.plan) " for "
                                    a href={ (subject_path(row.subject)) "#" (row.plan) } { (row.subject) }
                                    " " (foreign(&row.label))
                                }
                                ul.bullets { @for target in &row.targets { li { (foreign(target)) } } }
                                @if let Some(at) = row.expires_at { p.muted { "expires " (time(at, frame.now)) } }
                            }
                        }
                    }
                    button.primary type="submit" { "Approve those I chose" }
                }
            }
        }
    };
    Ok(frame.show(&Page {
        title: "Plans that are alike",
        section: Section::Now,
        listens: "*",
        announce: count(rows.len() as u64, "plan", "plans"),
        main,
    }))
}
