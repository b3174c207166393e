//! Meaning: a vector for each word piece, shipped with the project, added up over a text. What a
//! piece weighs in the sum depends on the text's other pieces.

use super::lexical::ByHash;
use crate::observe::signature::{FNV_START, fnv};

/// Numbers in a vector. The table's columns are principal components, the strongest first.
pub(crate) const DIM: usize = 256;

/// The shipped table (how it was made: `data/embeddings/README.md`).
static TABLE: &[u8] = include_bytes!("../../../data/embeddings/meaning.bin");

const MAGIC: &[u8] = b"medic-meaning-2\n";

/// Numbers that say what a piece listens for in the other pieces of its text, and as many that say
/// what it is to them.
const ECHO: usize = 16;

/// Rows of the table by the hash of the word piece (a test proves that no two are equal).
type ByPiece = ByHash<u32>;

/// A word piece of a text.
pub(crate) struct Piece {
    /// Which, in the table.
    row: u32,
    /// What the part of the ticket weighs that it stands in.
    weight: f32,
}

/// The word pieces with their vectors.
pub(crate) struct Embeddings {
    starts: ByPiece,
    continuations: ByPiece,
    scales: Vec<f32>,
    commonness: &'static [u8],
    rows: &'static [u8],
    /// What each piece listens for; in units of `listens_unit`.
    listens: &'static [u8],
    /// What each piece is to the others; in units of `sounds_unit`.
    sounds: &'static [u8],
    listens_unit: f32,
    sounds_unit: f32,
    /// What texts have in common on the average: the first guess of the stream's mean.
    pub(crate) mean: Vec<f32>,
}

impl Embeddings {
    /// The shipped table. An unreadable one (a test proves that ours is not) leaves words alone
    /// to compare by.
    pub(crate) fn shipped() -> Self {
        Self::parse(TABLE).unwrap_or_else(|| Self {
            starts: ByPiece::default(),
            continuations: ByPiece::default(),
            scales: Vec::new(),
            commonness: &[],
            rows: &[],
            listens: &[],
            sounds: &[],
            listens_unit: 0.0,
            sounds_unit: 0.0,
            mean: vec![0.0; DIM],
        })
    }

    fn parse(bytes: &'static [u8]) -> Option<Self> {
        let mut rest = bytes.strip_prefix(MAGIC)?;
        let count = usize::try_from(take_u32(&mut rest)?).ok()?;
        let dim = usize::try_from(take_u32(&mut rest)?).ok()?;
        let echo = usize::try_from(take_u32(&mut rest)?).ok()?;
        if dim != DIM || echo != ECHO {
            return None;
        }
        let mean = take_floats(&mut rest, DIM)?;
        let scales = take_floats(&mut rest, count)?;
        let commonness = take(&mut rest, count)?;
        let rows = take(&mut rest, count * DIM)?;
        let units = take_floats(&mut rest, 2)?;
        let listens = take(&mut rest, count * ECHO)?;
        let sounds = take(&mut rest, count * ECHO)?;
        let (mut starts, mut continuations) = (ByPiece::default(), ByPiece::default());
        for number in 0..u32::try_from(count).ok()? {
            let length = usize::from(*take(&mut rest, 1)?.first()?);
            let piece = std::str::from_utf8(take(&mut rest, length)?).ok()?;
            match piece.strip_prefix("##") {
                Some(tail) if !tail.is_empty() => continuations.insert(hash(tail), number),
                _ => starts.insert(hash(piece), number),
            };
        }
        Some(Self {
            starts,
            continuations,
            scales,
            commonness,
            rows,
            listens,
            sounds,
            listens_unit: *units.first()?,
            sounds_unit: *units.get(1)?,
            mean,
        })
    }

    /// Adds the pieces of a word to `pieces`, each with `weight`, and answers the share of ordinary
    /// texts that hold the word (0–1).
    pub(crate) fn take_apart(&self, word: &str, weight: f32, pieces: &mut Vec<Piece>) -> f32 {
        if let Some(&row) = self.starts.get(&hash(word)) {
            pieces.push(Piece { row, weight });
            return self.share(row);
        }
        let folded: String = word.chars().map(fold).collect();
        let mut at = 0;
        while at < folded.len() {
            let Some((end, row)) = self.longest_piece(&folded, at) else {
                break;
            };
            pieces.push(Piece { row, weight });
            at = end;
        }
        if folded.len() != word.len()
            && let Some(row) = self.starts.get(&hash(&folded))
        {
            return self.share(*row);
        }
        UNKNOWN_SHARE
    }

    /// What a text of these pieces means, of length 1; none where it has no direction.
    pub(crate) fn meaning(&self, pieces: &[Piece]) -> Option<Vec<f32>> {
        let mut sound = [0.0_f32; ECHO];
        let mut weights = 0.0;
        for piece in pieces {
            for (sum, value) in sound.iter_mut().zip(self.echo(self.sounds, piece.row)) {
                *sum += value * piece.weight;
            }
            weights += piece.weight;
        }
        let unit = self.sounds_unit * self.listens_unit / f32::max(weights, 1.0e-6);
        let mut sum = vec![0.0; DIM];
        for piece in pieces {
            let heard: f32 = self
                .echo(self.listens, piece.row)
                .zip(&sound)
                .map(|(listens, sound)| listens * sound)
                .sum();
            // Twice the logistic function: from 0 to 2, and 1 where nothing is said either way.
            let stress = 2.0 / (1.0 + (-heard * unit).exp());
            self.add_row(piece.row, piece.weight * stress, &mut sum);
        }
        normalise(&mut sum).then_some(sum)
    }

