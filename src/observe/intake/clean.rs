//! Terminal control out of pasted output.

/// The text without terminal sequences (colours, titles) and with every other control character
/// but tab and line break shown as its picture (`␀`), so that none can act and none is lost.
pub(super) fn clean(text: String) -> String {
    // C1 controls begin with the byte C2.
    let may = text.bytes().any(|b| b < b' ' || b == 0x7f || b == 0xc2);
    if !may || !text.chars().any(is_control) {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(c) = rest.chars().next() {
        if c == '\u{1b}'
            && let Some(length) = sequence(rest.as_bytes())
        {
            rest = &rest[length..];
            continue;
        }
        out.push(if is_control(c) { picture(c) } else { c });
        rest = &rest[c.len_utf8()..];
    }
    out
}

fn is_control(c: char) -> bool {
    c.is_control() && !matches!(c, '\t' | '\n' | '\r')
}

/// Unicode's picture of an ASCII control character; C1 controls have none.
fn picture(c: char) -> char {
    match c as u32 {
        code @ 0..=31 => char::from_u32(0x2400 + code).unwrap_or(char::REPLACEMENT_CHARACTER),
        0x7f => '␡',
        _ => char::REPLACEMENT_CHARACTER,
    }
}

/// How long the escape sequence is that the bytes begin with (ECMA-48: CSI, and OSC up to its
/// terminator); none where it is cut off or of another sort.
fn sequence(bytes: &[u8]) -> Option<usize> {
    const LONGEST: usize = 256;
    let bytes = &bytes[..bytes.len().min(LONGEST)];
    match bytes.get(1)? {
        b'[' => {
            let tail = &bytes[2..];
            let end = tail.iter().position(|b| !matches!(b, 0x20..=0x3f))?;
            matches!(tail[end], 0x40..=0x7e).then_some(2 + end + 1)
        }
        b']' => {
            let end = bytes.iter().position(|b| matches!(b, 7 | b'\n'))?;
            (bytes[end] == 7).then_some(end + 1)
        }
        _ => None,
    }
}
