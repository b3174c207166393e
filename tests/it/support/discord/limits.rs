//! What Discord refuses, and in which words.

use serde_json::{Value, json};

/// A refusal: status, Discord's number, words, and the fields to blame.
#[derive(Debug)]
pub struct Refusal {
    pub status: u16,
    pub body: Value,
}

pub fn refusal(status: u16, code: u32, message: &str) -> Refusal {
    Refusal {
        status,
        body: json!({"message": message, "code": code}),
    }
}

pub fn unknown(what: &str, code: u32) -> Refusal {
    refusal(404, code, &format!("Unknown {what}"))
}

pub fn missing_access() -> Refusal {
    refusal(403, 50_001, "Missing Access")
}

pub fn missing_permissions() -> Refusal {
    refusal(403, 50_013, "Missing Permissions")
}

/// Collects what is wrong with a form.
#[derive(Default)]
pub struct Form {
    wrong: Vec<(String, String)>,
}

impl Form {
    /// Refuses if anything was wrong.
    pub fn verdict(self) -> Result<(), Refusal> {
        if self.wrong.is_empty() {
            return Ok(());
        }
        let mut errors = json!({});
        for (path, why) in self.wrong {
            let mut at = &mut errors;
            for part in path.split('.') {
                at = &mut at[part];
            }
            *at = json!({"_errors": [{"code": "INVALID", "message": why}]});
        }
        let body = json!({"message": "Invalid Form Body", "code": 50_035, "errors": errors});
        Err(Refusal { status: 400, body })
    }

    fn wrong(&mut self, path: &str, why: impl Into<String>) {
        self.wrong.push((path.to_owned(), why.into()));
    }

    /// A text of `least` to `most` characters, if it is there.
    fn text(&mut self, path: &str, value: &Value, least: usize, most: usize) -> usize {
        match value {
            Value::Null => 0,
            Value::String(text) => {
                let length = text.chars().count();
                if !(least..=most).contains(&length) {
                    self.wrong(
                        path,
                        format!("Must be between {least} and {most} in length."),
                    );
                }
                length
            }
            _ => {
                self.wrong(path, "Could not interpret as string.");
                0
            }
        }
    }

