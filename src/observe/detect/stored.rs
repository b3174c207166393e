//! How numbers are stored so that a restored detector goes on bit by bit as the first would have:
//! floats by their bits (a written float may come back in its last digit as another), maps in
//! the order of their keys.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A float as its bits.
pub(crate) mod exact {
    use super::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(value: &f64, s: S) -> Result<S::Ok, S::Error> {
        value.to_bits().serialize(s)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<f64, D::Error> {
        u64::deserialize(d).map(f64::from_bits)
    }
}

/// A smaller float as its bits.
pub(crate) mod exact_small {
    use super::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(value: &f32, s: S) -> Result<S::Ok, S::Error> {
        value.to_bits().serialize(s)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<f32, D::Error> {
        u32::deserialize(d).map(f32::from_bits)
    }
}

/// Small numbers (-127 to 127) as base64 of a byte each.
pub(crate) mod bytes {
    use super::{Deserialize, Deserializer, Serializer};
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::de::Error as _;

    pub(crate) fn serialize<S: Serializer>(values: &[i16], s: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = values.iter().map(|value| value.to_le_bytes()[0]).collect();
        s.serialize_str(&STANDARD.encode(bytes))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<i16>, D::Error> {
        let bytes = STANDARD
            .decode(String::deserialize(d)?)
            .map_err(D::Error::custom)?;
        let numbers = bytes.into_iter().map(|byte| i16::from(byte.cast_signed()));
        Ok(numbers.collect())
    }
}

/// Pairs of floats as their bits.
pub(crate) mod exact_pairs {
    use super::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(pairs: &[(f64, f64)], s: S) -> Result<S::Ok, S::Error> {
        s.collect_seq(pairs.iter().map(|(a, b)| (a.to_bits(), b.to_bits())))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        d: D,
    ) -> Result<Vec<(f64, f64)>, D::Error> {
        let pairs = Vec::<(u64, u64)>::deserialize(d)?;
        Ok(pairs
            .into_iter()
            .map(|(a, b)| (f64::from_bits(a), f64::from_bits(b)))
            .collect())
    }
}

/// Terms with their weights as bits.
pub(crate) mod terms {
    use super::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(terms: &[(u64, f32)], s: S) -> Result<S::Ok, S::Error> {
        s.collect_seq(terms.iter().map(|(term, weight)| (term, weight.to_bits())))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        d: D,
    ) -> Result<Vec<(u64, f32)>, D::Error> {
        let terms = Vec::<(u64, u32)>::deserialize(d)?;
        Ok(terms
            .into_iter()
            .map(|(term, bits)| (term, f32::from_bits(bits)))
            .collect())
    }
}

/// A vector of floats as base64 of their bytes: a third of the size of written numbers.
pub(crate) mod floats {
    use super::{Deserialize, Deserializer, Serializer};
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::de::Error as _;

    pub(crate) fn serialize<S: Serializer>(values: &[f32], s: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        s.serialize_str(&STANDARD.encode(bytes))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<f32>, D::Error> {
        let bytes = STANDARD
            .decode(String::deserialize(d)?)
            .map_err(D::Error::custom)?;
        let (quads, rest) = bytes.as_chunks::<4>();
        if !rest.is_empty() {
            return Err(D::Error::custom("not a whole number of floats"));
        }
        Ok(quads.iter().map(|quad| f32::from_le_bytes(*quad)).collect())
    }
}

/// A map by hash in the order of its keys.
pub(crate) mod by_hash {
    use super::super::lexical::ByHash;
    use super::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer, V: Serialize>(
        map: &ByHash<V>,
        s: S,
    ) -> Result<S::Ok, S::Error> {
        let mut entries: Vec<(&u64, &V)> = map.iter().collect();
        entries.sort_unstable_by_key(|entry| entry.0);
        s.collect_seq(entries)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>, V: Deserialize<'de>>(
        d: D,
    ) -> Result<ByHash<V>, D::Error> {
        Ok(Vec::<(u64, V)>::deserialize(d)?.into_iter().collect())
    }
}
