//! Tickets in other languages than English: different problems stay apart, and one of many is seen.

use super::ticket;
use medic::observe::detect::{DetectOptions, Detector as _, OnlineDetector};
use std::collections::BTreeSet;

/// The same eight problems in each.
const PROBLEMS: [(&str, [&str; 8]); 7] = [
    (
        "German",
        [
            "Die Bestellung kommt nicht an",
            "Wie ändere ich mein Passwort?",
            "Das Bild des Produkts fehlt",
            "Die Rechnung hat eine falsche Steuernummer",
            "Der Gutschein wird nicht angenommen",
            "Webhook wird nicht ausgelöst",
            "Die Rückzahlung ist zu niedrig",
            "Kann ich einen zweiten Benutzer anlegen?",
        ],
    ),
    (
        "French",
        [
            "La commande n'arrive pas",
            "Comment changer mon mot de passe ?",
            "L'image du produit manque",
            "La facture a un mauvais numéro de TVA",
            "Le code promo n'est pas accepté",
            "Le webhook ne se déclenche pas",
            "Le remboursement est trop bas",
            "Puis-je ajouter un deuxième utilisateur ?",
        ],
    ),
    (
        "Spanish",
        [
            "El pedido no llega",
            "¿Cómo cambio mi contraseña?",
            "Falta la imagen del producto",
            "La factura tiene un NIF incorrecto",
            "No se acepta el cupón",
            "El webhook no se dispara",
            "El reembolso es demasiado bajo",
            "¿Puedo añadir un segundo usuario?",
        ],
    ),
    (
        "Japanese",
        [
            "注文が届きません",
            "パスワードを変更するにはどうすればよいですか",
            "商品の画像が表示されません",
            "請求書の税番号が間違っています",
            "クーポンが使えません",
            "Webhookが発火しません",
            "返金額が少なすぎます",
            "二人目のユーザーを追加できますか",
        ],
    ),
    (
        "Russian",
        [
            "Заказ не приходит",
            "Как сменить пароль?",
            "Нет изображения товара",
            "В счёте неверный ИНН",
            "Купон не принимается",
            "Вебхук не срабатывает",
            "Сумма возврата слишком мала",
            "Можно ли добавить второго пользователя?",
        ],
    ),
    (
        "Greek",
        [
            "Η παραγγελία δεν φτάνει",
            "Πώς αλλάζω τον κωδικό μου;",
            "Λείπει η εικόνα του προϊόντος",
            "Το τιμολόγιο έχει λάθος ΑΦΜ",
            "Το κουπόνι απορρίπτεται",
            "Το webhook σιωπά",
            "Η επιστροφή χρημάτων είναι χαμηλή",
            "Μπορώ να προσθέσω δεύτερο χρήστη;",
        ],
    ),
    (
        "Arabic",
        [
            "الطلب لا يصل",
            "كيف أغير كلمة المرور؟",
            "صورة المنتج مفقودة",
            "الفاتورة بها رقم ضريبي خاطئ",
            "القسيمة غير مقبولة",
            "خطاف الويب لا يعمل",
            "مبلغ الاسترداد منخفض جدا",
            "هل يمكنني إضافة مستخدم ثان؟",
        ],
    ),
];

/// What the same merchants' colleagues write all day.
const ENGLISH: [&str; 6] = [
    "Checkout is slow since the morning",
    "How do I export my customers?",
    "Our theme lost its colours",
    "Shipping zones are missing",
    "Please raise our API limit",
    "Discount codes are counted twice",
];