    fn list<'a>(&mut self, path: &str, value: &'a Value, most: usize) -> &'a [Value] {
        let list = value.as_array().map_or(&[][..], Vec::as_slice);
        if list.len() > most {
            self.wrong(path, format!("Must be {most} or fewer in length."));
        }
        list
    }

    /// A message's body.
    pub fn message(&mut self, body: &Value) {
        self.text("content", &body["content"], 0, 2_000);
        if let Some(nonce) = body["nonce"].as_str()
            && nonce.chars().count() > 25
        {
            self.wrong("nonce", "Must be 25 or fewer in length.");
        }
        let mut total = 0;
        for (n, embed) in self.list("embeds", &body["embeds"], 10).iter().enumerate() {
            total += self.embed(&format!("embeds.{n}"), embed);
        }
        if total > 6_000 {
            self.wrong("embeds", "Embed size exceeds maximum size of 6000");
        }
        self.components(&body["components"]);
        let allowed = &body["allowed_mentions"];
        for key in ["users", "roles"] {
            let named = allowed[key].as_array().is_some_and(|ids| !ids.is_empty());
            if named
                && allowed["parse"]
                    .as_array()
                    .is_some_and(|p| p.contains(&json!(key)))
            {
                self.wrong(
                    "allowed_mentions",
                    format!("parse:[\"{key}\"] and {key}: [ids...] are mutually exclusive."),
                );
            }
        }
    }

    fn embed(&mut self, path: &str, embed: &Value) -> usize {
        let mut total = self.text(&format!("{path}.title"), &embed["title"], 0, 256);
        total += self.text(
            &format!("{path}.description"),
            &embed["description"],
            0,
            4_096,
        );
        total += self.text(
            &format!("{path}.footer.text"),
            &embed["footer"]["text"],
            0,
            2_048,
        );
        total += self.text(
            &format!("{path}.author.name"),
            &embed["author"]["name"],
            0,
            256,
        );
        for (n, field) in self
            .list(&format!("{path}.fields"), &embed["fields"], 25)
            .iter()
            .enumerate()
        {
            let at = format!("{path}.fields.{n}");
            for (key, most) in [("name", 256), ("value", 1_024)] {
                if field[key].is_null() {
                    self.wrong(&format!("{at}.{key}"), "This field is required");
                }
                total += self.text(&format!("{at}.{key}"), &field[key], 1, most);
            }
        }
        total
    }

    fn components(&mut self, rows: &Value) {
        let mut ids = Vec::new();
        for (r, row) in self.list("components", rows, 5).iter().enumerate() {
            let parts = self.list(&format!("components.{r}.components"), &row["components"], 5);
            if parts.is_empty() {
                self.wrong(
                    &format!("components.{r}.components"),
                    "This field is required",
                );
            }
            for (n, part) in parts.iter().enumerate() {
                let at = format!("components.{r}.components.{n}");
                self.component(&at, part);
                if let Some(id) = part["custom_id"].as_str() {
                    if ids.contains(&id) {
                        self.wrong(
                            &format!("{at}.custom_id"),
                            "Component custom id cannot be duplicated",
                        );
                    }
                    ids.push(id);
                }
            }
        }
    }

    fn component(&mut self, at: &str, part: &Value) {
        match part["type"].as_u64() {
            Some(2) => {
                self.text(&format!("{at}.label"), &part["label"], 1, 80);
                self.text(&format!("{at}.url"), &part["url"], 1, 512);
                if part["style"] != 5 && part["custom_id"].is_null() {
                    self.wrong(&format!("{at}.custom_id"), "A custom id is required");
                }
                self.text(&format!("{at}.custom_id"), &part["custom_id"], 1, 100);
            }
            Some(3) => {
                self.text(&format!("{at}.custom_id"), &part["custom_id"], 1, 100);
                self.text(&format!("{at}.placeholder"), &part["placeholder"], 0, 150);
                let options = self.list(&format!("{at}.options"), &part["options"], 25);
                if options.is_empty() {
                    self.wrong(&format!("{at}.options"), "This field is required");
                }
                for (o, option) in options.iter().enumerate() {
                    for (key, least) in [("label", 1), ("value", 1), ("description", 0)] {
                        self.text(&format!("{at}.options.{o}.{key}"), &option[key], least, 100);
                    }
                }
            }
            Some(5..=8) => {
                self.text(&format!("{at}.custom_id"), &part["custom_id"], 1, 100);
            }
            _ => self.wrong(
                &format!("{at}.type"),
                "Value of field \"type\" must be one of (2, 3, 5, 6, 7, 8).",
            ),
        }
    }

    /// A form's body.
    pub fn modal(&mut self, data: &Value) {
        self.text("data.title", &data["title"], 1, 45);
        self.text("data.custom_id", &data["custom_id"], 1, 100);
        let rows = self.list("data.components", &data["components"], 5);
        if rows.is_empty() {
            self.wrong("data.components", "This field is required");
        }
        for (r, row) in rows.iter().enumerate() {
            let at = format!("data.components.{r}");
            let input = if row["type"] == 18 {
                &row["component"]
            } else {
                &row["components"][0]
            };
            let label = if row["type"] == 18 {
                &row["label"]
            } else {
                &input["label"]
            };
            self.text(&format!("{at}.label"), label, 1, 45);
            self.text(&format!("{at}.custom_id"), &input["custom_id"], 1, 100);
            self.text(&format!("{at}.placeholder"), &input["placeholder"], 0, 100);
            let most = input["max_length"]
                .as_u64()
                .map_or(4_000, |most| most as usize);
            if most > 4_000 {
                self.wrong(&format!("{at}.max_length"), "Must be 4000 or fewer.");
            }
            self.text(&format!("{at}.value"), &input["value"], 0, most);
        }
    }

    /// Choices for what is being typed.
    pub fn choices(&mut self, data: &Value) {
        for (n, choice) in self
            .list("data.choices", &data["choices"], 25)
            .iter()
            .enumerate()
        {
            self.text(&format!("data.choices.{n}.name"), &choice["name"], 1, 100);
            if choice["value"].is_string() {
                self.text(&format!("data.choices.{n}.value"), &choice["value"], 0, 100);
            }
        }
    }

    /// A thread's or post's own fields.
    pub fn thread(&mut self, body: &Value, named: bool) {
        if named && body["name"].is_null() {
            self.wrong("name", "This field is required");
        }
        self.text("name", &body["name"], 1, 100);
        let archive = &body["auto_archive_duration"];
        if !archive.is_null()
            && ![60, 1_440, 4_320, 10_080]
                .iter()
                .any(|minutes| archive == minutes)
        {
            self.wrong(
                "auto_archive_duration",
                "Value must be one of {60, 1440, 4320, 10080}.",
            );
        }
        self.list("applied_tags", &body["applied_tags"], 5);
    }

    /// All of an application's commands.
    pub fn commands(&mut self, commands: &Value) {
        let mut names = Vec::new();
        for (n, command) in self.list("commands", commands, 130).iter().enumerate() {
            let menu = matches!(command["type"].as_u64(), Some(2 | 3));
            self.text(&format!("{n}.name"), &command["name"], 1, 32);
            let name = command["name"].as_str().unwrap_or_default();
            if !menu && name.chars().any(|c| c.is_whitespace() || c.is_uppercase()) {
                self.wrong(&format!("{n}.name"), "Command name is invalid");
            }
            let key = (command["type"].as_u64().unwrap_or(1), name);
            if names.contains(&key) {
                self.wrong(
                    &format!("{n}.name"),
                    "Application command names must be unique",
                );
            }
            names.push(key);
            let described = command["description"].as_str().unwrap_or_default();
            if menu != described.is_empty() {
                self.wrong(
                    &format!("{n}.description"),
                    "Wrong for this kind of command",
                );
            }
            self.text(&format!("{n}.description"), &command["description"], 0, 100);
            self.options(&format!("{n}"), &command["options"]);
        }
    }

    fn options(&mut self, at: &str, options: &Value) {
        let mut optional = false;
        for (n, option) in self
            .list(&format!("{at}.options"), options, 25)
            .iter()
            .enumerate()
        {
            let at = format!("{at}.options.{n}");
            self.text(&format!("{at}.name"), &option["name"], 1, 32);
            self.text(&format!("{at}.description"), &option["description"], 1, 100);
            let required = option["required"] == true;
            if required && optional {
                self.wrong(
                    &at,
                    "Required options must be placed before non-required options",
                );
            }
            optional |= !required;
            self.list(&format!("{at}.choices"), &option["choices"], 25);
            self.options(&at, &option["options"]);
        }
    }
}
