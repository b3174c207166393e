use super::Topic;
use crate::domain::{RootCause, Severity};

/// The merchant's order webhook does not answer, so orders are not confirmed.
pub static WEBHOOK_TIMEOUT: Topic = Topic {
    name: "webhook_timeout",
    root_cause: RootCause::WebhookConfiguration,
    severity: Severity::Critical,
    stops_checkout: true,
    titles: &[
        "<Webhook|$event webhook> <timeout|timing out|times out> <on checkout|at checkout|since go-live|>",
        "Orders not <processing|going through|arriving> - webhook <timeout|failure|error>",
        "Customers can't complete orders - webhook failure",
        "Checkout <page |>shows 'Webhook timeout' <error|message>",
        "Payment <processing |>stuck - webhook <error|problem>",
        "$event <events|notifications> <not reaching us|never arrive|are lost>",
        "<URGENT: |>Orders <hang|stuck> in 'awaiting confirmation'",
        "<Endpoint|Our endpoint> not reached by $event",
    ],
    symptoms: &[
        "<Orders|Purchases|New orders> <fail|are failing|keep failing> at checkout <with a webhook timeout|and we see 'webhook timeout'|because the webhook times out>.",
        "<My customers|Customers|Shoppers> <can't complete|cannot finish|are unable to complete> <their |>purchases, <the page spins and then shows a webhook timeout|checkout ends with 'Webhook timeout'|it stops at order confirmation with a webhook error>.",
        "The <$event webhook|webhook for $event|$event hook> <isn't|is not|has stopped> <being delivered|reaching our server|responding> <since the migration|since this morning|since $time|after we went live>.",
        "We <pay attention to|rely on|need> $event to <book orders|push orders to our ERP|start fulfilment> and <nothing has come in|not one has arrived|all deliveries time out> since $time.",
        "Every $event <delivery|call|event> <runs into a timeout|times out after 30 seconds|fails after 30s>, so <orders stay pending|no order gets confirmed|our warehouse sees nothing>.",
        "<Checkout is|The whole checkout is> <completely |>broken<!|.> <Same|It is the same> webhook <error|timeout> <as before|as yesterday|for every order>.",
        "<The|Your> platform <says|claims|reports> our endpoint is unreachable, but <it answers when I call it by hand|it is up, I can curl it|nothing changed on our server>. <Webhooks|The order webhooks> time out <all the same|anyway>.",
        "<$n orders|About $n orders|At least $n orders> <paid but not confirmed|are paid and never confirmed|hang in pending>: the order webhook <gives up|fails|stops> after 30 s.",
        "This is the <third|second|fourth> time today! <Webhook keeps|The webhooks keep> timing out. <Is this a platform issue?|Is it you or us?|>",
    ],
    details: &[
        "In the <delivery log|dashboard|webhook log> I see only <timeouts|'endpoint unreachable'|attempt 5 of 5 failed>.",
        "It <worked|was fine|ran without trouble> <before the migration|on the old hosted shop|until $day>.",
        "<Our endpoint is|The endpoint is> $url and it <still points to the old shop's path|was entered during the migration|answers in under a second here>.",
        "The old shop used a different <webhook URL|callback address|endpoint>, <could that be it?|maybe that was not moved.|nobody told us to change it.>",
        "Example: order $order<, $amount EUR|, placed at $time|>.",
        "<We|I> <re-saved|re-registered|deleted and re-created> the subscription, no change.",
        "The firewall <was not touched|lets your addresses through|shows no incoming requests at all>.",
    ],
    logs: &[
        "WebhookTimeout: $event webhook failed after 30s - endpoint unreachable",
        "WebhookTimeout: $event webhook failed after 30s - endpoint unreachable ($url)",
        "WebhookTimeout: $event delivery $id attempt $try of 5 failed after 30s - endpoint unreachable",
        "WebhookTimeout: $event webhook failed after 30s - endpoint unreachable; order $order left pending",
        "WebhookTimeout: POST $url $event failed after 30$tenths s - endpoint unreachable",
    ],
    german: &[
        "<Bestellungen|Neue Bestellungen> <kommen nicht an|bleiben auf 'ausstehend' stehen|gehen nicht durch>, der Webhook $event <läuft in einen Timeout|wird nicht zugestellt|antwortet nicht>. <Seit $time.|Seit der Migration.|Das war vorher nie so.>",
        "<Unsere Kunden|Kunden> können nicht <bezahlen|abschließen>, im Checkout steht 'Webhook timeout'. <Bestellung|Zum Beispiel Bestellung> $order. <Bitte dringend prüfen!|Was können wir tun?>",
        "Das Dashboard meldet, unser Endpunkt sei nicht erreichbar. Er <läuft aber|antwortet aber, wenn ich ihn selbst aufrufe>. <$n Bestellungen hängen.|Webhook-Fehler bei jeder Bestellung.>",
    ],
    french: &[
        "<Les commandes|Nos commandes> <ne passent plus|restent en attente> : le webhook $event <expire|ne répond pas> <depuis $time|depuis la migration>. <Merci de regarder rapidement.|C'est urgent.>",
        "<Nos clients ne peuvent plus|Impossible de> finaliser la commande, la page affiche « webhook timeout ». <Environ $n commandes concernées.|Exemple : $order.>",
    ],
    spanish: &[
        "<Los pedidos|Nuestros pedidos> <no se confirman|se quedan pendientes> porque el webhook $event <no responde|da timeout> <desde $time|desde la migración>. <Es urgente.|¿Pueden revisarlo?>",
        "Los clientes no pueden terminar la compra, aparece 'webhook timeout'. <Por ejemplo el pedido $order.|Ya van $n pedidos.>",
    ],
};
