//! Ranks texts (runbooks, past incidents) by BM25 against the words of a question.
//!
//! Term weights come from the crate `bm25`; the inverted index is ours, because the crate's
//! scorer walks every document for every word, which costs more than the rest of a diagnosis.

use super::text::Words;
use bm25::{EmbedderBuilder, Tokenizer};
use std::collections::{BTreeMap, HashMap};

/// A document's place in the list it was indexed from, and its score (0 and more; documents that
/// share a rare word with the question reach about 5, a clear hit 10 and more).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// Index into the documents.
    pub document: usize,
    /// BM25, each word of the question weighted.
    pub score: f32,
}

/// About as many runbooks as there are.
const REFERENCE: f32 = 50.0;

/// An index over documents.
#[derive(Clone, Debug, Default)]
pub struct Index {
    /// For each term the documents that hold it, with the weight it gives them.
    postings: HashMap<String, Vec<(usize, f32)>>,
    documents: usize,
}

impl Index {
    /// Indexes texts.
    pub fn of<T: AsRef<str>>(texts: &[T]) -> Self {
        let texts: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
        let embedder =
            EmbedderBuilder::<u32, Terms>::with_tokenizer_and_fit_to_corpus(Terms, &texts).build();
        let mut postings: HashMap<String, Vec<(usize, f32)>> = HashMap::new();
        for (document, text) in texts.iter().enumerate() {
            // The embedding lists a weight for each term in the order of the terms.
            let weights: BTreeMap<String, f32> = Terms
                .tokenize(text)
                .into_iter()
                .zip(embedder.embed(text).iter().map(|term| term.value))
                .collect();
            for (term, weight) in weights {
                postings.entry(term).or_default().push((document, weight));
            }
        }
        for holders in postings.values_mut() {
            let rarity = inverse_frequency(texts.len(), holders.len());
            holders.iter_mut().for_each(|(_, weight)| *weight *= rarity);
        }
        Self {
            postings,
            documents: texts.len(),
        }
    }

    /// The best documents, best first; equal ones in their order. Each word counts once, with
    /// the weight given to it.
    pub fn search<'w>(
        &self,
        words: impl IntoIterator<Item = (&'w str, f32)>,
        limit: usize,
    ) -> Vec<Hit> {
        let mut scores = vec![0_f32; self.documents];
        let mut query: BTreeMap<String, f32> = BTreeMap::new();
        for (word, weight) in words {
            if let Some(term) = term(word) {
                let known = query.entry(term.to_owned()).or_default();
                *known = known.max(weight);
            }
        }
        for (term, weight) in &query {
            for (document, value) in self.postings.get(term).into_iter().flatten() {
                scores[*document] += value * weight;
            }
        }
        let mut hits: Vec<Hit> = scores
            .into_iter()
            .enumerate()
            .filter(|(_, score)| *score > 0.0)
            .map(|(document, score)| Hit { document, score })
            .collect();
        hits.sort_by(|a, b| {
            b.score
                .total_cmp(&a.score)
                .then(a.document.cmp(&b.document))
        });
        hits.truncate(limit);
        hits
    }
}

/// Robertson and Spärck Jones' inverse document frequency, kept above zero as in Lucene, and
/// scaled as if there were [`REFERENCE`] documents: a threshold then means the same for three
/// past incidents as for fifty runbooks.
fn inverse_frequency(documents: usize, holders: usize) -> f32 {
    let (documents, holders) = (documents as f32, holders as f32);
    let rarity = (1.0 + (documents - holders + 0.5) / (holders + 0.5)).ln();
    rarity * REFERENCE.ln_1p() / documents.ln_1p()
}

/// Words without the commonest ones and without endings.
#[derive(Clone, Copy, Debug)]
struct Terms;

impl Tokenizer for Terms {
    fn tokenize(&self, text: &str) -> Vec<String> {
        Words::of(text)
            .iter()
            .filter_map(term)
            .map(str::to_owned)
            .collect()
    }
}

/// The stem of a word, or none where the word says nothing. Stemming is light on purpose (plural
/// and the commonest verb endings): product names and error names must not be mangled.
fn term(word: &str) -> Option<&str> {
    if word.len() < 2 || STOP.binary_search(&word).is_ok() {
        return None;
    }
    if word.len() < 4 || word.bytes().any(|b| b.is_ascii_digit()) {
        return Some(word);
    }
    let stem = ["ings", "ing", "ies", "ed", "es", "s", "y", "e"]
        .into_iter()
        .find_map(|ending| word.strip_suffix(ending));
    Some(stem.filter(|stem| stem.len() > 2).unwrap_or(word))
}

/// Sorted.
const STOP: [&str; 116] = [
    "about", "after", "again", "all", "also", "am", "an", "and", "any", "are", "arent", "as", "at",
    "be", "because", "been", "before", "but", "by", "can", "cannot", "cant", "could", "did",
    "didnt", "do", "does", "doesnt", "done", "dont", "each", "else", "even", "ever", "every",
    "for", "from", "get", "gets", "getting", "give", "gives", "go", "goes", "got", "had", "has",
    "have", "hello", "help", "here", "hi", "how", "if", "in", "into", "is", "isnt", "it", "its",
    "just", "know", "like", "may", "me", "more", "most", "my", "need", "needs", "no", "not", "now",
    "of", "on", "one", "only", "or", "other", "our", "out", "please", "same", "see", "should",
    "show", "so", "some", "still", "than", "thank", "thanks", "that", "the", "their", "them",
    "then", "there", "these", "they", "this", "to", "too", "use", "using", "very", "was", "we",
    "were", "what", "when", "which", "will", "with", "would", "you",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stop_words_are_sorted() {
        assert!(STOP.is_sorted());
    }

    #[test]
    fn the_text_with_the_rarer_shared_words_comes_first() {
        let index = Index::of(&[
            "Shop mail is not delivered, mail server refuses",
            "Shop pictures answer 404, cache of pictures",
            "Shop and nothing else",
        ]);
        let words = ["shop", "picture", "404"].map(|word| (word, 1.0));
        let hits = index.search(words, 2);
        assert_eq!(hits[0].document, 1);
        assert!(hits[0].score > 3.0 * hits[1].score);
        assert!(index.search([("unheard", 1.0)], 2).is_empty());
        assert!(Index::of::<&str>(&[]).search([("shop", 1.0)], 2).is_empty());
    }
}
