//! What an action over the HTTP connector says in its `with` table.

use super::super::with::unknown_key;
use super::expect::Expect;
use crate::domain::Action;
use crate::net::Method;

/// Every key, with a `.` at the end where a name follows.
const KEYS: [&str; 13] = [
    "endpoint",
    "method",
    "path",
    "query.",
    "header.",
    "body",
    "idempotent",
    "reference",
    "check_path",
    "check_expect",
    "undo_path",
    "undo_method",
    "undo_body",
];

/// Headers that are set by Medic or by the connection, or would carry a secret.
const RESERVED_HEADERS: [&str; 15] = [
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "host",
    "idempotency-key",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "webhook-id",
    "webhook-signature",
    "webhook-timestamp",
];

/// The `with` table, read.
pub(super) struct Settings<'a> {
    pub endpoint: &'a str,
    pub method: Method,
    pub path: &'a str,
    pub query: Vec<(&'a str, &'a str)>,
    pub headers: Vec<(&'a str, &'a str)>,
    pub body: Option<&'a str>,
    pub idempotent: bool,
    pub reference: Option<&'a str>,
    pub check_path: Option<&'a str>,
    pub expect: Expect,
    pub undo_path: Option<&'a str>,
    pub undo_method: Method,
    pub undo_body: Option<&'a str>,
}

impl<'a> Settings<'a> {
    /// Reads the table; answers with everything that is wrong, one sentence each.
    pub fn read(action: &'a Action) -> Result<Self, Vec<String>> {
        let mut problems = Vec::new();
        let mut settings = Self {
            endpoint: "",
            method: Method::Post,
            path: "",
            query: Vec::new(),
            headers: Vec::new(),
            body: None,
            idempotent: false,
            reference: None,
            check_path: None,
            expect: Expect::default(),
            undo_path: None,
            undo_method: Method::Post,
            undo_body: None,
        };
        for (key, value) in &action.with {
            if let Err(why) = settings.take(key, value) {
                problems.push(format!("with.{key}: {why}"));
            }
        }
        for (key, value) in [("endpoint", settings.endpoint), ("path", settings.path)] {
            if value.is_empty() {
                problems.push(format!("with.{key}: it is missing or empty; set it"));
            }
        }
        if settings.check_path.is_none() && action.with.contains_key("check_expect") {
            problems.push("with.check_expect: it needs check_path, which is not set".into());
        }
        for key in ["undo_method", "undo_body"] {
            if settings.undo_path.is_none() && action.with.contains_key(key) {
                problems.push(format!("with.{key}: it needs undo_path, which is not set"));
            }
        }
        if problems.is_empty() {
            Ok(settings)
        } else {
            Err(problems)
        }
    }

    fn take(&mut self, key: &'a str, value: &'a str) -> Result<(), String> {
        match key {
            "endpoint" => self.endpoint = value,
            "path" => self.path = value,
            "body" => self.body = Some(value),
            "check_path" => self.check_path = Some(value),
            "check_expect" => self.expect = Expect::parse(value)?,
            "undo_path" => self.undo_path = Some(value),
            "undo_body" => self.undo_body = Some(value),
            "method" => {
                self.method = match value {
                    "POST" => Method::Post,
                    "PUT" => Method::Put,
                    "PATCH" => Method::Patch,
                    _ => return Err(format!("{value:?} is none of POST, PUT, PATCH")),
                }
            }
            "undo_method" => {
                self.undo_method = match value {
                    "POST" => Method::Post,
                    "PUT" => Method::Put,
                    "PATCH" => Method::Patch,
                    "DELETE" => Method::Delete,
                    _ => return Err(format!("{value:?} is none of POST, PUT, PATCH, DELETE")),
                }
            }
            "idempotent" => {
                self.idempotent = match value {
                    "true" => true,
                    "false" => false,
                    _ => return Err(format!("{value:?} is neither \"true\" nor \"false\"")),
                }
            }
            "reference" => {
                if !value.starts_with('/') {
                    return Err(format!("{value:?} is not a JSON pointer; write it as /id"));
                }
                self.reference = Some(value);
            }
            _ => match key.split_once('.') {
                Some(("query", name)) if !name.is_empty() => self.query.push((name, value)),
                Some(("header", name)) => {
                    check_header(name, value)?;
                    self.headers.push((name, value));
                }
                _ => return Err(unknown_key(key, &KEYS)),
            },
        }
        Ok(())
    }
}

/// The method as it is written.
pub(super) const fn method_name(method: Method) -> &'static str {
    match method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Patch => "PATCH",
        Method::Delete => "DELETE",
    }
}

fn check_header(name: &str, value: &str) -> Result<(), String> {
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if name.is_empty() || !name.bytes().all(token) {
        return Err(format!("{name:?} is not the name of a header"));
    }
    if RESERVED_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
        return Err(
            "Medic sets this header itself; tokens go into the endpoint's bearer_env".to_owned(),
        );
    }
    if !value.bytes().all(|b| (b' '..=b'~').contains(&b)) {
        return Err("its value has a line break or a character outside ASCII".to_owned());
    }
    if value.contains("{{") || value.contains("{%") {
        return Err("headers are fixed texts, and this one has a template; use the body".into());
    }
    Ok(())
}
