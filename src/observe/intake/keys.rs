//! Keys by which a repeat is known, and names for what must not be stored as it came.

use super::super::redact;
use crate::domain::{Digest, MerchantId, SourceName, WorkspaceId};
use serde_json::json;

/// By what a repeated delivery is recognised.
#[derive(Clone, Copy, Debug)]
pub enum DeliveryId<'a> {
    /// An id that the source's signature covers.
    Signed(&'a str),
    /// The body's digest, where no id is signed; valid within the window that the source states.
    Body(Digest),
}

/// The key of one delivery of a source: the same key is the same request again.
pub fn delivery_key(workspace: &WorkspaceId, source: &SourceName, id: DeliveryId<'_>) -> Digest {
    let (kind, id) = match id {
        DeliveryId::Signed(id) => ("id", id.to_owned()),
        DeliveryId::Body(digest) => ("body", digest.to_string()),
    };
    let key = json!(["delivery", workspace, source, kind, id]);
    Digest::of_json(&key)
}

/// The key of one ticket of a source: the same key is the same report again.
pub(super) fn identity(workspace: &WorkspaceId, source: &SourceName, id: &str) -> Digest {
    Digest::of_json(&json!(["ticket", workspace, source, id]))
}

/// The key of one ticket that was posted on a surface.
pub(super) fn posted(workspace: &WorkspaceId, surface: &str, id: &str) -> Digest {
    Digest::of_json(&json!(["posted", workspace, surface, id]))
}

/// A merchant's id as Medic keeps it: as the source sent it, character by character, so that no
/// two ids are ever taken for one another. Only where it is an address or a secret itself is it
/// replaced, by a name that stays the same and does not tell it. A merchant directory must put
/// its ids through this too.
///
/// `pseudonym_key` is the workspace's own random key: without it, whoever reads the store could
/// try out addresses until the name fits.
pub fn merchant_id(id: &str, pseudonym_key: &[u8; 32]) -> MerchantId {
    MerchantId::new(pseudonym(id, pseudonym_key))
}

/// `email-9f86d081884c7d65`: 64 bits, so that two of a million merchants share a name with a
/// probability of less than one in ten million.
pub(super) fn pseudonym(id: &str, key: &[u8; 32]) -> String {
    let redacted = redact::redact(id);
    let Some(span) = redacted.spans.first() else {
        return id.to_owned();
    };
    // Only a part of the digest is shown, so nobody can extend it to that of a longer id.
    let digest = Digest::of([key.as_slice(), id.as_bytes()].concat());
    format!("{}-{}", span.kind.word(), digest.prefix())
}
