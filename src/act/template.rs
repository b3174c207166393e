//! Templates of actions: an operator's text with values put in where they cannot break out.
//!
//! The language is minijinja's, with nothing in it but the variables of [`VARIABLES`] and a few
//! filters (`default first join last length lower replace trim upper`); an unknown name is an
//! error, never an empty text. There are three places a template can stand, each with its own way
//! of keeping values in: a plain text, one segment of a path (percent-encoded), and
//! the strings of a JSON document (the document's shape is the operator's, parsed before any value
//! is put in).

mod objects;

use super::RenderContext;
use crate::domain::{Reaches, Runbook, Target};
use minijinja::value::{Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, filters, tests};
use objects::{AnyContact, Foreign};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

/// What a template may speak of, for messages and documentation. `merchant`, `merchant_name` and
/// `contact` (the merchant directory) and `reported` (the id of the merchant's newest verified ticket
/// at a source) and `closing` (what they are told after healed, in the language of their newest ticket) exist where an action reaches each merchant, `team` where it reaches a team, `idempotency_key` in `check_path` and `undo_path` alone. `foreign` is other people's words:
/// their use makes a plan ask.
pub const VARIABLES: [&str; 19] = [
    "subject",
    "target",
    "merchant",
    "merchant_name",
    "contact.NAME",
    "reported.SOURCE",
    "closing.subject .text .language",
    "team",
    "root_cause",
    "confidence",
    "verdict",
    "severity",
    "merchants",
    "merchant_count",
    "ticket_count",
    "checkout_failures",
    "runbook.id .title .guide .safe_sentence .check .undo",
    "foreign.label .title .explanation",
    "idempotency_key",
];

/// Names of the foreign words that a context may hold.
pub const FOREIGN_WORDS: [&str; 3] = ["label", "title", "explanation"];

/// Longest text or document a template may give, in bytes.
const MAX_RENDERED: usize = 64 * 1024;

/// The values of one rendering, and which foreign words were read from them.
pub struct Values {
    root: Value,
    foreign: Arc<Mutex<BTreeSet<String>>>,
}

impl Values {
    /// The values of this delivery.
    pub fn of(context: &RenderContext<'_>) -> Self {
        let mut root = facts(context);
        if let Target::Merchant(id) = context.target {
            let name = context
                .directory
                .map(|entry| entry.name.as_str())
                .filter(|name| !name.is_empty());
            let contact = context.directory.map(|entry| entry.contact.clone());
            let contact = Value::from_pairs(contact.unwrap_or_default());
            root.insert("merchant", id.as_str().into());
            root.insert("merchant_name", name.unwrap_or(id.as_str()).into());
            root.insert("contact", contact);
            let reported = context.reported.into_iter().flatten();
            let reported = reported.map(|(source, id)| (source.as_str(), id.as_str()));
            root.insert("reported", Value::from_pairs(reported));
            if let Some(said) = context.closing {
                let [subject, text] = said.message(context.subject);
                root.insert("closing", closing_value([&subject, &text, &said.name]));
            }
        }
        let words = context.foreign.iter().cloned().collect();
        Self::with_foreign(root, context.runbook, words)
    }

    /// Made-up values of an action's kind, in which every name that may exist does exist: what a
    /// configured template is tried on before any ticket comes.
    pub fn sample(reaches: &Reaches) -> Self {
        Self::sample_with_contact(reaches, "sample")
    }

    /// The same, with this for every contact.
    pub fn sample_with_contact(reaches: &Reaches, contact: &'static str) -> Self {
        let mut root = BTreeMap::new();
        match reaches {
            Reaches::EachMerchant => {
                root.insert("target", "merchant m-sample".into());
                root.insert("merchant", "m-sample".into());
                root.insert("merchant_name", "Sample Shop".into());
                root.insert("contact", Value::from_object(AnyContact(contact)));
                root.insert("reported", Value::from_object(AnyContact(contact)));
                root.insert("closing", closing_value(["sample"; 3]));
            }
            Reaches::Team(name) => {
                root.insert("target", name.as_str().into());
                root.insert("team", name.as_str().into());
            }
        }
        for name in ["subject", "root_cause", "verdict", "severity"] {
            root.insert(name, "sample".into());
        }
        for name in [
            "confidence",
            "merchant_count",
            "ticket_count",
            "checkout_failures",
        ] {
            root.insert(name, 3.into());
        }
        root.insert("merchants", vec!["m-sample"; 3].into());
        root.insert("runbook", runbook_value(["sample"; 6]));
        let words = FOREIGN_WORDS.map(|name| (name, "sample".to_owned()));
        Self::with_foreign(root, None, words.into_iter().collect())
    }