    /// A piece's short vector in one of the two tables of them.
    fn echo(&self, table: &'static [u8], row: u32) -> impl Iterator<Item = f32> + use<> {
        let at = row as usize * ECHO;
        let values = table.get(at..at + ECHO).unwrap_or_default();
        values.iter().map(|value| f32::from(value.cast_signed()))
    }

    fn longest_piece(&self, word: &str, at: usize) -> Option<(usize, u32)> {
        let pieces = if at == 0 {
            &self.starts
        } else {
            &self.continuations
        };
        let mut longest = None;
        let mut so_far = FNV_START;
        for c in word.get(at..)?.char_indices() {
            let (from, end) = (at + c.0, at + c.0 + c.1.len_utf8());
            so_far = fnv(word.get(from..end)?.as_bytes(), so_far);
            if let Some(row) = pieces.get(&so_far) {
                longest = Some((end, *row));
            }
        }
        longest
    }

    fn add_row(&self, row: u32, weight: f32, sum: &mut [f32]) {
        let row = row as usize;
        let (Some(scale), Some(bytes)) = (
            self.scales.get(row),
            self.rows.get(row * DIM..(row + 1) * DIM),
        ) else {
            return;
        };
        let factor = scale * weight;
        // In groups of a fixed size, so that it is done in vector registers.
        let (into, _) = sum.as_chunks_mut::<16>();
        let (from, _) = bytes.as_chunks::<16>();
        for (into, from) in into.iter_mut().zip(from) {
            for lane in 0..16 {
                into[lane] += f32::from(from[lane].cast_signed()) * factor;
            }
        }
    }

    fn share(&self, row: u32) -> f32 {
        let code = self.commonness.get(row as usize).copied().unwrap_or(255);
        (-f32::from(code) / 20.0).exp()
    }
}

fn hash(piece: &str) -> u64 {
    fnv(piece.as_bytes(), FNV_START)
}

/// The share of texts that hold a word which is no single piece of the table.
const UNKNOWN_SHARE: f32 = 1.0e-5;

/// A Latin letter without its accent, as the table's pieces are written.
fn fold(c: char) -> char {
    match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => 'a',
        'ç' => 'c',
        'è' | 'é' | 'ê' | 'ë' => 'e',
        'ì' | 'í' | 'î' | 'ï' => 'i',
        'ñ' => 'n',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' => 'o',
        'ù' | 'ú' | 'û' | 'ü' => 'u',
        'ý' | 'ÿ' => 'y',
        other => other,
    }
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (head, tail) = rest.split_at_checked(count)?;
    *rest = tail;
    Some(head)
}

fn take_u32(rest: &mut &[u8]) -> Option<u32> {
    let bytes: [u8; 4] = take(rest, 4)?.try_into().ok()?;
    Some(u32::from_le_bytes(bytes))
}

fn take_floats(rest: &mut &[u8], count: usize) -> Option<Vec<f32>> {
    let bytes = take(rest, count * 4)?;
    let (quads, _) = bytes.as_chunks::<4>();
    Some(quads.iter().map(|quad| f32::from_le_bytes(*quad)).collect())
}

/// The inner product. Eight running sums, so that it can be done in vector registers and still
/// adds up in one fixed order.
pub(crate) fn dot(one: &[f32], other: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 8];
    let (left, _) = one.as_chunks::<8>();
    let (right, _) = other.as_chunks::<8>();
    for (a, b) in left.iter().zip(right) {
        for lane in 0..8 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum()
}

/// A vector in small whole numbers (-127 to 127), and what one of them is worth: half of the
/// memory, and products that are exact and done eight at a time.
pub(crate) fn shrink(vector: &[f32]) -> (Vec<i16>, f32) {
    let most = vector
        .iter()
        .fold(0.0_f32, |most, value| most.max(value.abs()));
    if most <= 0.0 || !most.is_finite() {
        return (Vec::new(), 0.0);
    }
    let scale = most / 127.0;
    let small = vector.iter().map(|value| (value / scale).round() as i16);
    (small.collect(), scale)
}

/// The inner product of two vectors of small numbers.
pub(crate) fn dot_small(one: &[i16], other: &[i16]) -> i32 {
    let mut sums = [0_i32; 8];
    let (left, _) = one.as_chunks::<8>();
    let (right, _) = other.as_chunks::<8>();
    for (a, b) in left.iter().zip(right) {
        for lane in 0..8 {
            sums[lane] += i32::from(a[lane]) * i32::from(b[lane]);
        }
    }
    sums.iter().sum()
}

/// Brings a vector to length 1; false where it has no direction.
pub(crate) fn normalise(vector: &mut [f32]) -> bool {
    let length = dot(vector, vector).sqrt();
    if length.is_nan() || length <= 1.0e-6 {
        return false;
    }
    for value in vector.iter_mut() {
        *value /= length;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(text: &str) -> Vec<f32> {
        let table = Embeddings::shipped();
        let mut pieces = Vec::new();
        for word in text.split(' ') {
            table.take_apart(word, 1.0, &mut pieces);
        }
        table.meaning(&pieces).expect("known words")
    }

    #[test]
    fn other_words_for_one_thing_lie_closer_than_another_thing() {
        let parcel = vector("my parcel has not arrived");
        let package = vector("where is my package");
        let password = vector("i forgot my password");
        assert!(dot(&parcel, &package) > dot(&parcel, &password) + 0.2);
    }

    #[test]
    fn every_piece_has_a_hash_of_its_own() {
        let table = Embeddings::shipped();
        let pieces = table.starts.len() + table.continuations.len();
        assert_eq!(pieces, table.scales.len());
    }

    #[test]
    fn an_unknown_word_is_read_in_pieces() {
        let table = Embeddings::shipped();
        let mut pieces = Vec::new();
        assert!(table.take_apart("webhooks", 1.0, &mut pieces) < 0.001);
        assert!(table.meaning(&pieces).is_some());
    }
}
