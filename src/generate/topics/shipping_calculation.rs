use super::Topic;
use crate::domain::{RootCause, Severity};

/// Shipping rules of the old shop were not moved to the new format.
pub static SHIPPING_CALCULATION: Topic = Topic {
    name: "shipping_calculation",
    root_cause: RootCause::MigrationIssue,
    severity: Severity::Medium,
    stops_checkout: false,
    titles: &[
        "<Wrong|Incorrect> shipping <prices|rates|costs> at checkout",
        "Free shipping not <working|applied>",
        "Incorrect delivery charges",
        "Shipping <calculator|calculation> <broken|wrong> <after migration|>",
        "Shipping rules <gone|lost|not migrated>",
        "<International|$country> shipping <far too expensive|shows 0>",
        "$carrier rates <missing|wrong>",
    ],
    symptoms: &[
        "Shipping <calculator|calculation> <is broken|is off> - <showing wrong rates|some orders are charged 0, others too much|the amounts make no sense>.",
        "Free shipping <threshold|limit> <is not working|is ignored>. Orders over $50 are <still |>charged shipping.",
        "<International shipping|Shipping to $country> <rates are completely wrong|costs ten times what it should|is calculated as domestic>.",
        "Our shipping <rules|zones|tables> <from the old platform |>didn't <migrate properly|come across|make it over>. <Do we have to reconfigure everything?|>",
        "<Parcels|Orders> to $country show <$amount EUR|no shipping cost at all|0.00> <for shipping|as delivery charge>.",
        "Weight-based rates <are ignored|do not apply>, <everyone pays the flat rate|every parcel costs the same>.",
        "$carrier is <offered|shown> with <last year's prices|the wrong price|prices of another zone>.",
    ],
    details: &[
        "The <free shipping limit|threshold|rule> was <set to 50|set for all zones|per country> in the old shop.",
        "<Customers notice|Two customers complained|We pay the difference>.",
        "Example: order $order to $country.",
        "I <can see the rules in|exported the rules from> the old admin, the new one <shows none|has only defaults>.",
        "<Changing|Saving> the zone again <does not help|has no effect>.",
    ],
    logs: &[
        "ShippingError: Legacy shipping rules not migrated to new format",
        "ShippingError: Legacy shipping rules not migrated to new format (zone $country)",
        "ShippingError: Legacy shipping rules not migrated to new format; falling back to flat rate, carrier $carrier",
    ],
    german: &[
        "Die Versandkosten <stimmen nicht|sind falsch>: <ab 50 Euro sollte es kostenlos sein|ins Ausland wird viel zu viel berechnet>. <Die alten Regeln fehlen.|Müssen wir alles neu anlegen?>",
    ],
    french: &[
        "Les frais de port <sont faux|ne sont pas bons> <vers l'étranger|depuis la migration>. <La livraison gratuite ne s'applique plus.|Les règles n'ont pas été reprises.>",
    ],
    spanish: &[
        "Los gastos de envío <están mal|son incorrectos> <al extranjero|desde la migración>. <El envío gratis no se aplica.|Faltan las reglas antiguas.>",
    ],
};
