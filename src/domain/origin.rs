//! Where a ticket stands on a surface that people talk on, so that it can be answered there.

use super::Surface;
use serde::{Deserialize, Serialize};

/// The place at which a ticket was posted. Only an adapter that has proven it sets one; nothing in
/// a ticket's own fields can. Ids are the surface's own, as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// On which surface.
    pub surface: Surface,
    /// What makes the ticket one of its kind there: the id of its message or of its form. Never
    /// used twice by the surface.
    pub id: String,
    /// The channel or forum.
    pub channel: String,
    /// The thread in it, where the ticket stands in one or began one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<String>,
    /// The message that can be replied to; none where there is none, as after a form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Whose words the ticket holds.
    pub author: String,
    /// Who handed it on, where that is not its author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forwarder: Option<String>,
}
