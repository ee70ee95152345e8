//! Scopes: holding one, knowing them, and their form as permissions.

use keyrail_core::algebra::{ADMIN, has_scope, invalid_scopes, permission, scope_of_permission};

use crate::paths::write;
use crate::reader::Reader;
use crate::{Blocks, flag, index};

impl Blocks<'_> {
    /// Reads `[n or NaN for no list, length of the wanted scope, n lengths]` and the texts.
    pub fn has_scope(&self, length: usize) -> f64 {
        let mut reader = Reader::new(self.words.get(..length).unwrap_or_default(), self.text);
        let held = reader.number();
        let wanted = reader.text();
        let admin: Vec<u16> = ADMIN.encode_utf16().collect();
        let scopes = held.map(|_| std::iter::from_fn(move || (!reader.is_empty()).then(|| reader.text())));
        flag(has_scope(scopes, wanted, &admin))
    }

    /// Reads `[n or NaN for no list, n lengths of known scopes, lengths of the asked ones]` and
    /// the texts; writes the indices of the unknown ones and returns their number.
    pub fn invalid_scopes(&mut self, length: usize) -> f64 {
        let mut reader = Reader::new(self.words.get(..length).unwrap_or_default(), self.text);
        let known = reader.number().map(|count| {
            let count = count.get() as usize;
            (0..count.min(length)).map(|_| reader.text()).collect::<Vec<_>>()
        });
        let asked = std::iter::from_fn(|| (!reader.is_empty()).then(|| reader.text()));
        let invalid: Vec<usize> = invalid_scopes(known.as_deref(), asked).collect();
        for (word, position) in self.words.iter_mut().zip(&invalid) {
            *word = index(*position);
        }
        index(invalid.len())
    }

    /// Reads a resource, then an action; writes the scope behind them and returns its length.
    pub fn scope_of_permission(&mut self, resource: usize, action: usize) -> f64 {
        let (read, free) = self.text.split_at_mut(resource.saturating_add(action).min(self.text.len()));
        let (resource, action) = read.split_at(resource.min(read.len()));
        write(free, scope_of_permission(resource, action))
    }

    /// Reads a scope; writes the lengths of its resource and its action, and returns whether it
    /// has both.
    pub fn permission(&mut self, length: usize) -> f64 {
        let scope = self.text.get(..length).unwrap_or_default();
        let Some((resource, action)) = permission(scope) else { return flag(false) };
        for (word, part) in self.words.iter_mut().zip([resource, action]) {
            *word = index(part.len());
        }
        flag(true)
    }
}
