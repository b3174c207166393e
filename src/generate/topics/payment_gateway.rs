use super::Topic;
use crate::domain::{RootCause, Severity};

/// The payment processor refuses the connection: the certificate set up by the merchant does not match.
pub static PAYMENT_GATEWAY: Topic = Topic {
    name: "payment_gateway",
    root_cause: RootCause::MerchantConfiguration,
    severity: Severity::Critical,
    stops_checkout: true,
    titles: &[
        "Payment <integration|connection> broken",
        "Payment declined <errors|for valid cards>",
        "<Card|$psp> <processing|payments> not working",
        "Gateway timeout at <checkout|payment>",
        "<All|Card> payments failing <with generic error|since $day|>",
        "$psp <unreachable|refuses us|connection lost>",
        "Nobody can pay <by card|with $psp|>",
        "SSL <trouble|mismatch> with payment processor",
    ],
    symptoms: &[
        "<Payment gateway|The gateway|$psp> <is not responding|does not answer|times out>. <Customers can't complete transactions.|No payment goes through.|>",
        "$psp <integration|connection> <broken|stopped> after <migration|the move>. All payments <failing|fail> with <a generic error|'payment could not be processed'>.",
        "<Valid cards|Good cards|Cards of regular customers> are <being declined|refused>, the <payment processor|processor> keeps timing out.",
        "Card tokenization <fails|is failing>. The payment <API|page> returns <500|502|an error> <on checkout|when the card is submitted>.",
        "<$n payments|About $n card payments|Every card payment> <failed|were declined> since $time, <PayPal works|invoice still works|other methods are fine>.",
        "<We see|The log shows> certificate errors between the shop and $psp, <and money no longer comes in|and every charge fails>.",
        "Paying by card <ends in a timeout|spins for a minute and then fails|is impossible>, <customers call us|we lose orders by the minute>.",
    ],
    details: &[
        "The <certificate|SSL certificate> <on our side was renewed|is for the old domain|does not match the new host name>.",
        "$psp <says their side is fine|support sees no requests from us|points at us>.",
        "Example: $amount EUR, order $order.",
        "<We entered|I entered> the <live keys|account id> again, <same result|no change>.",
        "The old shop <ran under another domain|had its own certificate|still works>.",
        "3-D Secure <is not even shown|never opens>.",
    ],
    logs: &[
        "PaymentGatewayError: Connection timeout to payment processor - SSL cert mismatch",
        "PaymentGatewayError: Connection timeout to payment processor $psp - SSL cert mismatch",
        "PaymentGatewayError: Connection timeout to payment processor - SSL cert mismatch (charge $id, order $order)",
        "PaymentGatewayError: Connection timeout to payment processor - SSL cert mismatch, host pay.$domain",
    ],
    german: &[
        "Kartenzahlungen <schlagen fehl|gehen nicht mehr>, <$psp antwortet nicht|das Gateway läuft in einen Timeout>. <Gültige Karten werden abgelehnt.|Vermutlich das Zertifikat.>",
        "Seit $time kann niemand mehr <mit Karte|über $psp> zahlen, im Protokoll steht etwas von SSL. <Bitte dringend helfen!|$n Zahlungen sind geplatzt.>",
    ],
    french: &[
        "Les paiements par carte <échouent|sont refusés>, <$psp ne répond pas|erreur de certificat>. <C'est très urgent.|Depuis $time.>",
    ],
    spanish: &[
        "Los pagos con tarjeta <fallan|son rechazados>, <$psp no responde|hay un error de certificado SSL>. <Perdemos ventas.|Desde $time.>",
    ],
};
