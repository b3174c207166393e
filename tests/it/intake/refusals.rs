//! What cannot be taken, and how it is said.

use super::*;

#[test]
fn every_refusal_names_the_place_and_the_way_out() {
    let nested = |levels: usize| {
        format!(
            "{{\"issue\":\"a\",\"x\":{}{}}}",
            "[".repeat(levels),
            "]".repeat(levels)
        )
    };
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", b" \n".to_vec()),
        ("no ticket", b"[]".to_vec()),
        ("cut off", b"{\"issue\":\"a\"".to_vec()),
        ("trailing comma", b"{\"issue\":\"a\",}".to_vec()),
        ("comment", b"// hi\n{\"issue\":\"a\"}".to_vec()),
        (
            "two objects",
            b"{\"issue\":\"a\"} {\"issue\":\"b\"}".to_vec(),
        ),
        (
            "broken array",
            b"[{\"issue\":\"a\"},\n {\"issue\":}]".to_vec(),
        ),
        ("raw control", b"{\"issue\":\"a\x00b\"}".to_vec()),
        ("bad escape", b"{\"issue\":\"\\x41\"}".to_vec()),
        ("leading zero", b"{\"issue\":\"a\",\"n\":01}".to_vec()),
        ("not a number", b"{\"issue\":\"a\",\"n\":NaN}".to_vec()),
        ("invalid UTF-8", b"{\"issue\":\"caf\xe9\"}".to_vec()),
        ("lone surrogate", b"{\"issue\":\"\\udc00\"}".to_vec()),
        (
            "duplicate, escaped",
            b"{\"issue\":\"a\",\"\\u0069ssue\":\"b\"}".to_vec(),
        ),
        (
            "duplicate inside",
            b"{\"issue\":\"a\",\"x\":{\"approved\":false,\"approved\":true}}".to_vec(),
        ),
        ("too deep", nested(128).into_bytes()),
        ("a number", b"7".to_vec()),
        ("says nothing", b"{}".to_vec()),
        (
            "says blanks",
            b"{\"issue\":\" \",\"merchant_message\":\"\\n\"}".to_vec(),
        ),
        ("issue a number", b"{\"issue\":5}".to_vec()),
        (
            "id an object",
            b"{\"issue\":\"a\",\"ticket_id\":{}}".to_vec(),
        ),
        (
            "severity",
            b"{\"issue\":\"a\",\"severity\":\"CRITICAL!!!\"}".to_vec(),
        ),
        (
            "negative count",
            b"{\"issue\":\"a\",\"checkout_failures\":-1}".to_vec(),
        ),
        (
            "fraction",
            b"{\"issue\":\"a\",\"affected_customers\":1.5}".to_vec(),
        ),
        (
            "absurd count",
            b"{\"issue\":\"a\",\"affected_customers\":1e400}".to_vec(),
        ),
        (
            "count as text",
            b"{\"issue\":\"a\",\"affected_customers\":\"5\"}".to_vec(),
        ),
        (
            "too great",
            b"{\"issue\":\"a\",\"n\":9007199254740993}".to_vec(),
        ),
        ("too small", b"{\"issue\":\"a\",\"n\":[0.1e-400]}".to_vec()),
        (
            "long issue",
            format!("{{\"issue\":\"{}\"}}", "ü".repeat(2001)).into_bytes(),
        ),
        (
            "long id",
            format!("{{\"issue\":\"a\",\"ticket_id\":\"{}\"}}", "i".repeat(201)).into_bytes(),
        ),
        (
            "blank in id",
            b"{\"issue\":\"a\",\"merchant_id\":\"M1 \"}".to_vec(),
        ),
        (
            "unseen in id",
            "{\"issue\":\"a\",\"merchant_id\":\"M\u{200b}1\"}".into(),
        ),
        (
            "bidi in id",
            "{\"issue\":\"a\",\"ticket_id\":\"M\u{202e}1\"}".into(),
        ),
        (
            "NUL in id",
            b"{\"issue\":\"a\",\"ticket_id\":\"a\\u0000\"}".to_vec(),
        ),
        (
            "contact",
            b"{\"issue\":\"a\",\"contact\":{\"E-Mail\":\"x\"}}".to_vec(),
        ),
        (
            "contact with a line break",
            b"{\"issue\":\"a\",\"contact\":\"a@b.example\\nBcc: x\"}".to_vec(),
        ),
    ];
    let told: Vec<String> = cases
        .iter()
        .map(|(name, body)| format!("{name} -> {}", refused(JSON, body)))
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    nothing -> empty: the request holds no ticket; send an object, an array or NDJSON
    no ticket -> empty: the request holds no ticket; send an object, an array or NDJSON
    cut off -> malformed_json: not JSON at line 1, byte 13 of the line: `,` or `}` is expected here
    trailing comma -> malformed_json: not JSON at line 1, byte 14 of the line: a name in double quotes is expected here
    comment -> malformed_json: not JSON at line 1, byte 1 of the line: a value is expected here
    two objects -> malformed_json: not JSON at line 1, byte 15 of the line: something follows the end
    broken array -> malformed_json: item 1: not JSON at line 2, byte 11 of the line: a value is expected here
    raw control -> malformed_json: not JSON at line 1, byte 12 of the line: a control character must be escaped in a string
    bad escape -> malformed_json: not JSON at line 1, byte 12 of the line: no such escape; a backslash is written `\\`
    leading zero -> malformed_json: not JSON at line 1, byte 18 of the line: a number must not begin with 0
    not a number -> malformed_json: not JSON at line 1, byte 18 of the line: a value is expected here
    invalid UTF-8 -> invalid_utf8: not valid UTF-8 at byte 13; send the text as UTF-8
    lone surrogate -> invalid_unicode: item 0: half of a surrogate pair is no character; send the text as UTF-8
    duplicate, escaped -> duplicate_key: item 0, field issue: the name stands twice in one object; which one counts is anyone's guess, send it once
    duplicate inside -> duplicate_key: item 0, field approved: the name stands twice in one object; which one counts is anyone's guess, send it once
    too deep -> too_deep: item 0: nested deeper than 128 levels; flatten it
    a number -> wrong_type: item 0: a ticket is an object with at least `issue` or `merchant_message`
    says nothing -> missing_text: says nothing: send `issue` or `merchant_message`
    says blanks -> missing_text: says nothing: send `issue` or `merchant_message`
    issue a number -> wrong_type: item 0, field issue: send a text in double quotes
    id an object -> wrong_type: item 0, field ticket_id: send a text in double quotes, or a whole number
    severity -> unknown_severity: item 0, field severity: no such severity; send critical, high, medium or low
    negative count -> out_of_range: item 0, field checkout_failures: send a whole number from 0 to 1000000000
    fraction -> out_of_range: item 0, field affected_customers: send a whole number from 0 to 1000000000
    absurd count -> out_of_range: item 0, field affected_customers: send a whole number from 0 to 1000000000
    count as text -> wrong_type: item 0, field affected_customers: send a whole number without quotes
    too great -> out_of_range: item 0, field n: a number that programs read differently (beyond ±(2^53 − 1), or too small or large for a float); send it as text
    too small -> out_of_range: item 0, field n: a number that programs read differently (beyond ±(2^53 − 1), or too small or large for a float); send it as text
    long issue -> too_long: field issue: longer than 2000 characters; shorten it
    long id -> too_long: field ticket_id: longer than 200 characters; shorten it
    blank in id -> bad_id: field merchant_id: white space before or behind the id; send the id exactly as your system shows it
    unseen in id -> bad_id: field merchant_id: the id holds U+200B, which cannot be seen; send the id exactly as your system shows it
    bidi in id -> bad_id: field ticket_id: the id holds U+202E, which cannot be seen; send the id exactly as your system shows it
    NUL in id -> bad_id: field ticket_id: the id holds U+0000, which cannot be seen; send the id exactly as your system shows it
    contact -> bad_contact: field contact: a name of an address has 1 to 40 of a-z, 0-9 and _
    contact with a line break -> bad_contact: field contact: an address has at most 500 characters, all of them visible
    "#);
}