    fn with_foreign(
        mut root: BTreeMap<&'static str, Value>,
        runbook: Option<&Runbook>,
        words: BTreeMap<&'static str, String>,
    ) -> Self {
        if let Some(book) = runbook {
            let texts = [
                book.id.as_str(),
                &book.title,
                &book.guide,
                &book.safe_sentence,
                &book.check,
                &book.undo,
            ];
            root.insert("runbook", runbook_value(texts));
        }
        let foreign = Arc::default();
        let used = Arc::clone(&foreign);
        root.insert("foreign", Value::from_object(Foreign { words, used }));
        Self {
            root: Value::from_pairs(root),
            foreign,
        }
    }

    /// The foreign words that templates have read so far, sorted.
    pub fn foreign_used(&self) -> Vec<String> {
        let used = self.foreign.lock().unwrap_or_else(PoisonError::into_inner);
        used.iter().cloned().collect()
    }

    /// A plain text.
    pub fn text(&self, source: &str) -> Result<String, String> {
        self.render(&environment(), source)
    }

    /// A plain text in whose values, not in the template's own words, `change` has taken out what
    /// the place does not bear.
    pub fn defused(&self, source: &str, change: fn(&str) -> String) -> Result<String, String> {
        let mut env = environment();
        env.set_formatter(move |out, _, value| {
            out.write_str(&change(&value.to_string()))
                .map_err(Error::from)
        });
        self.render(&env, source)
    }

    /// A path, whose values are percent-encoded: each stays inside its segment.
    /// `placeholder` is put in as it is for `idempotency_key`.
    pub fn encoded(&self, source: &str, placeholder: Option<&str>) -> Result<String, String> {
        let mut env = environment();
        let kept = placeholder.map(|text| Value::from_safe_string(text.to_owned()));
        if let Some(kept) = kept {
            env.add_global("idempotency_key", kept);
        }
        env.set_formatter(|out, _, value| {
            if !matches!(
                value.kind(),
                ValueKind::String | ValueKind::Number | ValueKind::Bool
            ) {
                let why = "only a single text or number can stand in a path; use join";
                return Err(Error::new(ErrorKind::InvalidOperation, why));
            }
            let text = value.to_string();
            let text = if value.is_safe() {
                text
            } else {
                percent_encoded(&text)
            };
            out.write_str(&text).map_err(Error::from)
        });
        self.render(&env, source)
    }

    /// A JSON document whose strings are templates. A string that is nothing but one `{{ … }}`
    /// becomes whatever the expression gives, so that numbers and lists keep their type. Keys are
    /// fixed.
    pub fn json(&self, source: &str) -> Result<String, String> {
        let mut document: serde_json::Value = serde_json::from_str(source).map_err(|error| {
            format!(
                "not JSON ({error}); write a JSON document and put values into its strings: \
                 {{\"count\": \"{{{{ ticket_count }}}}\"}}"
            )
        })?;
        self.fill(&environment(), &mut document)?;
        let text = serde_json::to_string_pretty(&document).map_err(|error| error.to_string())?;
        within_limit(text)
    }

