//! What programs hear when a request is not taken: `application/problem+json` (RFC 9457).

use crate::domain::Problem;
use crate::engine::handle::SubmitError;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// An error of the programs' side of the surface.
#[derive(Debug)]
pub(super) struct ApiError {
    status: StatusCode,
    code: &'static str,
    detail: String,
    errors: Vec<Problem>,
    retry_after_seconds: Option<u32>,
}

impl ApiError {
    /// An error with a stable word for programs and a sentence for people.
    pub(super) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            errors: Vec::new(),
            retry_after_seconds: None,
        }
    }

    /// The sender has not proven who they are.
    pub(super) fn unproven(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", detail)
    }

    /// Too much is under way; nothing of the request was taken.
    pub(super) fn busy(detail: impl Into<String>, retry_after_seconds: u32) -> Self {
        Self {
            retry_after_seconds: Some(retry_after_seconds),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, "busy", detail)
        }
    }

    /// No ticket of the request could be taken, each for its own reason.
    pub(super) fn unprocessable(errors: Vec<Problem>) -> Self {
        let detail = match errors.as_slice() {
            [one] => one.to_string(),
            several => format!(
                "none of the {} tickets can be taken; see errors",
                several.len()
            ),
        };
        Self {
            errors,
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "unprocessable", detail)
        }
    }
}

impl From<SubmitError> for ApiError {
    fn from(error: SubmitError) -> Self {
        let detail = error.to_string();
        match error {
            SubmitError::Problem(problem) => Self {
                code: problem.code,
                ..Self::unprocessable(vec![problem])
            },
            SubmitError::Busy {
                retry_after_seconds,
            } => Self::busy(detail, retry_after_seconds),
            SubmitError::Unavailable {
                retry_after_seconds,
            } => Self {
                retry_after_seconds: Some(retry_after_seconds),
                ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail)
            },
        }
    }
}

/// The wire form.
#[derive(Serialize)]
struct Body<'a> {
    r#type: &'static str,
    title: &'a str,
    status: u16,
    detail: &'a str,
    code: &'static str,
    #[serde(skip_serializing_if = "<[Problem]>::is_empty")]
    errors: &'a [Problem],
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = Body {
            // RFC 9457: a problem without a page of its own is told by its status and title.
            r#type: "about:blank",
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            detail: &self.detail,
            code: self.code,
            errors: &self.errors,
        };
        let mut response = (self.status, axum::Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(seconds) = self.retry_after_seconds {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            // RFC 9110 asks for a challenge with every 401.
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"medic\""),
            );
        }
        response
    }
}
