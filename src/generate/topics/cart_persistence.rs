use super::Topic;
use crate::domain::{RootCause, Severity};

/// The headless storefront cannot read the cart's session cookie of the old shop.
pub static CART_PERSISTENCE: Topic = Topic {
    name: "cart_persistence",
    root_cause: RootCause::MigrationIssue,
    severity: Severity::High,
    stops_checkout: true,
    titles: &[
        "Cart <items|contents> <disappearing|vanish|gone>",
        "<Shopping carts|Carts> not <persisting|kept|saved>",
        "Cart <resets|is emptied|is empty> after <page |a page |>refresh",
        "Cart not <saving|surviving> between pages",
        "Basket <loses|forgets> everything",
        "Customers <complain about|report> empty carts",
        "<Guest|Logged-in> customers lose their <basket|cart>",
        "Session <problem|trouble> with carts <since launch|>",
    ],
    symptoms: &[
        "<Customers|Shoppers|Our buyers> <put things into the cart|add products> and <after a refresh|on the next page|when they go to checkout> <the cart is empty|everything is gone|nothing is left>.",
        "<Cart|Basket> contents <vanish|disappear|get lost> <when people navigate away|between product page and checkout|after a few clicks>.",
        "The <shopping cart|cart|basket> <resets randomly|empties itself|forgets its items>, <people have to re-add products|customers start again and again|nobody gets to payment>.",
        "<Cart abandonment|Our abandonment rate> went up <to $pct %|by half|like crazy>, <because items don't stay in the cart|carts don't persist|items keep disappearing during checkout>.",
        "<I added|We added> <three|two|five> products to test, <reloaded|came back after a minute|opened the cart page>: <empty|zero items|'Your cart is empty'>.",
        "The cart session <does not stick|is not kept|gets a new id on each request>. <Is this a cookie issue?|Looks like the cookie is thrown away.|>",
        "<On phones|In Safari|In every browser we tried> the cart <doesn't survive a reload|is emptied on reload|starts fresh with every page>.",
        "<People|Customers> write that they <filled the basket twice|cannot keep anything in the basket>, <mostly|especially> <returning visitors|guests|those with a coupon>.",
    ],
    details: &[
        "The <session cookie|cart cookie> <is there but has another format|looks different from the one of the old shop|is set twice>.",
        "<Started|It started|Began> <right after we switched|on the day of the switch|with the new storefront>.",
        "Logged-in <users are fine|users have it too>, guests <lose it every time|sometimes keep it>.",
        "<Private window|Another browser|Clearing cookies>: <same|no difference|helps once, then not>.",
        "<Nothing|We have nothing> custom in the theme around the cart.",
        "We counted $n <affected sessions|complaints|emptied carts> since $time.",
    ],
    logs: &[
        "SessionError: Cart session cookie format incompatible with headless architecture",
        "SessionError: Cart session cookie format incompatible with headless architecture (cart $id)",
        "SessionError: Cart session cookie format incompatible with headless architecture; created new session $id",
        "SessionError: Cart session cookie 'cart_sid' format incompatible with headless architecture, item count 3 -> 0",
    ],
    german: &[
        "<Der Warenkorb|Warenkörbe> <leert sich|ist nach dem Neuladen leer|verliert alle Artikel>, <sobald man die Seite wechselt|seit der Umstellung|bei fast allen Kunden>.",
        "Kunden legen Artikel in den Warenkorb und <beim Bezahlen ist er leer|nach dem Aktualisieren ist alles weg>. <Liegt das am Cookie?|Seit $time, bitte prüfen.>",
    ],
    french: &[
        "Le panier <se vide|perd tous les articles> <après un rafraîchissement|d'une page à l'autre>. <Nos clients abandonnent.|Depuis la migration.>",
        "<Les articles|Tous les articles> disparaissent du panier au moment de payer. <Un problème de cookie de session ?|Environ $n clients nous ont écrit.>",
    ],
    spanish: &[
        "El carrito <se vacía|pierde los productos> <al recargar|al cambiar de página>. <Los clientes se quejan.|Desde la migración.>",
        "Añades productos y <al pagar el carrito está vacío|después de recargar no queda nada>. <¿Es un problema de cookies?|Ya son $n quejas.>",
    ],
};
