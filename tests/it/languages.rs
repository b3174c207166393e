//! In which language a ticket is written, and the sentences that those who reported are told.

use medic::app;
use medic::config::{Config, EnvSource};
use medic::data::DataFiles;
use medic::domain::closing::{Closing, Reporter};
use medic::domain::{IncidentId, Language, Severity, SourceName, SubjectId, Ticket, TicketId};
use medic::engine::{Clock, SystemClock};
use medic::observe::language;
use std::collections::BTreeMap;
use std::sync::Arc;

fn language_of(issue: &str, message: &str) -> String {
    let ticket = Ticket {
        id: TicketId::new(1),
        external_id: None,
        source: SourceName::new("test"),
        merchant: None,
        occurred_at: jiff::Timestamp::UNIX_EPOCH,
        received_at: jiff::Timestamp::UNIX_EPOCH,
        issue: issue.to_owned(),
        merchant_message: message.to_owned(),
        error_log: "Zeitüberschreitung bei der Verbindung mit dem Server".to_owned(),
        category: String::new(),
        migration_stage: String::new(),
        severity: Severity::Medium,
        checkout_failures: 0,
        affected_customers: 0,
        attributes: BTreeMap::new(),
        redacted: BTreeMap::new(),
    };
    language::of(&ticket).to_string()
}

