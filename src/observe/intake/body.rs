//! A request's body: one object, an array, or one object a line.

use super::json::{Broken, Node, Reader};
use super::{Limits, RawTicket, raw};
use crate::domain::Problem;

/// What one item of a request became.
pub type Item = Result<RawTicket, Problem>;

/// Reads a request's body: an object, an array of objects, or NDJSON (by `content_type`, or
/// where the body is evidently so). The answer has one entry for each item, in order; a bad item
/// never costs the good ones.
///
/// # Errors
/// `empty`, `too_large`, `too_many`, `invalid_utf8` or `malformed_json`, where the body as a whole
/// cannot be read; then nothing of it may be taken.
pub fn parse_body(content_type: &str, body: &[u8], limits: &Limits) -> Result<Vec<Item>, Problem> {
    if body.len() > limits.request_bytes {
        let most = limits.request_bytes;
        let reason = format!("the request is larger than {most} bytes; send fewer tickets at once");
        return Err(Problem::whole("too_large", reason));
    }
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    if body.trim_ascii().is_empty() {
        return Err(empty());
    }
    if says_lines(content_type) {
        return lines(body, limits);
    }
    let whole = document(body, limits);
    match whole {
        Err(_) if looks_like_lines(body) => lines(body, limits),
        whole => whole,
    }
}

fn says_lines(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or("").trim();
    [
        "application/x-ndjson",
        "application/ndjson",
        "application/jsonl",
        "application/x-jsonlines",
    ]
    .iter()
    .any(|name| essence.eq_ignore_ascii_case(name))
}

/// Whether at least two lines hold what could be a whole object each.
fn looks_like_lines(body: &[u8]) -> bool {
    body.split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii)
        .filter(|line| line.starts_with(b"{") && line.ends_with(b"}"))
        .nth(1)
        .is_some()
}

fn empty() -> Problem {
    Problem::whole(
        "empty",
        "the request holds no ticket; send an object, an array or NDJSON",
    )
}

fn too_many(limits: &Limits) -> Problem {
    let most = limits.tickets;
    Problem::whole(
        "too_many",
        format!("more than {most} tickets in one request; split it"),
    )
}

fn lines(body: &[u8], limits: &Limits) -> Result<Vec<Item>, Problem> {
    let mut items = Vec::new();
    let lines = body.split(|byte| *byte == b'\n').enumerate();
    for (number, line) in lines.filter(|(_, line)| !line.trim_ascii().is_empty()) {
        if items.len() == limits.tickets {
            return Err(too_many(limits));
        }
        let index = items.len();
        items.push(one_line(line, number, limits).map_err(|problem| problem.at(index)));
    }
    if items.is_empty() {
        return Err(empty());
    }
    Ok(items)
}

/// Reads one line that holds one ticket. `number` counts lines from 0.
fn one_line(line: &[u8], number: usize, limits: &Limits) -> Item {
    check_size(line.len(), limits)?;
    let text = text(line)?;
    let mut reader = Reader::new(text, limits.depth);
    let node = reader.value().and_then(|node| match reader.peek() {
        None => Ok(node),
        Some(_) => reader.broken("one line holds one object, and nothing follows it"),
    });
    let node = node.map_err(|broken| malformed(text, broken, number))?;
    reader.take_flaw().map_or(Ok(()), Err)?;
    raw::ticket(node)
}

fn document(body: &[u8], limits: &Limits) -> Result<Vec<Item>, Problem> {
    let text = text(body)?;
    let mut reader = Reader::new(text, limits.depth);
    let broken = |broken| malformed(text, broken, 0);
    let items = if reader.peek() == Some(b'[') {
        array(&mut reader, text, limits)?
    } else {
        vec![
            item(&mut reader, limits)
                .map_err(broken)?
                .map_err(|problem| problem.at(0)),
        ]
    };
    match reader.peek() {
        None => Ok(items),
        Some(_) => reader.broken("something follows the end").map_err(broken),
    }
}

fn array<'a>(
    reader: &mut Reader<'a>,
    text: &'a str,
    limits: &Limits,
) -> Result<Vec<Item>, Problem> {
    let mut items = Vec::new();
    reader.take(b'[');
    if reader.take(b']') {
        return Err(empty());
    }
    loop {
        let index = items.len();
        if index == limits.tickets {
            return Err(too_many(limits));
        }
        let broken = |broken| malformed(text, broken, 0).at(index);
        let item = item(reader, limits).map_err(broken)?;
        items.push(item.map_err(|problem| problem.at(index)));
        if reader.take(b']') {
            return Ok(items);
        }
        if !reader.take(b',') {
            return reader.broken("`,` or `]` is expected here").map_err(broken);
        }
    }
}

fn item(reader: &mut Reader<'_>, limits: &Limits) -> Result<Item, Broken> {
    reader.peek();
    let start = reader.position();
    let node = reader.value()?;
    let flaw = reader.take_flaw();
    Ok(check_size(reader.position() - start, limits)
        .and_then(|()| flaw.map_or(Ok(node), Err))
        .and_then(|node: Node<'_>| raw::ticket(node)))
}

fn check_size(bytes: usize, limits: &Limits) -> Result<(), Problem> {
    if bytes <= limits.ticket_bytes {
        return Ok(());
    }
    let most = limits.ticket_bytes;
    let reason = format!("the ticket is {bytes} bytes, at most {most} are taken; shorten its log");
    Err(Problem::whole("too_large", reason))
}

fn text(bytes: &[u8]) -> Result<&str, Problem> {
    std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        let reason = format!("not valid UTF-8 at byte {at}; send the text as UTF-8");
        Problem::whole("invalid_utf8", reason)
    })
}

fn malformed(text: &str, broken: Broken, lines_before: usize) -> Problem {
    let Broken { at, what } = broken;
    let before = &text.as_bytes()[..at.min(text.len())];
    let line = lines_before + 1 + before.iter().filter(|byte| **byte == b'\n').count();
    let column = before
        .iter()
        .rev()
        .take_while(|byte| **byte != b'\n')
        .count()
        + 1;
    let reason = format!("not JSON at line {line}, byte {column} of the line: {what}");
    Problem::whole("malformed_json", reason)
}
