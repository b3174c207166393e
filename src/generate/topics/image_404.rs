use super::Topic;
use crate::domain::{RootCause, Severity};

/// Image paths changed with the headless platform, and old addresses answer 404.
pub static IMAGE_404: Topic = Topic {
    name: "image_404",
    root_cause: RootCause::MigrationIssue,
    severity: Severity::High,
    stops_checkout: false,
    titles: &[
        "Product images <not loading|missing|broken> <on the frontend|after migration|>",
        "<All|Many> images showing 404 <errors|>",
        "Image URLs <returning|give> 404",
        "Product <gallery|photos> not <displaying|shown>",
        "Broken <product |>images <everywhere|after migration>",
        "<Placeholders|Grey boxes> instead of <photos|pictures>",
        "Pictures <gone|lost> <since the switch|on all product pages>",
    ],
    symptoms: &[
        "<All|Nearly all|Half of> <my|our> product <images|photos|pictures> are <broken|missing|gone> <since the migration|after the move|since $time>.",
        "Product pages <look terrible|look empty|are useless> - <no images loading|no pictures at all|only placeholders>.",
        "<Image CDN|The CDN|Your image server> <seems broken|answers 404|does not find our files>: <all product photos return 404|every image is a 404|pictures of $product too>.",
        "Customers <see placeholder images|see grey boxes instead of photos|ask why there are no pictures>. <404 on the image URLs.|Getting 404 on all image requests.|The browser console is full of 404s.>",
        "The <gallery|zoom gallery|slider> <stays empty|shows nothing>, <the files answer not found|image addresses lead nowhere|404 for every file>.",
        "<Uploaded|Re-uploaded> images <work|appear>, <the old ones|everything from before> <don't|stays 404>.",
        "<Thumbnails|Category thumbnails> <load|are fine>, the <large|full size> <images|photos> <answer 404|are not found>.",
    ],
    details: &[
        "Example: $image",
        "The <path|address|URL structure> <looks different from the old one|has changed|now contains v2>.",
        "<Everything was fine|It was all there> <before the migration|on the old shop|on $day>.",
        "SKU $sku <and $n others|for instance|among many>.",
        "<Purging the cache|A hard reload|Another browser> <changes nothing|does not help>.",
        "<Google Shopping|Our feed|Instagram> <has started to reject products|complains about missing images> <too|as well>.",
    ],
    logs: &[
        "404 Not Found: /api/v2/products/images/ - path structure changed in headless",
        "404 Not Found: /api/v2/products/images/$sku.jpg - path structure changed in headless",
        "GET $image 404 Not Found: /api/v2/products/images/ - path structure changed in headless",
        "404 Not Found: /api/v2/products/images/$id.webp - path structure changed in headless (cdn $cdn)",
    ],
    german: &[
        "<Alle Produktbilder|Unsere Produktbilder> <fehlen|sind weg|liefern 404> seit <der Migration|$time>. <Die Seiten sehen furchtbar aus.|Kunden sehen nur Platzhalter.>",
        "Bilder werden nicht geladen, <der Pfad hat sich offenbar geändert|die Adressen antworten mit 404>. Zum Beispiel Artikel $sku.",
    ],
    french: &[
        "<Les images|Toutes les photos> produits <ne s'affichent plus|renvoient 404> depuis <la migration|$time>. <La boutique a l'air vide.|Exemple : $sku.>",
    ],
    spanish: &[
        "<Las imágenes|Todas las fotos> de producto <no se ven|dan 404> desde <la migración|$time>. <Los clientes solo ven huecos.|Por ejemplo $sku.>",
    ],
};
