//! Tables that all engines of a process read: there is one of each, which so stays in a cache however many engines there
//! are. Main thread only; what has been got is read on the audio thread without any lock.

use std::sync::{Arc, PoisonError, Weak};

/// The tables of one kind that somebody holds, by what they are made for.
#[expect(clippy::disallowed_types, reason = "held on the main thread alone, for as long as a table is made")]
#[derive(Debug)]
pub(super) struct Shared<K, V>(std::sync::Mutex<Vec<(K, Weak<V>)>>);

impl<K: PartialEq, V> Shared<K, V> {
    #[expect(clippy::disallowed_types, reason = "see the type")]
    pub(super) const fn new() -> Self {
        Self(std::sync::Mutex::new(Vec::new()))
    }

    /// The table for `key`, made where nobody holds it.
    pub(super) fn get(&self, key: K, make: impl FnOnce() -> V) -> Arc<V> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|(_, table)| table.strong_count() > 0);
        let known = held.iter().find(|(other, _)| *other == key).and_then(|(_, table)| table.upgrade());
        known.unwrap_or_else(|| {
            let table = Arc::new(make());
            held.push((key, Arc::downgrade(&table)));
            table
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_made_once_while_it_is_held() {
        static TABLES: Shared<u8, Vec<u8>> = Shared::new();
        let first = TABLES.get(3, || vec![3]);
        assert!(Arc::ptr_eq(&first, &TABLES.get(3, || panic!("it is there"))));
        assert_eq!(*TABLES.get(4, || vec![4]), [4]);
        drop(first);
        assert_eq!(*TABLES.get(3, || vec![5]), [5]);
    }
}