    fn fill(&self, env: &Environment<'_>, node: &mut serde_json::Value) -> Result<(), String> {
        match node {
            serde_json::Value::String(source) => *node = self.leaf(env, source)?,
            serde_json::Value::Array(items) => {
                for item in items {
                    self.fill(env, item)?;
                }
            }
            serde_json::Value::Object(map) => {
                for (key, value) in map {
                    if key.contains("{{") || key.contains("{%") {
                        return Err(format!("the key {key:?} has a template; keys are fixed"));
                    }
                    self.fill(env, value)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn leaf(&self, env: &Environment<'_>, source: &str) -> Result<serde_json::Value, String> {
        let lone = source
            .trim()
            .strip_prefix("{{")
            .and_then(|rest| rest.strip_suffix("}}"))
            .and_then(|inner| env.compile_expression(inner).ok());
        let Some(expression) = lone else {
            return self.render(env, source).map(serde_json::Value::String);
        };
        let value = expression
            .eval(self.root.clone())
            .map_err(|error| self.explain(&error, expression.undeclared_variables(true)))?;
        if value.is_undefined() {
            let error = Error::from(ErrorKind::UndefinedError);
            return Err(self.explain(&error, expression.undeclared_variables(true)));
        }
        let json = filters::tojson(
            &value,
            None,
            std::iter::empty::<(String, Value)>().collect(),
        )
        .map_err(|error| in_words(&error))?;
        serde_json::from_str(json.as_str().unwrap_or_default()).map_err(|error| error.to_string())
    }

    fn render(&self, env: &Environment<'_>, source: &str) -> Result<String, String> {
        let template = env
            .template_from_str(source)
            .map_err(|error| in_words(&error))?;
        let text = template
            .render(self.root.clone())
            .map_err(|error| self.explain(&error, template.undeclared_variables(true)))?;
        within_limit(text)
    }

    /// An error in words; one about an unknown name says which and why it may be missing.
    fn explain(&self, error: &Error, mentioned: impl IntoIterator<Item = String>) -> String {
        if error.kind() != ErrorKind::UndefinedError {
            return in_words(error);
        }
        let missing: BTreeSet<String> = mentioned
            .into_iter()
            .filter(|path| path != "idempotency_key" && !self.has(path))
            .collect();
        let Some(first) = missing.first() else {
            return in_words(error);
        };
        let unknown = format!("no such variable; there are: {}", VARIABLES.join(", "));
        let why = match first.split('.').next().unwrap_or_default() {
            "contact" => "the merchant directory (data/merchants.toml) has no such contact for it",
            "reported" => "no verified ticket of theirs came from that source",
            "runbook" => "no runbook applies, or it has no such part",
            "merchant" | "merchant_name" | "team" | "closing" => {
                "it exists only for what the action's `reaches` says"
            }
            "foreign" => "there are no such words here; give a default with | default(\"\")",
            _ => &unknown,
        };
        let names = missing.iter().cloned().collect::<Vec<_>>().join(", ");
        format!("{names} has no value: {why}")
    }

    fn has(&self, path: &str) -> bool {
        let mut value = self.root.clone();
        for name in path.split('.') {
            match value.get_attr(name) {
                Ok(next) if !next.is_undefined() => value = next,
                _ => return false,
            }
        }
        true
    }
}

/// Percent-encodes everything but RFC 3986's unreserved characters, so that no value can end a
/// path segment or a query value.
pub fn percent_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn facts(context: &RenderContext<'_>) -> BTreeMap<&'static str, Value> {
    let merchants: Vec<Value> = context
        .merchants
        .iter()
        .map(|id| id.as_str().into())
        .collect();
    let mut root = BTreeMap::from([
        ("subject", Value::from(context.subject.to_string())),
        ("target", Value::from(context.target.to_string())),
        ("root_cause", Value::from(context.root_cause)),
        ("confidence", Value::from(context.confidence)),
        ("verdict", Value::from(context.verdict)),
        ("severity", Value::from(context.severity)),
        ("merchant_count", Value::from(merchants.len())),
        ("merchants", Value::from(merchants)),
        ("ticket_count", Value::from(context.ticket_count)),
        ("checkout_failures", Value::from(context.checkout_failures)),
    ]);
    if let Target::Team(name) = context.target {
        root.insert("team", name.as_str().into());
    }
    root
}

fn runbook_value(texts: [&str; 6]) -> Value {
    let names = ["id", "title", "guide", "safe_sentence", "check", "undo"];
    Value::from_pairs(names.into_iter().zip(texts))
}

fn closing_value(texts: [&str; 3]) -> Value {
    Value::from_pairs(["subject", "text", "language"].into_iter().zip(texts))
}

fn environment<'a>() -> Environment<'a> {
    let mut env = Environment::empty();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.add_filter("default", filters::default);
    env.add_filter("first", filters::first);
    env.add_filter("join", filters::join);
    env.add_filter("last", filters::last);
    env.add_filter("length", filters::length);
    env.add_filter("lower", filters::lower);
    env.add_filter("replace", filters::replace);
    env.add_filter("trim", filters::trim);
    env.add_filter("upper", filters::upper);
    env.add_test("defined", tests::is_defined);
    env
}

fn within_limit(text: String) -> Result<String, String> {
    if text.len() > MAX_RENDERED {
        let length = text.len();
        return Err(format!(
            "it gives {length} bytes, and at most {MAX_RENDERED} are sent"
        ));
    }
    Ok(text)
}

fn in_words(error: &Error) -> String {
    let detail = error
        .detail()
        .map_or_else(String::new, |d| format!(": {d}"));
    let line = error
        .line()
        .map_or_else(String::new, |l| format!(" (line {l})"));
    format!("{}{detail}{line}", error.kind())
}
