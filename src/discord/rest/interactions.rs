//! Answers to interactions. Their token is the permission and lives 15 minutes; the first answer has
//! to come within 3 seconds.

use super::call::{Attachment, Call};
use super::{Rest, RestError};
use reqwest::Method;
use serde::Serialize;
use serde_json::Value;
use serenity::model::channel::Message;
use serenity::model::id::{ApplicationId, InteractionId, MessageId};

impl Rest {
    /// The first answer. After [`RestError::is_interaction_over`] never answer again.
    ///
    /// # Errors
    /// See [`RestError`].
    pub async fn respond(
        &self,
        interaction: InteractionId,
        token: &str,
        response: &impl Serialize,
    ) -> Result<(), RestError> {
        let call = Call::callback(format!(
            "/interactions/{interaction}/{}/callback",
            segment(token)?
        ));
        let value = serde_json::to_value(response)
            .map_err(|error| RestError::Malformed(error.to_string()))?;
        // 4, 5 and 7 carry a message, a form and choices do not.
        let message =
            matches!(value["type"].as_u64(), Some(4 | 5 | 7)) && value["data"].is_object();
        let call = if message {
            call.message(&value, Some("data"), Vec::new())?.repeatable()
        } else {
            call.body(&without_null_data(value))?
        };
        self.send(call).await
    }

    /// Changes the first answer; after a deferred one, gives it.
    ///
    /// # Errors
    /// See [`RestError`].
    pub async fn edit_original(
        &self,
        application: ApplicationId,
        token: &str,
        edit: &impl Serialize,
        files: Vec<Attachment>,
    ) -> Result<Message, RestError> {
        let path = format!(
            "/webhooks/{application}/{}/messages/@original",
            segment(token)?
        );
        let call = Call::interaction(Method::PATCH, path);
        self.fetch(call.message(edit, None, files)?).await
    }

    /// Deletes the first answer.
    ///
    /// # Errors
    /// See [`RestError`].
    pub async fn delete_original(
        &self,
        application: ApplicationId,
        token: &str,
    ) -> Result<(), RestError> {
        let path = format!(
            "/webhooks/{application}/{}/messages/@original",
            segment(token)?
        );
        self.send(Call::interaction(Method::DELETE, path)).await
    }

    /// A further answer. Not repeated where it may have landed: Discord knows no nonce here.
    ///
    /// # Errors
    /// See [`RestError`].
    pub async fn follow_up(
        &self,
        application: ApplicationId,
        token: &str,
        message: &impl Serialize,
        files: Vec<Attachment>,
    ) -> Result<Message, RestError> {
        let path = format!("/webhooks/{application}/{}", segment(token)?);
        let call = Call::interaction(Method::POST, path).query("wait", true);
        self.fetch(call.message(message, None, files)?).await
    }

    /// Changes a further answer.
    ///
    /// # Errors
    /// See [`RestError`].
    pub async fn edit_follow_up(
        &self,
        application: ApplicationId,
        token: &str,
        message: MessageId,
        edit: &impl Serialize,
    ) -> Result<Message, RestError> {
        let path = format!(
            "/webhooks/{application}/{}/messages/{message}",
            segment(token)?
        );
        let call = Call::interaction(Method::PATCH, path);
        self.fetch(call.message(edit, None, Vec::new())?).await
    }
}

fn without_null_data(mut response: Value) -> Value {
    if let Some(object) = response.as_object_mut()
        && object.get("data").is_some_and(Value::is_null)
    {
        object.remove("data");
    }
    response
}

/// A token as it may stand between two slashes: it came over the wire.
fn segment(token: &str) -> Result<&str, RestError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.~=:+".contains(c);
    if token.is_empty() || token.starts_with('.') || !token.chars().all(plain) {
        return Err(RestError::Malformed(
            "the interaction's token holds what no path can".into(),
        ));
    }
    Ok(token)
}
