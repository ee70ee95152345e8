//! What a chain grants, and what a mint gets of what it asks.

use crate::{ADMIN, Book, Clamped, Fact, NodeId, Rule, Scope};

/// What a mint asks, and then what it gets.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) scopes: Option<Vec<Scope>>,
    pub(crate) expires_at_ms: Option<i64>,
    pub(crate) cap: Option<i64>,
    pub(crate) rule: Option<Rule>,
}

impl Book {
    pub(crate) fn granted_expiry(&self, wanted: NodeId) -> Option<i64> {
        self.events.iter().find_map(|event| match event.fact {
            Fact::Minted { node, expires_at_ms, .. } if node == wanted => expires_at_ms,
            _ => None,
        })
    }

    fn granted_scopes(&self, wanted: NodeId) -> Option<Vec<Scope>> {
        self.events.iter().find_map(|event| match &event.fact {
            Fact::Minted { node, scopes, .. } if *node == wanted => scopes.clone(),
            _ => None,
        })
    }

    /// The soonest expiry of a chain.
    pub(crate) fn effective_expiry(&self, node: NodeId) -> Option<i64> {
        self.chain(node).into_iter().filter_map(|node| self.granted_expiry(node)).min()
    }

    /// The scopes that every node of a chain grants; `None` is all.
    pub(crate) fn effective_scopes(&self, node: NodeId) -> Option<Vec<Scope>> {
        self.chain(node).into_iter().fold(None, |above, node| narrowed(above, self.granted_scopes(node)))
    }

    /// What a mint below `parent` gets.
    pub(crate) fn clamped(&self, parent: NodeId, asked: &Request, at_ms: i64) -> (Request, Clamped) {
        let mut given = asked.clone();
        given.scopes = narrowed(self.effective_scopes(parent), asked.scopes.clone());
        given.expires_at_ms =
            asked.expires_at_ms.map(|asked| asked.min(self.effective_expiry(parent).unwrap_or(asked)));
        for ancestor in self.chain(parent) {
            let Some(terms) = self.terms(ancestor, at_ms) else { continue };
            let period = terms.rule.map(|rule| rule.period);
            let is_comparable = period.is_none() || period == asked.rule.map(|rule| rule.period);
            if is_comparable && let (Some(cap), Some(limit)) = (given.cap, terms.cap) {
                given.cap = Some(cap.min(limit));
            }
        }
        let clamped = Clamped {
            scopes: asked.scopes.is_some() && given.scopes != asked.scopes,
            cap: given.cap != asked.cap,
            expires_at: given.expires_at_ms != asked.expires_at_ms,
        };
        (given, clamped)
    }
}

/// What `own` grants below `above`. Nothing stated, or `admin`, grants everything.
fn narrowed(above: Option<Vec<Scope>>, own: Option<Vec<Scope>>) -> Option<Vec<Scope>> {
    let Some(above) = above else { return own };
    let Some(own) = own else { return Some(above) };
    if above.contains(&ADMIN) {
        return Some(own);
    }
    if own.contains(&ADMIN) {
        return Some(above);
    }
    Some(own.into_iter().filter(|scope| above.contains(scope)).collect())
}
