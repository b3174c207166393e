//! What the console's forms do. Each answers with a redirect to the page that shows the result.

use super::PageError;
use super::frame::answer;
use super::text::subject_path;
use crate::domain::{IncidentId, PlanId, RootCause, SubjectId};
use crate::engine::handle::{Ballot, CommandError, Settlement};
use crate::web::Shared;
use crate::web::session::SentForm;
use axum::extract::{Path, State};
use axum::response::Response;

/// Characters of a reason at most.
const MAX_REASON: usize = 1000;

/// `POST /plans/{id}/approve`.
pub(super) async fn approve(
    State(app): State<Shared>,
    Path(plan): Path<String>,
    form: SentForm,
) -> Result<Response, PageError> {
    vote(&app, &plan, &form, Ok(Ballot::Approve)).await
}

/// `POST /plans/{id}/reject`.
pub(super) async fn reject(
    State(app): State<Shared>,
    Path(plan): Path<String>,
    form: SentForm,
) -> Result<Response, PageError> {
    let ballot = reason(&form).map(|reason| Ballot::Reject { reason });
    vote(&app, &plan, &form, ballot).await
}

async fn vote(
    app: &Shared,
    plan: &str,
    form: &SentForm,
    ballot: Result<Ballot, CommandError>,
) -> Result<Response, PageError> {
    let plan = id::<PlanId>(plan)?;
    let next = subject_path(id::<SubjectId>(form.field("subject"))?);
    let signed = &form.signed;
    let outcome = async {
        let ballot = ballot?;
        let digest = form.field("digest");
        app.handle
            .vote(&signed.workspace, &signed.person, plan, digest, ballot)
            .await
    }
    .await;
    Ok(answer(app, form, outcome, &next))
}

/// `POST /plans/{id}/deliveries/{index}`.
pub(super) async fn settle(
    State(app): State<Shared>,
    Path((plan, index)): Path<(String, String)>,
    form: SentForm,
) -> Result<Response, PageError> {
    let plan = id::<PlanId>(&plan)?;
    let index = id::<u32>(&index)?;
    let next = subject_path(id::<SubjectId>(form.field("subject"))?);
    let settlement = match form.field("arrived") {
        "yes" => Settlement::Delivered,
        "no" => Settlement::NotDelivered,
        _ => {
            return Err(PageError::BadRequest(
                "Say whether the delivery arrived or not. Nothing was changed.".to_owned(),
            ));
        }
    };
    let signed = &form.signed;
    let outcome = app
        .handle
        .settle(&signed.workspace, &signed.person, plan, index, settlement)
        .await;
    Ok(answer(&app, &form, outcome, &next))
}

/// `POST /pause`.
pub(super) async fn pause(State(app): State<Shared>, form: SentForm) -> Response {
    let signed = &form.signed;
    let outcome = async {
        let reason = reason(&form)?;
        app.handle
            .pause(&signed.workspace, &signed.person, &reason)
            .await
    }
    .await;
    answer(&app, &form, outcome, "/")
}

/// `POST /resume`.
pub(super) async fn resume(State(app): State<Shared>, form: SentForm) -> Response {
    let signed = &form.signed;
    let outcome = app.handle.resume(&signed.workspace, &signed.person).await;
    answer(&app, &form, outcome, "/")
}

/// `POST /incidents/{id}/close`.
pub(super) async fn close(
    State(app): State<Shared>,
    Path(incident): Path<String>,
    form: SentForm,
) -> Result<Response, PageError> {
    let incident = id::<IncidentId>(&incident)?;
    let signed = &form.signed;
    let outcome = async {
        let reason = reason(&form)?;
        app.handle
            .close(&signed.workspace, &signed.person, incident, &reason)
            .await
    }
    .await;
    let next = subject_path(SubjectId::Incident(incident));
    Ok(answer(&app, &form, outcome, &next))
}

/// `POST /incidents/{id}/lift`.
pub(super) async fn lift(
    State(app): State<Shared>,
    Path(incident): Path<String>,
    form: SentForm,
) -> Result<Response, PageError> {
    let incident = id::<IncidentId>(&incident)?;
    let signed = &form.signed;
    let outcome = async {
        let reason = reason(&form)?;
        app.handle
            .let_go_on(&signed.workspace, &signed.person, incident, &reason)
            .await
    }
    .await;
    let next = subject_path(SubjectId::Incident(incident));
    Ok(answer(&app, &form, outcome, &next))
}

/// `POST /wrong-cause/{id}`, of an incident or a case.
pub(super) async fn doubt_cause(
    State(app): State<Shared>,
    Path(subject): Path<String>,
    form: SentForm,
) -> Result<Response, PageError> {
    let subject = id::<SubjectId>(&subject)?;
    let signed = &form.signed;
    let instead = match form.field("instead") {
        "" => None,
        name => Some(id::<RootCause>(name)?),
    };
    let outcome = async {
        let reason = reason(&form)?;
        let (workspace, person) = (&signed.workspace, &signed.person);
        app.handle
            .doubt_cause(workspace, person, subject, instead, &reason)
            .await
    }
    .await;
    Ok(answer(&app, &form, outcome, &subject_path(subject)))
}

pub(super) fn id<T: std::str::FromStr>(text: &str) -> Result<T, PageError> {
    text.parse().map_err(|_| {
        PageError::BadRequest(
            "The form names something that is not an id. Nothing was changed. Reload the page and \
             try again."
                .to_owned(),
        )
    })
}

fn reason(form: &SentForm) -> Result<String, CommandError> {
    let reason = form.field("reason");
    if reason.is_empty() {
        return Err(CommandError::Refused(
            "It takes a reason: whoever reviews this later will want to know. Nothing was changed."
                .to_owned(),
        ));
    }
    if reason.chars().count() > MAX_REASON {
        return Err(CommandError::Refused(format!(
            "The reason is longer than {MAX_REASON} characters; say it shorter. Nothing was changed."
        )));
    }
    Ok(reason.to_owned())
}