#[test]
fn eight_problems_are_no_single_one_in_any_language_and_alert_nobody() {
    for (language, texts) in PROBLEMS {
        for english in [0, 120_u64] {
            let mut detector = OnlineDetector::new(DetectOptions::default());
            for n in 0..english {
                let text = ENGLISH[n as usize % 6];
                detector.observe(&ticket(n + 1, n as i64 * 60, &format!("e{n}"), text));
            }
            let (mut patterns, mut alerts) = (BTreeSet::new(), Vec::new());
            for n in 0..24_u64 {
                let text = texts[n as usize % 8];
                let at = english as i64 * 60 + n as i64 * 20;
                let seen = detector.observe(&ticket(1_000 + n, at, &format!("m{n}"), text));
                patterns.extend(seen.assignment.pattern);
                alerts.extend(seen.alert);
            }
            let after = format!("{language} after {english} English tickets");
            assert!(patterns.len() >= 5, "{after}: {patterns:?}");
            assert!(alerts.is_empty(), "{after}: {alerts:?}");
        }
    }
}

#[test]
fn a_problem_of_many_is_seen_in_german_among_english_tickets() {
    let mut detector = OnlineDetector::new(DetectOptions::default());
    let told = [
        "Webhook für Bestellungen kommt nicht an, das Lager bekommt nichts",
        "Seit der Umstellung erhält unser Lager keine Bestellungen mehr",
        "Die Bestellungen kommen nicht im Lager an",
    ];
    let mut alerts = Vec::new();
    for n in 0..120_u64 {
        let text = ENGLISH[n as usize % 6];
        detector.observe(&ticket(n + 1, n as i64 * 60, &format!("e{n}"), text));
    }
    for n in 0..9_u64 {
        let one = ticket(
            1_000 + n,
            7_200 + n as i64 * 5,
            &format!("hit{n}"),
            told[n as usize % 3],
        );
        alerts.extend(detector.observe(&one).alert);
    }
    assert_eq!(alerts.len(), 1, "{alerts:?}");
}

#[test]
fn a_problem_of_many_is_seen_in_japanese_too() {
    let mut detector = OnlineDetector::new(DetectOptions::default());
    let told = [
        "注文のWebhookが届かず、倉庫に注文が入りません",
        "移行後、注文が倉庫に届かなくなりました",
        "倉庫に注文のWebhookが届きません",
    ];
    let mut alerts = Vec::new();
    for n in 0..60_u64 {
        let text = PROBLEMS[3].1[n as usize * 3 % 8];
        detector.observe(&ticket(n + 1, n as i64 * 60, &format!("m{n}"), text));
    }
    for n in 0..12_u64 {
        let text = told[n as usize % 3];
        let one = ticket(100 + n, 3_600 + n as i64 * 5, &format!("hit{n}"), text);
        alerts.extend(detector.observe(&one).alert);
    }
    assert_eq!(alerts.len(), 1, "{alerts:?}");
}

#[test]
fn a_ticket_with_an_english_title_is_put_where_its_title_belongs() {
    let mut detector = OnlineDetector::new(DetectOptions::default());
    let told = [
        (
            "All card payments fail",
            "Customers cannot pay by card, we lose sales.",
        ),
        (
            "Stock numbers stand still",
            "Inventory does not sync, we sell what we do not have.",
        ),
    ];
    let mut patterns = Vec::new();
    for n in 0..24_u64 {
        let (title, message) = told[n as usize % 2];
        let mut one = ticket(n + 1, n as i64 * 60, &format!("m{n}"), message);
        one.issue = title.to_owned();
        patterns.push(detector.observe(&one).assignment.pattern);
    }
    let abroad = [
        (
            "Customers cannot pay by card",
            "Desde la migración los clientes ven un error al pagar y perdemos muchas ventas cada hora.",
        ),
        (
            "Stock does not sync",
            "Seit der Umstellung werden die Lagerbestände nicht mehr aktualisiert, wir verkaufen Ware, \
             die es nicht gibt.",
        ),
    ];
    for (n, (title, message)) in abroad.into_iter().enumerate() {
        let mut one = ticket(100 + n as u64, 1_500, "m100", message);
        one.issue = title.to_owned();
        assert_eq!(
            detector.observe(&one).assignment.pattern,
            patterns[n],
            "{title}"
        );
    }
}