#[test]
fn a_ticket_is_answered_in_its_language_where_that_is_certain() {
    let told: Vec<String> = [
        ("", "Seit dem Umzug kommen keine Bestellungen mehr an."),
        ("Bestellungen kommen nicht an", ""),
        (
            "",
            "Kunden sehen beim Bezahlen nur noch einen Fehler, bitte dringend helfen!",
        ),
        ("", "Les commandes n'arrivent plus depuis la migration."),
        (
            "Webhook failed",
            "Les clients ne peuvent plus payer, c'est urgent.",
        ),
        ("", "Los pedidos no llegan desde la migración."),
        (
            "",
            "Los clientes no pueden pagar, necesitamos ayuda urgente",
        ),
        ("", "移行後、注文が届かなくなりました。"),
        ("Webhookがタイムアウトします", "ok"),
        ("", "Gli ordini non arrivano più dopo la migrazione"),
        ("", "Os pedidos não chegam desde a migração"),
        ("", "订单在迁移后不再到达"),
        // A title of the team's does not outweigh the merchant's own words, nor the other way round.
        (
            "Orders missing since yesterday, please look into it",
            "Hilfe, wir bekommen keine Bestellungen!",
        ),
        ("Keine Bestellungen seit gestern", "ok"),
    ]
    .into_iter()
    .map(|(issue, message)| format!("{} {issue}{message}", language_of(issue, message)))
    .collect();
    insta::assert_snapshot!(told.join("\n"), @"
    de Seit dem Umzug kommen keine Bestellungen mehr an.
    de Bestellungen kommen nicht an
    de Kunden sehen beim Bezahlen nur noch einen Fehler, bitte dringend helfen!
    fr Les commandes n'arrivent plus depuis la migration.
    fr Webhook failedLes clients ne peuvent plus payer, c'est urgent.
    es Los pedidos no llegan desde la migración.
    en Los clientes no pueden pagar, necesitamos ayuda urgente
    ja 移行後、注文が届かなくなりました。
    ja Webhookがタイムアウトしますok
    it Gli ordini non arrivano più dopo la migrazione
    pt Os pedidos não chegam desde a migração
    zh 订单在迁移后不再到达
    de Orders missing since yesterday, please look into itHilfe, wir bekommen keine Bestellungen!
    de Keine Bestellungen seit gesternok
    ");
}

#[test]
fn what_is_english_or_not_certain_is_answered_in_english() {
    for text in [
        "",
        "ok",
        "503",
        "Checkout broken",
        "Webhook fails",
        "Orders do not arrive, webhook fails",
        "Payment declined for every card",
        "Payment processor keeps timing out. Valid cards being declined. Losing sales!",
        "Payment gateway not responding. Customers can't complete transactions.",
        "Card tokenization failing. Payment API returns 500 errors on checkout.",
        "Orders failing at checkout. Webhook timeout error keeps appearing. Help urgently needed!",
        "composer.json with all sample-data modules pasted. Upgrade stops.",
        "Dev store made in partners, transferred to the client, Hydrogen installed",
        "Paiement refusé",
        "DNS TTL CNAME A AAAA TXT",
        "https://shop.example/checkout/cart?id=77 500 internal server error",
    ] {
        assert_eq!(language_of("", text), "en", "{text}");
        assert_eq!(language_of(text, ""), "en", "{text}");
    }
}

fn read(data: &DataFiles) -> Result<Closing, String> {
    let config = Config::load(None, &EnvSource::fixed([])).unwrap();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let offline = app::offline(data).unwrap();
    let rules = app::rules(&config, data, &offline, &clock, &app::no_chat());
    let rules = rules.map_err(|error| format!("{error:#}"))?;
    Ok(rules[&config.workspace].closing.clone())
}

#[test]
fn every_built_in_language_says_everything() {
    let closing = read(&DataFiles::built_in()).unwrap();
    let (subject, ticket) = (SubjectId::Incident(IncidentId::new(4)), TicketId::new(12));
    let said: Vec<String> = ["en", "de", "fr", "es", "ja", "it"]
        .into_iter()
        .map(|code| {
            let sentences = closing.to(&Language::new(code));
            format!(
                "{code}: {}",
                sentences.healed(subject, ticket, Reporter::Treated)
            )
        })
        .collect();
    insta::assert_snapshot!(said.join("\n"), @"
    en: **INC-4** is verified healed, and T-12 with it. Its merchant was treated: you can tell them that it works again.
    de: **INC-4** ist nachweislich behoben, und T-12 damit auch. Der Händler wurde behandelt: Sie können ihm sagen, dass es wieder funktioniert.
    fr: La réparation de **INC-4** est vérifiée, et T-12 en fait partie. Le marchand a été traité : vous pouvez lui dire que cela fonctionne à nouveau.
    es: Se ha comprobado que **INC-4** está resuelto, y con ello T-12. El comerciante fue atendido: puede decirle que vuelve a funcionar.
    ja: **INC-4** の復旧が確認されました。T-12 もこれに含まれます。 このマーチャントには対応済みです。復旧したとお伝えいただけます。
    it: **INC-4** is verified healed, and T-12 with it. Its merchant was treated: you can tell them that it works again.
    ");
}

#[test]
fn an_operator_replaces_a_language_adds_one_and_is_told_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let closure = folder.path().join("closure");
    std::fs::create_dir(&closure).unwrap();
    let data = DataFiles::over(folder.path());
    let shipped = include_str!("../../data/closure/de.toml");
    let own = shipped.replace("Der Händler wurde behandelt", "Der Kunde wurde behandelt");
    std::fs::write(closure.join("de.toml"), &own).unwrap();
    std::fs::write(closure.join("it.toml"), shipped).unwrap();
    let closing = read(&data).unwrap();
    for code in ["de", "it"] {
        assert!(!closing.falls_back(&Language::new(code)), "{code}");
    }
    let german = closing.to(&Language::new("de"));
    assert!(german.state(Reporter::Treated).starts_with("Der Kunde"));
    std::fs::remove_file(closure.join("it.toml")).unwrap();

    let mut told = Vec::new();
    for (name, text) in [
        ("de.toml", own.replace("treated = \"Der", "# \"Der")),
        ("de.toml", own.replace("{ticket} gehört", "{tikket} gehört")),
        (
            "de.toml",
            own.replace("Ihre Meldung zu {subject}", "Ihre Meldung {ticket}"),
        ),
        ("tlh.toml", own.clone()),
    ] {
        let path = closure.join(name);
        std::fs::write(&path, text).unwrap();
        let said = read(&data).unwrap_err();
        told.push(said.lines().next().unwrap_or_default().to_owned());
        std::fs::remove_file(path).unwrap();
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    closure/de.toml: every sentence of en.toml is needed: TOML parse error at line 12, column 3
    closure/de.toml: reporter.belongs has a { or } that is not {ticket} or {subject}
    closure/de.toml: merchant.subject has a { or } that is not {subject}
    closure/tlh.toml: no ticket is ever told to be in the language "tlh"; name the file after one of: en, ar, bg, cs, zh, da, de, el, fi, fr, he, hi, hu, id, it, ja, ko, nl, nb, pl, pt, ro, ru, sk, es, sv, th, tr, uk
    "#);
}
