//! Answers by the digest of what was asked, in memory and bounded: the same question is not paid
//! twice. A restart forgets them.

use super::reply::Said;
use crate::domain::Digest;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

/// An answer that could be used.
#[derive(Clone, Debug)]
pub(super) struct Remembered {
    pub said: Said,
    pub model_version: String,
}

/// The newest answers.
#[derive(Debug)]
pub(super) struct Cache {
    most: usize,
    kept: Mutex<(BTreeMap<Digest, Remembered>, VecDeque<Digest>)>,
}

impl Cache {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            kept: Mutex::default(),
        }
    }

    pub(super) fn get(&self, key: &Digest) -> Option<Remembered> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.0.get(key).cloned()
    }

    pub(super) fn put(&self, key: Digest, answer: Remembered) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.0.insert(key, answer).is_none() {
            kept.1.push_back(key);
        }
        while kept.0.len() > self.most {
            let Some(oldest) = kept.1.pop_front() else {
                return;
            };
            kept.0.remove(&oldest);
        }
    }
}
