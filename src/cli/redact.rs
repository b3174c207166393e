//! `medic redact`: texts in, texts without secrets out.

use crate::observe::redact::redact;
use clap::Args;
use serde::{Deserialize, Serialize};
use std::io::{self, BufRead, Write};

/// Longest line read, in bytes: as much as a whole request may hold.
const LONGEST_LINE: usize = 1024 * 1024;

/// Takes personal data and secrets out of texts.
///
/// Reads one `{"text"}` a line from standard input and writes one `{"text","spans"}` a line:
/// spans are `[start, end, type]`, counted in Unicode characters of the input.
#[derive(Args, Clone, Debug, Default)]
pub struct RedactArgs {}

#[derive(Deserialize)]
struct Input {
    text: String,
}

#[derive(Serialize)]
struct Output<'a> {
    text: &'a str,
    spans: Vec<(usize, usize, &'static str)>,
}

/// Runs the command. A line that is not `{"text"}` is reported on `err` and left out; the answer
/// is then `false`, for exit code 1, after all lines are done.
///
/// # Errors
/// Where reading or writing fails.
pub fn run(
    _args: &RedactArgs,
    mut input: impl BufRead,
    mut output: impl Write,
    mut err: impl Write,
) -> io::Result<bool> {
    let mut good = true;
    let mut line = Vec::new();
    for number in 1_u64.. {
        if !next_line(&mut input, &mut line)? {
            break;
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        match parse(&line) {
            Ok(Input { text }) => {
                let redacted = redact(&text);
                let spans = redacted.spans.iter();
                let answer = Output {
                    text: &redacted.text,
                    spans: spans.map(|s| (s.start, s.end, s.kind.as_str())).collect(),
                };
                serde_json::to_writer(&mut output, &answer)?;
                output.write_all(b"\n")?;
            }
            Err(reason) => {
                good = false;
                writeln!(err, "line {number}: {reason}; the line is left out")?;
            }
        }
    }
    output.flush()?;
    Ok(good)
}

/// Reads one line; of an overlong one only so much that it shows. False at the end.
fn next_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    loop {
        let available = match input.fill_buf() {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if available.is_empty() {
            return Ok(!line.is_empty());
        }
        let end = available.iter().position(|byte| *byte == b'\n');
        let taken = end.map_or(available.len(), |end| end + 1);
        let room = (LONGEST_LINE + 1).saturating_sub(line.len());
        line.extend_from_slice(&available[..taken.min(room)]);
        input.consume(taken);
        if end.is_some() {
            return Ok(true);
        }
    }
}

fn parse(line: &[u8]) -> Result<Input, String> {
    if line.len() > LONGEST_LINE {
        return Err(format!("longer than {LONGEST_LINE} bytes"));
    }
    // The column is ours to tell; serde_json would quote the value in some of its messages.
    serde_json::from_slice(line)
        .map_err(|error| format!("not an object with a `text`, at byte {}", error.column()))
}
