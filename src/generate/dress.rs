//! What people and mail programs put around the facts: greetings, signatures, forwarded headers,
//! pleading, and slips of the finger.

use super::facts::Slots;
use super::phrase::expand;
use super::random::Random;

/// A language a merchant writes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Most of them.
    English,
    /// Some.
    German,
    /// Some.
    French,
    /// Some.
    Spanish,
}

struct Manners {
    greetings: &'static [&'static str],
    /// For anything.
    questions: &'static [&'static str],
    /// Only where something is broken.
    pleas: &'static [&'static str],
    farewells: &'static [&'static str],
}

static ENGLISH: Manners = Manners {
    greetings: &[
        "Hi,",
        "Hello,",
        "Hi team,",
        "Hello support,",
        "Good morning,",
        "Hey there,",
        "Dear all,",
        "hi folks",
        "Hi again,",
    ],
    questions: &[
        "<Please|Can you please|Could you> <help|have a look|look into this|advise>?",
        "<Any idea|Any advice|Is this known>?",
        "<No hurry|Whenever you have time|Not urgent>.",
        "<Looking forward to your answer|Happy to hear from you>.",
    ],
    pleas: &[
        "<Please|Can you please|Could you> <help|have a look|look into this|advise>!",
        "<Any news|Any idea|What can we do>?",
        "<We are losing|I'm losing|Losing> <sales|money|orders> <every minute|by the hour|over this>!",
        "<This is|It's> <urgent|really urgent|a disaster for us>.",
        "<Need|We need> <urgent help|an answer today|somebody to call us back>.",
        "Is this <known|a known problem|happening to others>?",
    ],
    farewells: &[
        "Thanks",
        "Thank you!",
        "Best regards",
        "Regards",
        "Cheers",
        "Kind regards",
    ],
};
static GERMAN: Manners = Manners {
    greetings: &[
        "Hallo,",
        "Guten Morgen,",
        "Guten Tag,",
        "Hallo zusammen,",
        "Moin,",
    ],
    questions: &["Danke für eine kurze Antwort.", "Eilt nicht."],
    pleas: &[
        "Bitte um schnelle Hilfe.",
        "Gibt es dazu schon etwas Neues?",
        "Es ist wirklich dringend.",
    ],
    farewells: &["Viele Grüße", "Danke und Gruß", "Mit freundlichen Grüßen"],
};
static FRENCH: Manners = Manners {
    greetings: &["Bonjour,", "Bonjour à tous,"],
    questions: &["Merci pour votre réponse."],
    pleas: &["Pouvez-vous nous aider ?", "Merci de faire vite."],
    farewells: &["Cordialement", "Merci d'avance"],
};
static SPANISH: Manners = Manners {
    greetings: &["Hola,", "Buenos días,"],
    questions: &["Gracias por su respuesta."],
    pleas: &["¿Nos pueden ayudar?", "Gracias por su ayuda."],
    farewells: &["Un saludo", "Gracias"],
};

impl Language {
    fn manners(self) -> &'static Manners {
        match self {
            Self::English => &ENGLISH,
            Self::German => &GERMAN,
            Self::French => &FRENCH,
            Self::Spanish => &SPANISH,
        }
    }

    fn foreign(random: &mut Random) -> Self {
        match random.below(3) {
            0 => Self::German,
            1 => Self::French,
            _ => Self::Spanish,
        }
    }
}

/// Puts a message into the shape in which it reaches a helpdesk. A calm message is about nothing
/// that is broken.
pub fn dress(
    message: &str,
    language: Language,
    calm: bool,
    slots: &Slots<'_>,
    random: &mut Random,
) -> String {
    let fill = |name: &str, random: &mut Random| slots.value(name, random);
    // One in twenty mixes languages: the manners of one, the message of another.
    let manners = if random.percent(5) {
        Language::foreign(random).manners()
    } else {
        language.manners()
    };
    let mut text = message.to_owned();
    if random.percent(35) {
        let endings = if calm {
            manners.questions
        } else {
            manners.pleas
        };
        text.push(' ');
        text.push_str(&expand(random.text(endings), random, &fill));
    }
    text = slip(&text, random);
    if random.percent(30) {
        text = format!("{} {text}", random.text(manners.greetings));
    }
    if random.percent(25) {
        text = format!(
            "{text}\n\n{}\n{}",
            random.text(manners.farewells),
            signature(slots, random)
        );
    }
    if random.percent(6) {
        text = forwarded(&text, slots, random);
    }
    text
}

fn signature(slots: &Slots<'_>, random: &mut Random) -> String {
    let name = random.text(&[
        "Anna Becker",
        "Luc Moreau",
        "Priya Nair",
        "Tom Fischer",
        "Elena Ruiz",
        "Sam Carter",
        "Ines Costa",
        "Jonas Holm",
    ]);
    let shop = slots.merchant.shop_name();
    match random.below(4) {
        0 => name.to_owned(),
        1 => format!("{name}, {shop}"),
        2 => format!(
            "{name}\n{shop}\n{}@{}",
            name.to_lowercase().replace(' ', "."),
            slots.merchant.domain()
        ),
        // A number from the range that the regulator keeps free for fiction.
        _ => format!(
            "{name}\nOperations | {shop}\n+44 20 7946 0{:03}",
            random.below(1000)
        ),
    }
}

fn forwarded(text: &str, slots: &Slots<'_>, random: &mut Random) -> String {
    let domain = slots.merchant.domain();
    let quoted = if random.percent(50) {
        text.lines().map(|line| format!("> {line}\n")).collect()
    } else {
        text.to_owned()
    };
    format!(
        "FYI, see below\n\n---------- Forwarded message ----------\nFrom: shop@{domain}\nDate: {}\nTo: support@helpdesk.example\nSubject: {}\n\n{quoted}",
        slots.at.strftime("%Y-%m-%d %H:%M"),
        random.text(&[
            "Fwd: shop problem",
            "FW: please check",
            "Re: our shop",
            "WG: Problem im Shop"
        ]),
    )
}

/// One message in five has a few typing errors, and one in sixty is shouted.
fn slip(text: &str, random: &mut Random) -> String {
    if random.chance(1, 60) {
        return text.to_uppercase();
    }
    if !random.percent(20) {
        return text.to_owned();
    }
    let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    for _ in 0..random.between(1, 3) {
        let at = random.below(words.len() as u64) as usize;
        if let Some(word) = words.get_mut(at) {
            *word = misspell(word, random);
        }
    }
    words.join(" ")
}

/// Swaps, drops or doubles one letter of a plain word; ids, addresses and numbers stay whole.
fn misspell(word: &str, random: &mut Random) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    if letters.len() < 4 || !letters.iter().all(|c| c.is_alphabetic()) {
        return word.to_owned();
    }
    let at = random.between(1, letters.len() as u64 - 2) as usize;
    match random.below(3) {
        0 => letters.swap(at, at + 1),
        1 => {
            letters.remove(at);
        }
        _ => letters.insert(at, letters[at]),
    }
    letters.into_iter().collect()
}
