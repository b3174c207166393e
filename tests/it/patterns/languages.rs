//! Tickets in other languages than English: different problems stay apart, and one of many is seen.

use super::ticket;
use medic::observe::detect::{DetectOptions, Detector as _, OnlineDetector};
use std::collections::BTreeSet;

/// The same eight problems in each.
const PROBLEMS: [(&str, [&str; 8]); 4] = [
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
];

#[test]
fn eight_problems_are_no_single_one_in_any_language_and_alert_nobody() {
    for (language, texts) in PROBLEMS {
        let mut detector = OnlineDetector::new(DetectOptions::default());
        let (mut patterns, mut alerts) = (BTreeSet::new(), Vec::new());
        for n in 0..24_u64 {
            let text = texts[n as usize % 8];
            let seen = detector.observe(&ticket(n + 1, n as i64 * 20, &format!("m{n}"), text));
            patterns.extend(seen.assignment.pattern);
            alerts.extend(seen.alert);
        }
        assert!(patterns.len() >= 5, "{language}: {patterns:?}");
        assert!(alerts.is_empty(), "{language}: {alerts:?}");
    }
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
