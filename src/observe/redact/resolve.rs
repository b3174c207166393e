//! Which of several overlapping findings stands.

use super::scan::Found;

/// Sorts the findings and makes them disjoint. Overlapping ones become one that covers both, under
/// the kind that says most; of equally telling ones, the longer. Only a value known by its name
/// alone gives way: where a vendor's token begins with it, the token's own shape tells the end.
pub(super) fn resolve(mut found: Vec<Found>) -> Vec<Found> {
    found.sort_by_key(|piece| (piece.start, std::cmp::Reverse(piece.end)));
    let mut out: Vec<Found> = Vec::with_capacity(found.len());
    for piece in found {
        match out.last_mut() {
            Some(last) if piece.start < last.end => merge(last, piece),
            _ => out.push(piece),
        }
    }
    out
}

fn merge(last: &mut Found, piece: Found) {
    if last.start == piece.start {
        if last.kind.is_named() && piece.kind.is_token() {
            *last = piece;
            return;
        }
        if last.kind.is_token() && piece.kind.is_named() {
            return;
        }
    }
    let weight = |p: &Found| (p.kind.rank(), p.end - p.start);
    if weight(&piece) > weight(last) {
        last.kind = piece.kind;
    }
    last.end = last.end.max(piece.end);
}
