//! What belongs to a person, known by its form or its check digits.

use super::{alone, taken};
use medic::observe::redact::Kind;

#[test]
fn addresses_are_taken_in_any_script() {
    for address in [
        "nora.lind@shop.example",
        "NORA@SHOP.EXAMPLE",
        "d'arcy+orders@mail.shop.example",
        "søren@købmand.example",
        "山田@商店.example",
        "a_b-c@xn--kbmand-9xa.example",
        "1234@163.com",
    ] {
        alone(Kind::Email, address);
    }
    let fields =
        "user=nora@shop.example&to=kim@shop.example;<ola@shop.example>,'per@shop.example'.";
    let found: Vec<String> = taken(fields).into_iter().map(|(_, value)| value).collect();
    assert_eq!(
        found,
        [
            "nora@shop.example",
            "kim@shop.example",
            "ola@shop.example",
            "per@shop.example"
        ]
    );
}

#[test]
fn phone_numbers_are_taken_as_people_write_them() {
    for number in [
        "+46 70 174 06 99",
        "+12025550123",
        "+1 (555) 010-9999",
        "+971 50 123 4567",
        "+55 11 91234-5678",
        "+7 (495) 123-45-67",
        "+44 (0)20 7946 0123",
        "+49-30-23125-123",
        "+33 1 99 00 56 78",
        "0046 70 174 06 99",
        "(415) 555-0132",
        "415.555.0132",
        "1-415-555-0132",
        "020 7946 0991",
        "07700 900555",
        "0161 496 0123",
        "030/23125-123",
        "01.99.00.56.78",
    ] {
        alone(Kind::Phone, number);
    }
    assert_eq!(
        taken("call me at 4155550132 or WhatsApp: 612 345 678"),
        [
            ("PHONE", "4155550132".to_owned()),
            ("PHONE", "612 345 678".to_owned())
        ]
    );
    assert_eq!(
        taken("+46 70 174 06 99 12 orders are stuck"),
        [("PHONE", "+46 70 174 06 99".to_owned())]
    );
}

#[test]
fn cards_and_accounts_are_taken_by_their_check_digits() {
    for card in [
        "4242424242424242",
        "4242 4242 4242 4242",
        "5200-8282-8282-8210",
        "3787 344936 71000",
        "30569309025904",
        "6011000990139424",
        "3530111333300000",
        "6205500000000000004",
    ] {
        alone(Kind::Card, card);
    }
    for account in [
        "SE45 5000 0000 0583 9825 7466",
        "NO9386011117947",
        "ch9300762011623852957",
        "FR14 2004 1010 0505 0001 3M02 606",
        "MT84 MALT 0110 0001 2345 MTLC AST0 01S",
    ] {
        alone(Kind::Iban, account);
    }
    assert_eq!(
        taken("old Visa: 4222222222222"),
        [("CARD", "4222222222222".to_owned())]
    );
    assert_eq!(
        taken("card 4242424242424242exp 12/30 in order 7"),
        [("CARD", "4242424242424242".to_owned())]
    );
}

#[test]
fn national_numbers_are_taken_only_where_the_check_digits_agree() {
    for number in [
        "529.982.247-25",
        "RSSMRA85T10A562S",
        "811228-9874",
        "131052-308T",
        "11010519491231002X",
        "2 55 08 14 168 025 38",
    ] {
        alone(Kind::NationalId, number);
    }
    assert_eq!(taken("529.982.247-26 RSSMRA85T10A562T 811228-9875"), []);
}
