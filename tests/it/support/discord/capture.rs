//! Writes every request down, one JSON object a line, for a check against Discord's own description
//! of its API. The variable names a folder; each world has a file of its own there.

use serde_json::{Value, json};
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

const FOLDER: &str = "MEDIC_DISCORD_CAPTURE";

#[derive(Default)]
pub struct Capture(Option<File>);

impl Capture {
    pub fn open() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let Ok(folder) = std::env::var(FOLDER) else {
            return Self(None);
        };
        std::fs::create_dir_all(&folder).unwrap();
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-{number}.jsonl", std::process::id());
        Self(Some(File::create(Path::new(&folder).join(name)).unwrap()))
    }

    pub fn write(&mut self, method: &str, path: &str, body: Option<&Value>) {
        if let Some(file) = &mut self.0 {
            let line = json!({"method": method, "path": path, "body": body});
            writeln!(file, "{line}").unwrap();
        }
    }
}
