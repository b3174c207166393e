//! Style, script and icon of the console, carried in the binary.

use super::Shared;
use super::console::PageError;
use crate::domain::Digest;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

const STYLE: &str = include_str!("assets/style.css");
const SCRIPT: &str = include_str!("assets/console.js");
const ICON: &str = include_str!("assets/icon.svg");

/// Where pages find their assets: the path holds the content's digest, so that browsers may keep
/// it for ever and never show a new page with an old style.
#[derive(Debug)]
pub(super) struct Assets {
    /// Path of the style sheet.
    pub style: String,
    /// Path of the script.
    pub script: String,
    /// Path of the icon.
    pub icon: String,
}

impl Assets {
    pub(super) fn new() -> Self {
        let path = |content: &str, ending: &str| {
            format!("/assets/{}.{ending}", Digest::of(content).prefix())
        };
        Self {
            style: path(STYLE, "css"),
            script: path(SCRIPT, "js"),
            icon: path(ICON, "svg"),
        }
    }
}

/// `GET /assets/…`.
pub(super) async fn serve(
    State(app): State<Shared>,
    Path(name): Path<String>,
) -> Result<Response, PageError> {
    let path = format!("/assets/{name}");
    let (content, content_type) = if path == app.assets.style {
        (STYLE, "text/css; charset=utf-8")
    } else if path == app.assets.script {
        (SCRIPT, "text/javascript; charset=utf-8")
    } else if path == app.assets.icon {
        (ICON, "image/svg+xml")
    } else {
        return Err(PageError::NotFound(
            "This file belongs to another version of Medic; reload the page.".to_owned(),
        ));
    };
    let mut response = content.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=31536000, immutable"),
    );
    Ok(response)
}
