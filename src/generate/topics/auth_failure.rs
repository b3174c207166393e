use super::Topic;
use crate::domain::{RootCause, Severity};

/// The new API wants a bearer token, and the migration guide does not say so.
pub static AUTH_FAILURE: Topic = Topic {
    name: "auth_failure",
    root_cause: RootCause::DocumentationGap,
    severity: Severity::Critical,
    stops_checkout: false,
    titles: &[
        "API authentication <failing|broken> <after migration|since the switch|>",
        "Getting 401 <errors |>on <all|every> API <calls|call|requests>",
        "API credentials not <working|accepted>",
        "Unable to <connect to|use> API - auth errors",
        "<Authentication|Login of our app> broken post-migration",
        "401 Unauthorized <from every endpoint|everywhere|on $endpoint>",
        "Our <POS|ERP|app|PIM> <is locked out|gets no access>",
        "<New|Same> API key, <still |>unauthorized",
    ],
    symptoms: &[
        "<Getting|We get|I get> 401 <errors |responses |>on <all|every> API <calls|request|endpoint>. <My app|Our app|The integration> can't connect <anymore|any more>.",
        "API <keys|credentials> <not working anymore|are rejected|stopped working>, <unauthorized|'invalid credentials format'|401> on every request.",
        "<Integration with|The connection to> our <POS system|ERP|warehouse software|bookkeeping> <is broken|stopped> - <invalid credentials error|it says unauthorized|authentication fails>. What changed?",
        "<Our mobile app|The mobile app|Our product import> <can't access|is refused by> <any endpoint|$endpoint|the API>, <the key is the same as before|we did not rotate the key>.",
        "<We followed|I followed> the migration guide <step by step|to the letter> and the API <still says 401|refuses our key|answers unauthorized>.",
        "<All|Every one of our> scripts against $endpoint <fail|fail with 401|are unauthorized> <since $day|since the cut-over|since $time>.",
        "<I created|We created> <a new key|new credentials|two new keys> and <the API rejects them|get the same 401|it makes no difference>.",
    ],
    details: &[
        "<The guide|Migration guide|Your documentation> <wasn't clear about|does not mention|says nothing on> <the new auth format|how the header must look now|bearer tokens>.",
        "We send the key in <X-Api-Key|basic auth|the query string> <as always|as the docs show|like before>.",
        "<The error says|It talks about> <Bearer|a bearer token>, but <where do I get one?|no page explains it.|the docs still show the old header.>",
        "Which header <is expected|do you expect> <now|on v2>?",
        "The <same request|same key> works on the <old|hosted> shop.",
        "$n <syncs|jobs|imports> failed <overnight|since $time>.",
    ],
    logs: &[
        "401 Unauthorized: Invalid API credentials format - expecting Bearer token",
        "GET $endpoint 401 Unauthorized: Invalid API credentials format - expecting Bearer token",
        "401 Unauthorized: Invalid API credentials format - expecting Bearer token (request $id)",
        "POST $endpoint -> 401 Unauthorized: Invalid API credentials format - expecting Bearer token",
    ],
    german: &[
        "Alle API-Aufrufe <liefern 401|werden mit 401 abgelehnt>. Der Schlüssel ist <derselbe wie vorher|neu erzeugt>, <in der Anleitung steht nichts dazu|die Doku erklärt das neue Format nicht>.",
        "Unsere <Warenwirtschaft|App|Kasse> kommt <nicht mehr|seit der Migration nicht mehr> an die API: 'Invalid API credentials format'. <Welcher Header wird jetzt erwartet?|Was hat sich geändert?>",
    ],
    french: &[
        "<Tous nos appels|Les appels> API renvoient 401 <depuis la migration|depuis $time>. <La documentation ne parle pas du nouveau format.|La clé n'a pas changé.>",
        "Notre <ERP|caisse|application> n'a plus accès à l'API (401, identifiants invalides). <Quel en-tête faut-il envoyer ?|Merci de votre aide.>",
    ],
    spanish: &[
        "Todas las llamadas a la API <devuelven 401|dan 'unauthorized'> <desde la migración|desde $time>. <La guía no explica el nuevo formato.|La clave es la misma.>",
        "Nuestro <ERP|TPV|sistema> no puede conectarse a la API: credenciales no válidas. <¿Qué cabecera hay que usar ahora?|¿Qué ha cambiado?>",
    ],
};