#[test]
fn limits_hold_to_the_byte() {
    let limits = Limits::default();
    let sized = |bytes: usize| {
        let frame = "{\"merchant_message\":\"\"}".len();
        format!("{{\"merchant_message\":\"{}\"}}", "m".repeat(bytes - frame))
    };
    assert!(read(&sized(limits.ticket_bytes)).unwrap()[0].is_ok());
    assert_eq!(
        read(&sized(limits.ticket_bytes + 1)).unwrap()[0]
            .as_ref()
            .err()
            .unwrap()
            .code,
        "too_large"
    );

    let many = |count: usize| format!("[{}]", vec!["{\"issue\":\"a\"}"; count].join(","));
    assert_eq!(read(&many(limits.tickets)).unwrap().len(), limits.tickets);
    assert_eq!(
        read(&many(limits.tickets + 1)).err().unwrap().code,
        "too_many"
    );
    let lines = "{\"issue\":\"a\"}\n".repeat(limits.tickets + 1);
    assert_eq!(read(&lines).err().unwrap().code, "too_many");

    let big = vec![b' '; limits.request_bytes + 1];
    assert_eq!(
        parse_body(JSON, &big, &limits).err().unwrap().code,
        "too_large"
    );

    let fields = |count: usize| {
        let mut ticket = json!({"issue": "a"});
        for number in 0..count {
            ticket[format!("field_{number}")] = json!(number);
        }
        one(&ticket)
    };
    assert!(fields(MOST_ATTRIBUTES).is_ok());
    assert_eq!(fields(MOST_ATTRIBUTES + 1).err().unwrap().code, "too_many");
}
