//! Texts in other languages than the one that the table of meanings was made from. Of those the
//! table knows little more than that they are others: to it, all their texts lie close together. So
//! their words alone are compared, and each word is as common as in texts like them.

/// The words of a ticket's prose, by whether English texts hold them.
pub(super) struct Prose {
    words: u32,
    english: u32,
    /// Words of a script in which no English is written.
    other_script: u32,
}

impl Prose {
    /// No words yet.
    pub(super) const fn new() -> Self {
        Self {
            words: 0,
            english: 0,
            other_script: 0,
        }
    }

    /// Both together.
    pub(super) fn with(&self, other: &Self) -> Self {
        Self {
            words: self.words + other.words,
            english: self.english + other.english,
            other_script: self.other_script + other.other_script,
        }
    }

    /// Takes note of a word, of which `share` is the share of English texts that hold it.
    pub(super) fn note(&mut self, word: &str, share: f32) {
        let Some(first) = word.chars().next().filter(|c| c.is_alphabetic()) else {
            return;
        };
        self.words += 1;
        self.english += u32::from(share >= ORDINARY_SHARE);
        self.other_script += u32::from(first > LAST_LATIN);
    }

    /// Whether it is English as far as can be seen: a few words of jargon may be.
    pub(super) fn is_english(&self) -> bool {
        2 * self.other_script <= self.words
            && (self.words < LEAST_WORDS
                || f64::from(self.english) >= LEAST_ENGLISH * f64::from(self.words))
    }

    /// Whether it is, even if it is short.
    pub(super) fn is_surely_english(&self) -> bool {
        self.words > 0 && 2 * self.english >= self.words
    }
}

/// The share of texts in its own language that hold a word, as far as that is known before there
/// are any.
pub(super) fn share_abroad(word: &str) -> f32 {
    let is_hiragana = word.chars().next().is_some_and(|c| HIRAGANA.contains(&c));
    if is_hiragana || FUNCTION_WORDS.binary_search(&word).is_ok() {
        COMMON
    } else {
        RARE
    }
}

/// The last letter of Unicode's blocks of Latin letters that European languages use.
const LAST_LATIN: char = '\u{24f}';

/// Japanese writes endings and particles in these, and mostly other characters for what is meant.
const HIRAGANA: std::ops::RangeInclusive<char> = '\u{3041}'..='\u{309f}';

/// A word that so many of the table's English texts hold is ordinary English: one text of 3,000.
const ORDINARY_SHARE: f32 = 3.3e-4;

/// Fewer words say nothing about their language.
const LEAST_WORDS: u32 = 3;

/// The share of ordinary words that English prose has at least. Of 4,000 customer questions 99 in
/// 100 have 0.70 or more, of 174 reports of shop problems all have 0.50; sentences in German, Polish
/// and Turkish have up to 0.20, in French, Spanish and Portuguese mostly less than 0.40.
const LEAST_ENGLISH: f64 = 0.4;

/// About so many short texts hold a given one of the commonest words.
const COMMON: f32 = 0.1;

/// A word of which nothing is known.
const RARE: f32 = 1.0e-5;

/// The commonest words of German, French and Spanish that say nothing of a problem, sorted.
#[rustfmt::skip]
const FUNCTION_WORDS: [&str; 249] = [
    "a", "aber", "al", "alle", "als", "am", "an", "au", "auch", "aucun", "aucune", "auf", "aus",
    "aux", "avait", "avec", "bei", "beim", "bekomme", "bekommen", "bis", "bitte", "bonjour", "c",
    "ce", "ces", "cet", "cette", "comme", "como", "con", "cuando", "d", "da", "danke", "dans",
    "das", "dass", "de", "del", "dem", "den", "depuis", "der", "des", "desde", "die", "du", "durch",
    "ein", "eine", "einem", "einen", "einer", "el", "ella", "elle", "elles", "ellos", "en", "er",
    "era", "es", "esa", "ese", "est", "esta", "estas", "este", "estos", "está", "están", "et",
    "fait", "fue", "für", "gracias", "ha", "haben", "había", "hallo", "han", "hat", "hatte", "hay",
    "hier", "hola", "ich", "ihr", "ihre", "il", "ils", "im", "immer", "in", "ist", "j", "je",
    "kann", "kein", "keine", "keinen", "kommt", "konnte", "können", "l", "la", "las", "le", "les",
    "leur", "leurs", "lo", "los", "lässt", "m", "ma", "mais", "man", "me", "mehr", "mein", "meine",
    "merci", "mes", "mi", "mich", "mir", "mis", "mit", "mon", "muy", "más", "n", "nach", "ne", "ni",
    "nicht", "ninguna", "ningún", "no", "noch", "nos", "nosotros", "notre", "nous", "nuestra",
    "nuestro", "nuestros", "nur", "o", "oder", "ohne", "on", "ont", "ou", "où", "par", "para",
    "pas", "pero", "peut", "peuvent", "plus", "por", "pour", "puede", "pueden", "puedo", "qu",
    "quand", "que", "qui", "quien", "quoi", "qué", "s", "sa", "sans", "schon", "se", "sehr", "seit",
    "ser", "ses", "si", "sich", "sie", "sin", "sind", "so", "son", "sont", "sous", "su", "sur",
    "sus", "también", "te", "toda", "todo", "todos", "tous", "tout", "toute", "très", "um", "un",
    "una", "unas", "und", "une", "unos", "uns", "unser", "unsere", "unseren", "unter", "vom", "von",
    "vor", "vos", "votre", "vous", "war", "was", "weil", "wenn", "wer", "werden", "wie", "wieder",
    "wir", "wird", "wo", "wurde", "wurden", "y", "ya", "yo", "zu", "zum", "zur", "à", "él", "était",
    "été", "être", "über",
];

#[cfg(test)]
mod tests {
    use super::FUNCTION_WORDS;

    #[test]
    fn words_are_found_by_halving() {
        assert!(FUNCTION_WORDS.is_sorted());
    }
}
