//! `POST /v1/tickets`: proves the sender, bounds the request, hands it to the engine.

use super::Shared;
use super::dto::Receipts;
use super::error::ApiError;
use super::sender::Claim;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::time::Duration;

/// How long a sender may take for its body.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// Answers 202 only when every accepted ticket is durable.
pub(super) async fn tickets(
    State(app): State<Shared>,
    request: Request,
) -> Result<Response, ApiError> {
    let claim = Claim::read(request.headers(), (app.clock)()).map_err(|reason| {
        tracing::info!(reason, "ticket request without a usable claim");
        ApiError::unproven(reason)
    })?;
    let content_type = content_type(request.headers())?;
    let _permit = app.requests.try_acquire().map_err(|_| {
        ApiError::busy(
            "too many requests are under way; send this one again in 1 s",
            1,
        )
    })?;
    let body = read(request, app.options.max_body_bytes).await?;
    let Some(grant) = app.options.sources.prove(&claim, &body) else {
        tracing::warn!(
            bytes = body.len(),
            "ticket request that no secret proves was refused"
        );
        return Err(ApiError::unproven(
            "no secret of this server proves this request; check that both sides have the same, \
             and that the body is signed exactly as it is sent",
        ));
    };
    let receipts = app
        .handle
        .submit(grant, content_type, &body, claim.delivery_id())
        .await?;
    let receipts = Receipts::new(receipts).map_err(ApiError::unprocessable)?;
    Ok((StatusCode::ACCEPTED, axum::Json(receipts)).into_response())
}

/// The content type in one spelling: JSON, lines of JSON, or nothing said.
fn content_type(headers: &HeaderMap) -> Result<&'static str, ApiError> {
    let unsupported = |what: String| {
        ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            format!(
                "{what} cannot be read; send application/json (one ticket or an array) or \
                 application/x-ndjson (one ticket a line), uncompressed"
            ),
        )
    };
    if let Some(encoding) = headers.get(header::CONTENT_ENCODING)
        && encoding != "identity"
    {
        return Err(unsupported(format!("content encoding {encoding:?}")));
    }
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return Ok("");
    };
    let essence = value
        .to_str()
        .unwrap_or("")
        .split(';')
        .next()
        .unwrap_or("")
        .trim()
        .to_ascii_lowercase();
    match essence.as_str() {
        "" => Ok(""),
        "application/x-ndjson"
        | "application/ndjson"
        | "application/jsonl"
        | "application/x-jsonlines"
        | "application/jsonlines" => Ok("application/x-ndjson"),
        "application/json" | "text/json" => Ok("application/json"),
        other if other.starts_with("application/") && other.ends_with("+json") => {
            Ok("application/json")
        }
        _ => Err(unsupported(format!("content type {value:?}"))),
    }
}

/// The body, refused by its announced length before a byte is read, and by its true length.
async fn read(request: Request, max: usize) -> Result<Bytes, ApiError> {
    let too_large = || {
        ApiError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            format!("a request may have {max} bytes; send the tickets in several requests"),
        )
    };
    let announced = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|bytes| bytes > max) {
        return Err(too_large());
    }
    let reading = Bytes::from_request(request, &());
    match tokio::time::timeout(BODY_TIMEOUT, reading).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)))) => {
            Err(too_large())
        }
        Ok(Err(_)) => Err(ApiError::new(
            StatusCode::BAD_REQUEST,
            "incomplete",
            "the body ended too early; nothing was taken, send the request again",
        )),
        Err(_) => Err(ApiError::new(
            StatusCode::REQUEST_TIMEOUT,
            "too_slow",
            "the body did not come within 30 s; nothing was taken, send the request again",
        )),
    }
}
