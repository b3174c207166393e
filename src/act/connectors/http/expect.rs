//! What a check's answer must be.

/// `check_expect`: terms separated by `;`, each a status (`200`) or a JSON pointer and the value
/// that must stand there (`/status=delivered`). Without any, a success status is enough.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Expect {
    pub status: Option<u16>,
    fields: Vec<(String, String)>,
}

impl Expect {
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut expect = Self::default();
        for term in text.split(';').map(str::trim).filter(|t| !t.is_empty()) {
            if let Some((pointer, value)) = term.split_once('=').filter(|_| term.starts_with('/')) {
                let field = (pointer.trim().to_owned(), value.trim().to_owned());
                expect.fields.push(field);
                continue;
            }
            match term.parse() {
                Ok(status @ 100..=599) if expect.status.is_none() => expect.status = Some(status),
                _ => {
                    return Err(format!(
                        "{term:?} is neither a status nor /pointer=value; write for example \
                         \"200; /status=delivered\""
                    ));
                }
            }
        }
        Ok(expect)
    }

    /// Whether the answer's body must be read at all.
    pub fn reads_body(&self) -> bool {
        !self.fields.is_empty()
    }

    /// The first field that is not as expected, in words. Values of the answer are not quoted:
    /// they are somebody else's words.
    pub fn mismatch(&self, body: &serde_json::Value) -> Option<String> {
        self.fields.iter().find_map(|(pointer, wanted)| {
            let same = match body.pointer(pointer) {
                Some(serde_json::Value::String(found)) => found == wanted,
                Some(found) => &found.to_string() == wanted,
                None => return Some(format!("it has no {pointer}")),
            };
            (!same).then(|| format!("{pointer} is not {wanted:?}"))
        })
    }
}
