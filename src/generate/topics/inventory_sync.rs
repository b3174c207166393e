use super::Topic;
use crate::domain::{RootCause, Severity};

/// The old polling is off and the webhook for stock levels is not set up.
pub static INVENTORY_SYNC: Topic = Topic {
    name: "inventory_sync",
    root_cause: RootCause::WebhookConfiguration,
    severity: Severity::Critical,
    stops_checkout: false,
    titles: &[
        "<Inventory|Stock> <counts |levels |>not syncing",
        "Stock levels <incorrect|wrong|frozen>",
        "Out of stock items <showing|sold as> available",
        "Inventory data mismatch",
        "<Overselling|We oversell> since the migration",
        "Stock <in shop and ERP differ|stuck at yesterday's numbers>",
        "inventory.updated <never fires|not triggered>",
    ],
    symptoms: &[
        "Inventory <is not syncing|no longer syncs> between <systems|shop and ERP|warehouse and shop>. <Selling|We sell> items that are out of stock!",
        "Stock levels <are completely wrong|are off|have not moved since $day>. Shows 0 for products we have hundreds of.",
        "Real-time inventory updates <not working|have stopped>. <Have to|We have to> sync by hand <every hour|all day>.",
        "<Overselling|We oversell> products because <the inventory sync is broken|stock is not updated>. Customers are angry about cancellations.",
        "The warehouse <changes|books> stock and <the shop never hears of it|nothing arrives in the shop>.",
        "<$n|More than $n> orders for <sold out items|goods we do not have> <today|since $time>, <the numbers in the shop are stale|the shop still shows old quantities>.",
        "Quantities of $product (SKU $sku) <stay at the old value|do not change> whatever we <book|receive|sell>.",
    ],
    details: &[
        "The old shop <polled|fetched the stock> every <five|ten> minutes, <that seems to be off now|polling is gone>.",
        "No inventory.updated <event|webhook> <has been sent|arrives> since $time.",
        "SKU $sku: shop says $n, warehouse says 0.",
        "<A manual|A full> import <fixes it for an hour|works>.",
        "<Marketplace|Amazon> listings are <wrong|off> <too|as well>.",
    ],
    logs: &[
        "InventorySyncError: Webhook inventory.updated not triggering - legacy polling disabled",
        "InventorySyncError: Webhook inventory.updated not triggering - legacy polling disabled (sku $sku)",
        "InventorySyncError: Webhook inventory.updated not triggering - legacy polling disabled; last sync $stamp",
    ],
    german: &[
        "Die Lagerbestände <stimmen nicht|werden nicht aktualisiert>, <wir verkaufen Ware, die wir nicht haben|der Abgleich mit der Warenwirtschaft steht seit $time>.",
    ],
    french: &[
        "Les stocks <ne se synchronisent plus|sont faux>, <nous vendons des produits épuisés|depuis $time rien ne bouge>.",
    ],
    spanish: &[
        "El inventario <no se sincroniza|está mal>, <vendemos productos agotados|desde $time no cambia nada>.",
    ],
};
