//! One call: method, path, body, and what its repetition would mean.

use super::error::RestError;
use super::mentions;
use reqwest::Method;
use serde::Serialize;
use serde_json::{Value, json};

/// A file beside a message. Discord takes 10 a message, 10 MiB each.
#[derive(Clone, Debug)]
pub struct Attachment {
    /// Its name, with the ending that says what it is.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// What a call counts towards.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Lane {
    /// The method, because Discord limits a route's methods apart.
    pub method: Method,
    /// The path's template.
    pub route: &'static str,
    /// The channel or guild that the route is limited by, 0 where there is none.
    pub major: u64,
}

/// Which of Discord's limits hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The lane's, and the global one.
    Limited(Lane),
    /// Callbacks and what follows them: the token is the permission, no bot's token is sent, and
    /// the global limit does not count them.
    Interaction,
    /// The first answer to an interaction, which has to be quick.
    Callback,
}

/// One call.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub method: Method,
    /// From `/` on, without the base.
    pub path: String,
    pub query: Vec<(&'static str, String)>,
    pub body: Option<Value>,
    pub files: Vec<Attachment>,
    pub kind: Kind,
    /// Whether a second one does no harm, so that no answer and 5xx may be followed by another try.
    pub repeatable: bool,
}

impl Call {
    /// A call in a lane of its own kind and channel or guild. Everything but POST is repeatable.
    pub fn new(method: Method, route: &'static str, major: u64, path: String) -> Self {
        let lane = Lane {
            method: method.clone(),
            route,
            major,
        };
        Self {
            repeatable: method != Method::POST,
            kind: Kind::Limited(lane),
            ..Self::bare(method, path)
        }
    }

    /// A call of an interaction.
    pub fn interaction(method: Method, path: String) -> Self {
        Self {
            repeatable: method != Method::POST,
            ..Self::bare(method, path)
        }
    }

    /// The first answer to an interaction. Discord takes only one, so a second try does no harm.
    pub fn callback(path: String) -> Self {
        Self {
            kind: Kind::Callback,
            repeatable: true,
            ..Self::bare(Method::POST, path)
        }
    }

    fn bare(method: Method, path: String) -> Self {
        Self {
            method,
            path,
            query: Vec::new(),
            body: None,
            files: Vec::new(),
            kind: Kind::Interaction,
            repeatable: false,
        }
    }

    /// With something in the query.
    pub fn query(mut self, name: &'static str, value: impl ToString) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    /// A second one does no harm.
    pub fn repeatable(mut self) -> Self {
        self.repeatable = true;
        self
    }

    /// With a body that holds no message.
    pub fn body(mut self, body: &impl Serialize) -> Result<Self, RestError> {
        self.body = Some(to_value(body)?);
        Ok(self)
    }

    /// With a body that is a message, or holds one under `inside`; nobody is pinged but whom its
    /// `allowed_mentions` name one by one.
    pub fn message(
        mut self,
        body: &impl Serialize,
        inside: Option<&str>,
        files: Vec<Attachment>,
    ) -> Result<Self, RestError> {
        let mut body = to_value(body)?;
        let message = match inside {
            None => Some(&mut body),
            Some(key) => body.get_mut(key),
        };
        let message = message
            .and_then(Value::as_object_mut)
            .ok_or_else(|| RestError::Malformed("a message has to be an object".into()))?;
        mentions::restrain(message);
        if !files.is_empty() {
            let listed = files.iter().enumerate();
            let listed =
                listed.map(|(n, file)| json!({"id": n.to_string(), "filename": file.name}));
            message.insert("attachments".into(), listed.collect());
        }
        // The same author's same nonce gets the first message back for some minutes.
        if message.get("enforce_nonce") == Some(&Value::Bool(true))
            && message.get("nonce").is_some_and(|nonce| !nonce.is_null())
        {
            self.repeatable = true;
        }
        self.body = Some(body);
        self.files = files;
        Ok(self)
    }
}

fn to_value(body: &impl Serialize) -> Result<Value, RestError> {
    serde_json::to_value(body).map_err(|error| RestError::Malformed(error.to_string()))
}
