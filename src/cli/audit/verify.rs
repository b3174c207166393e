//! `medic audit verify`: no store, no config, no network needed.

use crate::audit::{Anchor, Verified, VerifyError, verify};
use crate::domain::Digest;
use crate::store::embedded;
use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _, Write};
use std::path::Path;

/// Checks the file and says so on `out`; `false` where its chain is broken.
pub fn run(
    file: &Path,
    head: Option<Digest>,
    as_json: bool,
    out: &mut impl Write,
) -> anyhow::Result<bool> {
    let verified = match check(file, head) {
        Ok(verified) => verified,
        Err(VerifyError::Broken(broken)) => {
            if as_json {
                let answer = json!({
                    "ok": false,
                    "bad_record": broken.seq,
                    "line": broken.line,
                    "reason": broken.reason,
                });
                writeln!(out, "{answer}")?;
            } else {
                writeln!(out, "BROKEN: {broken}")?;
                if looks_like_csv(file) {
                    writeln!(
                        out,
                        "A CSV export cannot be verified; export it as jsonl for that."
                    )?;
                }
            }
            return Ok(false);
        }
        Err(error) => {
            return Err(error).with_context(|| format!("cannot verify {}", file.display()));
        }
    };
    if as_json {
        writeln!(out, "{}", answer(&verified))?;
    } else {
        writeln!(out, "{verified}")?;
        if verified.anchor == Anchor::None {
            writeln!(
                out,
                "Nothing vouches for its end: compare the head with the last one posted to the audit \
                 channel, or give that one with --head."
            )?;
        }
    }
    Ok(true)
}

fn check(file: &Path, head: Option<Digest>) -> Result<Verified, VerifyError> {
    if file.as_os_str() == "-" {
        return verify(io::stdin().lock(), head);
    }
    if embedded::is_journal(file) {
        return embedded::verify(file, head);
    }
    let input = File::open(file)?;
    let bar = progress(input.metadata().map_or(0, |data| data.len()));
    let result = verify(
        BufReader::with_capacity(1 << 20, bar.wrap_read(input)),
        head,
    );
    bar.finish_and_clear();
    result
}

fn answer(verified: &Verified) -> serde_json::Value {
    let (anchor, up_to) = match verified.anchor {
        Anchor::None => ("unanchored", None),
        Anchor::Head => ("anchored", Some(verified.head.seq)),
        Anchor::Record(seq) => ("anchored", Some(seq)),
    };
    json!({
        "ok": true,
        "records": verified.records,
        "skipped": verified.skipped,
        "first": verified.first,
        "last": verified.head.seq,
        "head": verified.head.hash,
        "anchor": anchor,
        "anchored_up_to": up_to,
    })
}

fn looks_like_csv(file: &Path) -> bool {
    let mut start = Vec::new();
    let opened = File::open(file).map(|file| BufReader::new(file.take(7)));
    opened.is_ok_and(|mut file| file.read_until(b'\n', &mut start).is_ok() && start == b"seq,at,")
}

/// A bar on standard error, hidden by itself where that is no terminal.
fn progress(bytes: u64) -> ProgressBar {
    let bar = ProgressBar::new(bytes);
    match ProgressStyle::with_template("{bar:40} {bytes} of {total_bytes}, {eta} left") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
