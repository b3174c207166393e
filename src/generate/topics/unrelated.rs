//! Small things that have nothing to do with each other: what every support inbox is full of.

use super::Topic;
use crate::domain::{RootCause, Severity};

const fn small(
    name: &'static str,
    titles: &'static [&'static str],
    symptoms: &'static [&'static str],
) -> Topic {
    Topic {
        name,
        root_cause: RootCause::Unknown,
        severity: Severity::Low,
        stops_checkout: false,
        titles,
        symptoms,
        details: &[],
        logs: &[],
        german: &[],
        french: &[],
        spanish: &[],
    }
}

/// Each is one topic of its own; no two share a cause.
pub static UNRELATED: [Topic; 42] = [
    small(
        "other_invoice_copy",
        &["Copy of <last|our> invoice", "Missing invoice PDF"],
        &[
            "Could you <send|mail> me <a copy of|again> the invoice for last month? <Our accountant needs it.|It never reached bookkeeping.>",
            "Where do I <find|download> <older invoices|the invoice PDFs> of my subscription?",
        ],
    ),
    small(
        "other_vat_number",
        &["VAT id <change|correction>", "Wrong tax number on bill"],
        &[
            "Our VAT number <has changed|is wrong on your bill>, where can I <enter the new one|correct it>?",
        ],
    ),
    small(
        "other_staff_password",
        &[
            "Colleague <forgot password|locked out>",
            "Reset staff login",
        ],
        &[
            "A colleague <forgot her password|is locked out after five tries> and the reset mail <goes to a former employee|never comes>.",
        ],
    ),
    small(
        "other_two_factor",
        &[
            "Lost phone, second factor gone",
            "Move authenticator to new phone",
        ],
        &[
            "I <lost|replaced> my phone and <cannot produce the six-digit code|the authenticator codes are gone>. How do I get back in?",
        ],
    ),
    small(
        "other_user_seat",
        &["Add <another user|two users>", "More seats"],
        &[
            "We <hired two people|have a new intern>, how do I <invite them|give them accounts with fewer rights>, and what does a seat cost?",
        ],
    ),
    small(
        "other_plan_change",
        &["Upgrade <plan|tariff>", "Switch to yearly billing"],
        &[
            "We want to <go to the bigger plan|pay yearly instead of monthly>. <From when does it count?|Is the rest refunded?>",
        ],
    ),
    small(
        "other_cancel_contract",
        &["<Cancel|Ending> our second contract"],
        &[
            "Please <confirm that our outlet contract ends in June|tell me the notice period of the outlet contract>, we are closing that branch.",
        ],
    ),
    small(
        "other_gift_card",
        &["Gift card <expired too early|validity>"],
        &[
            "A gift card bought <in December|last year> shows as expired although it should <run three years|be valid until 2028>.",
        ],
    ),
    small(
        "other_discount_stack",
        &["Two coupons together", "Combining discount codes"],
        &[
            "Can <two discount codes|a coupon and the seasonal sale> be combined <on one order|for club members>? I only find an either-or setting.",
        ],
    ),
    small(
        "other_newsletter_optin",
        &["Newsletter <checkbox|sign-up> wording"],
        &[
            "Our lawyer wants <other words next to the newsletter box|a double opt-in text in the sign-up mail>. Where is that sentence edited?",
        ],
    ),
    small(
        "other_privacy_request",
        &["Customer wants data <deleted|export>"],
        &[
            "A customer asks for <a copy of all data held on her|erasure of his account> under GDPR. What is the procedure on your side?",
        ],
    ),
    small(
        "other_cookie_banner",
        &["Consent banner <covers menu|too big>"],
        &[
            "The consent banner <covers half of the menu on small screens|has its decline button cut off>, can its height be set?",
        ],
    ),
    small(
        "other_font",
        &["<House font|Typeface> not used"],
        &[
            "Headlines show in <Times|a serif face> instead of our house typeface since a designer <touched the theme|uploaded new woff2 files>.",
        ],
    ),
    small(
        "other_logo_blurry",
        &["Logo <blurry|not sharp>"],
        &[
            "The logo in the header is blurry on <sharp screens|my new laptop>. <Does it accept SVG?|Which size do you want?>",
        ],
    ),
    small(
        "other_menu_order",
        &["Sort <categories|menu entries>"],
        &[
            "How do I change the order of <top menu entries|subcategories>? Dragging them <jumps back|is not offered>.",
        ],
    ),
    small(
        "other_search_synonyms",
        &["Search <synonyms|finds nothing for sofa>"],
        &[
            "Shoppers type <sofa|trainers> and find nothing because we say <couch|sneakers>. Is there a synonym list for the search box?",
        ],
    ),
    small(
        "other_review_spam",
        &["Spam in <reviews|ratings>"],
        &[
            "Somebody posts <casino links|the same five-star text> in our product reviews every night. Can we require a purchase before rating?",
        ],
    ),
    small(
        "other_redirect_old_blog",
        &["Old blog <addresses|links>"],
        &[
            "Our old blog lived under /journal, now /stories. <Can you bulk redirect 80 articles?|Is there a CSV for redirects?>",
        ],
    ),
    small(
        "other_sitemap",
        &["Sitemap lists <hidden|draft> pages"],
        &[
            "Search Console says the sitemap contains <noindex pages|drafts>. How do I leave them out?",
        ],
    ),
    small(
        "other_domain_verification",
        &["Verify <domain|TXT record>"],
        &[
            "I added the TXT record for the new domain <yesterday|two days ago> and verification still says pending.",
        ],
    ),
    small(
        "other_mail_spf",
        &["SPF for order mails", "Which include for SPF?"],
        &[
            "Our mail admin asks which <SPF include|DKIM selector> he has to publish for messages you send in our name.",
        ],
    ),
    small(
        "other_mail_template_typo",
        &["Typo in <shipping mail|mail template>"],
        &[
            "There is a spelling mistake in the <dispatch notification|returns mail> (\"recieved\"), I cannot find the template to fix it.",
        ],
    ),
    small(
        "other_label_printer",
        &["Label printer <cuts text|wrong size>"],
        &[
            "The label printer <cuts the last line|prints A4 instead of 10x15>. It is a Zebra GK420 <on Windows 11|at packing desk two>.",
        ],
    ),
    small(
        "other_barcode_scanner",
        &["Barcode scanner <types twice|layout>"],
        &["Our hand scanner <enters every barcode twice|swaps Y and Z> in the goods-in screen."],
    ),
    small(
        "other_csv_umlauts",
        &["Broken umlauts in <customer export|CSV>"],
        &[
            "The customer export shows <Ã¼ instead of ü|strange signs for umlauts> when opened in Excel. Which encoding is it?",
        ],
    ),
    small(
        "other_report_timezone",
        &["Sales report and <midnight|time zone>"],
        &[
            "The daily sales report <cuts the day at one in the morning|counts late-evening sales for the next day>. Can its time zone be set?",
        ],
    ),
    small(
        "other_analytics",
        &["Analytics counts <twice|double>"],
        &[
            "Visits are counted twice in <our analytics|Matomo> since we added the tag manager, page views exactly double.",
        ],
    ),
    small(
        "other_tax_rounding",
        &["Tax <rounding|one cent off>"],
        &[
            "VAT on <three items at 19.99|one position> is a cent lower than our bookkeeping computes. Do you round per line or per document?",
        ],
    ),
    small(
        "other_second_currency",
        &["Prices in <Swiss francs|CHF>"],
        &[
            "We would like to show <Swiss francs next to euros|a second currency> for visitors from Zurich. Is that a module?",
        ],
    ),
    small(
        "other_language_switch",
        &["Another shop language"],
        &["How much work is a <Dutch|Polish> version, and are legal texts translated too?"],
    ),
    small(
        "other_size_chart",
        &["Size chart <per brand|table>"],
        &[
            "Can each brand have its own size chart <in a pop-up|next to the selector>? Returns of shoes are mostly wrong sizes.",
        ],
    ),
    small(
        "other_bundle_product",
        &["Bundle of three <articles|products>"],
        &[
            "We sell <gift boxes|starter kits> of three articles. How do I make a set whose parts are picked separately?",
        ],
    ),
    small(
        "other_preorder",
        &["Pre-order <date|button>"],
        &[
            "The new season arrives in <May|September>, we want a pre-order button with the expected date on it.",
        ],
    ),
    small(
        "other_age_check",
        &["Age check <at checkout|for buyers>"],
        &[
            "We start selling <wine|kitchen knives> and must check the buyer's age. Which verification do other shops use?",
        ],
    ),
    small(
        "other_store_hours",
        &["Opening hours <wrong|in store finder>"],
        &[
            "The store finder shows <last year's opening hours|Sunday as open> for our branch in the old town.",
        ],
    ),
    small(
        "other_pickup_point",
        &["<Click and collect|Pick-up> for branch"],
        &[
            "Can customers collect goods at our <second branch|warehouse door>, with a message when the parcel is ready there?",
        ],
    ),
    small(
        "other_return_label",
        &["Return label <missing in parcel|as QR code>"],
        &[
            "Customers want to return parcels with a QR code instead of a printed label. Do you support that?",
        ],
    ),
    small(
        "other_loyalty_points",
        &["Loyalty points <of one customer|missing>"],
        &[
            "Mrs <Keller|Novak> misses 340 loyalty points from her purchase <in store|at the fair>. Can I add them by hand?",
        ],
    ),
    small(
        "other_video",
        &["Video <on product page|starts by itself>"],
        &[
            "The video on the bicycle page <starts with sound|does not start on tablets>, can autoplay be silenced?",
        ],
    ),
    small(
        "other_map_key",
        &["Map shows <grey tiles|watermark>"],
        &["The map in the store finder carries a 'for development purposes only' watermark."],
    ),
    small(
        "other_training",
        &["Training for <new staff|the team>"],
        &[
            "Do you offer a <half-day training|webinar> for new staff in the back office, <ideally in June|and in German>?",
        ],
    ),
    small(
        "other_feature_wish",
        &["Wish: <dark mode|keyboard shortcuts>"],
        &[
            "Just an idea: <a dark colour scheme|keyboard shortcuts> in the back office would help our night shift.",
        ],
    ),
];
