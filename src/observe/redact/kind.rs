//! What can be found, and how it is called.

use std::fmt;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $wire:literal, $word:literal;)*) => {
        /// A type of personal data or secret. The order is that of the documentation.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $($(#[$doc])* $name,)*
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The name on the wire: `EMAIL`.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $wire,)*
                }
            }

            /// The word in a placeholder: `email`. It repeats no six characters of a value's fixed
            /// part (`github_pat_…`), so that a search for leaks finds none in a placeholder.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }
        }
    };
}

kinds! {
    /// An e-mail address.
    Email = "EMAIL", "email";
    /// A telephone number.
    Phone = "PHONE", "phone";
    /// A payment card's number (issuer's range, length and Luhn digit agree).
    Card = "CARD", "card";
    /// An international bank account number (country's length and mod 97 agree).
    Iban = "IBAN", "iban";
    /// A person's national number, by its check digit or its label.
    NationalId = "NATIONAL_ID", "national-id";
    /// The day on which somebody was born, by its label.
    BirthDate = "BIRTH_DATE", "birth-date";
    /// A payment card's security code, by its label.
    CardCode = "CARD_CODE", "card-code";
    /// A JSON web token.
    Jwt = "JWT", "jwt";
    /// A secret or restricted Stripe key.
    StripeKey = "STRIPE_KEY", "stripe-key";
    /// A webhook's signing secret (`whsec_`).
    WebhookSecret = "WEBHOOK_SECRET", "webhook-secret";
    /// A Shopify access token or app secret.
    ShopifyToken = "SHOPIFY_TOKEN", "shopify-token";
    /// A WooCommerce consumer key or secret.
    WooKey = "WOO_KEY", "woo-key";
    /// The id of an AWS access key.
    AwsAccessKeyId = "AWS_ACCESS_KEY_ID", "aws-access-key-id";
    /// An AWS secret access key.
    AwsSecretKey = "AWS_SECRET_KEY", "aws-secret-key";
    /// A Google API key.
    GoogleApiKey = "GOOGLE_API_KEY", "google-api-key";
    /// A Google OAuth token or client secret.
    GoogleOauth = "GOOGLE_OAUTH", "google-oauth";
    /// A Slack token of any sort.
    SlackToken = "SLACK_TOKEN", "slack-token";
    /// The address of a Slack webhook, which is a secret.
    SlackWebhook = "SLACK_WEBHOOK", "slack-hook";
    /// A GitHub token.
    GithubToken = "GITHUB_TOKEN", "gh-token";
    /// A GitLab token.
    GitlabToken = "GITLAB_TOKEN", "gitlab-token";
    /// A Discord bot or user token.
    DiscordToken = "DISCORD_TOKEN", "discord-token";
    /// The address of a Discord webhook, which is a secret.
    DiscordWebhook = "DISCORD_WEBHOOK", "dc-hook";
    /// A Telegram bot token.
    TelegramToken = "TELEGRAM_TOKEN", "telegram-token";
    /// An npm access token.
    NpmToken = "NPM_TOKEN", "npm-token";
    /// A PyPI upload token.
    PypiToken = "PYPI_TOKEN", "pypi-token";
    /// A Twilio API key.
    TwilioKey = "TWILIO_KEY", "twilio-key";
    /// A SendGrid API key.
    SendgridKey = "SENDGRID_KEY", "sendgrid-key";
    /// A Mailgun or Mailchimp API key.
    MailKey = "MAIL_KEY", "mail-key";
    /// A Square access token or secret.
    SquareToken = "SQUARE_TOKEN", "square-token";
    /// A Braintree or PayPal access token.
    BraintreeToken = "BRAINTREE_TOKEN", "braintree-token";
    /// A key for a language model's API (OpenAI, Anthropic and the like).
    ModelKey = "MODEL_KEY", "model-key";
    /// A storage account's or service bus's key of Azure.
    AzureKey = "AZURE_KEY", "azure-key";
    /// A token of another vendor, known by its prefix.
    ApiToken = "API_TOKEN", "api-token";
    /// A private key in PEM, OpenSSH, PGP or PuTTY form.
    PrivateKey = "PRIVATE_KEY", "private-key";
    /// The password in a URL.
    UrlPassword = "URL_PASSWORD", "url-password";
    /// The credential of an `Authorization` header.
    Authorization = "AUTHORIZATION", "authorization";
    /// A value given as a password.
    Password = "PASSWORD", "password";
    /// A value given as a secret, a key or a token.
    Secret = "SECRET", "secret";
}

/// Rank of the kinds that a vendor's prefix proves.
const TOKEN: u8 = 5;

impl Kind {
    /// Whether a value is taken for this kind because of its name, not its shape.
    pub(super) const fn is_named(self) -> bool {
        matches!(self, Self::Secret | Self::Password | Self::Authorization)
    }

    /// How sure the shape alone makes this kind, against another that overlaps it: a vendor's
    /// token says more than "something after `password=`".
    pub(super) const fn rank(self) -> u8 {
        match self {
            kind if kind.is_named() => 0,
            Self::UrlPassword => 1,
            Self::Phone | Self::NationalId | Self::BirthDate | Self::CardCode => 2,
            Self::AwsSecretKey => 3,
            Self::Card | Self::Iban | Self::Email => 4,
            _ => TOKEN,
        }
    }

    /// Whether this kind is a vendor's token, whose prefix and alphabet tell where it ends.
    pub(super) const fn is_token(self) -> bool {
        self.rank() == TOKEN
    }

    /// The value in the form under which two writings of it are the same: spaces and hyphens do
    /// not tell two card numbers apart, nor do capitals two addresses.
    pub(super) fn same_value(self, value: &str) -> String {
        match self {
            Self::Email => value.to_lowercase(),
            Self::Phone | Self::Card | Self::Iban | Self::NationalId => value
                .chars()
                .filter(|c| c.is_alphanumeric() || *c == '+')
                .flat_map(char::to_uppercase)
                .collect(),
            _ => value.to_owned(),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
