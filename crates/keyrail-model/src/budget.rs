//! Caps, windows and the sums that count in them.

use crate::{Book, Budget, Fact, NodeId, Rule};

/// A node's cap and window.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    pub(crate) cap: Option<i64>,
    pub(crate) rule: Option<Rule>,
    /// The ordinal of the window.
    pub(crate) window: u64,
    start_ms: i64,
    /// The stored end of the window. Without a rule it means nothing.
    pub(crate) reset_at_ms: Option<i64>,
}

impl Terms {
    fn new(at_ms: i64, cap: Option<i64>, rule: Option<Rule>) -> Self {
        let mut terms = Self { cap, rule: None, window: 0, start_ms: at_ms, reset_at_ms: None };
        terms.change(at_ms, cap, rule);
        terms
    }

    /// At or after the stored reset it is the next window, with the bounds that hold `at_ms`. A
    /// window whose end somebody took away gets those bounds and stays the same.
    fn roll(&mut self, at_ms: i64) {
        let Some(rule) = self.rule else { return };
        match self.reset_at_ms {
            Some(reset_at_ms) if at_ms < reset_at_ms => {}
            Some(reset_at_ms) => {
                self.window += 1;
                self.rule = Some(rule.after_end(reset_at_ms));
                self.bound(at_ms, rule.after_end(reset_at_ms));
            }
            None => self.bound(at_ms, rule),
        }
    }

    /// Whether the window has an end, and that has come.
    pub(crate) fn is_over(&self, at_ms: i64) -> bool {
        self.rule.is_some() && self.reset_at_ms.is_some_and(|reset_at_ms| at_ms >= reset_at_ms)
    }

    /// Another cap, and with another rule new bounds for the same window.
    fn change(&mut self, at_ms: i64, cap: Option<i64>, rule: Option<Rule>) {
        self.cap = cap;
        if rule != self.rule {
            self.rule = rule;
            self.reset_at_ms = None;
            if let Some(rule) = rule {
                self.bound(at_ms, rule);
            }
        }
    }

    fn bound(&mut self, at_ms: i64, rule: Rule) {
        let window = rule.to_core().window_at(at_ms);
        self.start_ms = window.start_ms;
        self.reset_at_ms = Some(window.end_ms);
    }
}

impl Book {
    /// A node's cap and window as a read at `at_ms` sees them: rolled if a roll is due.
    pub(crate) fn terms(&self, wanted: NodeId, at_ms: i64) -> Option<Terms> {
        let mut terms = self.stored_terms(wanted)?;
        terms.roll(at_ms);
        Some(terms)
    }

    /// The same as the last write left them.
    pub(crate) fn stored_terms(&self, wanted: NodeId) -> Option<Terms> {
        let mut terms: Option<Terms> = None;
        for event in &self.events {
            if let (Some(terms), Fact::Adjusted { node, began_window, reset_at_ms, .. }) = (&mut terms, &event.fact)
                && *node == wanted
            {
                // He wrote it before the roll that is due only now.
                if *began_window {
                    terms.window += 1;
                    terms.start_ms = terms.reset_at_ms.unwrap_or(terms.start_ms);
                }
                terms.reset_at_ms = *reset_at_ms;
            }
            if let Some(terms) = &mut terms
                && event.wrote.contains(&wanted)
            {
                terms.roll(event.at_ms);
            }
            match event.fact {
                Fact::Minted { node, cap, rule, .. } if node == wanted => {
                    terms = Some(Terms::new(event.at_ms, cap, rule));
                }
                Fact::BudgetSet { node, cap, rule } if node == wanted => {
                    if let Some(terms) = &mut terms {
                        terms.change(event.at_ms, cap, rule);
                    }
                }
                _ => {}
            }
        }
        terms
    }

    /// Whether the next write at `at_ms` begins a window of this node.
    pub fn roll_is_due(&self, node: NodeId, at_ms: i64) -> bool {
        self.stored_terms(node).is_some_and(|terms| terms.is_over(at_ms))
    }

    /// What was charged to a node and below it in one of its windows.
    pub fn spent(&self, node: NodeId, window: u64) -> i64 {
        let counts = self.events.iter().filter(|event| event.counts_in.contains(&(node, window)));
        counts.map(|event| event.fact.cost()).sum()
    }

    /// What is held by a node and below it at `at_ms`, in the window that is current then.
    pub fn held(&self, node: NodeId, at_ms: i64) -> i64 {
        let Some(terms) = self.terms(node, at_ms) else { return 0 };
        let holds = self.holds();
        let counting =
            holds.values().filter(|hold| hold.is_open(at_ms) && hold.counts_in.contains(&(node, terms.window)));
        counting.map(|hold| hold.amount).sum()
    }

    /// A node's budget at `at_ms`; `None` for an unknown node.
    pub fn budget(&self, node: NodeId, at_ms: i64) -> Option<Budget> {
        let terms = self.terms(node, at_ms)?;
        let mut budget = Budget {
            node,
            cap: terms.cap,
            spent: self.spent(node, terms.window),
            held: self.held(node, at_ms),
            remaining: None,
            period: terms.rule.map(|rule| rule.period),
            window_start_ms: terms.start_ms,
            reset_at_ms: terms.rule.and(terms.reset_at_ms),
        };
        budget.remaining = budget.headroom().map(|headroom| headroom.max(0));
        Some(budget)
    }

    /// Every budget on the chain of a node, root first.
    pub fn budgets(&self, node: NodeId, at_ms: i64) -> Vec<Budget> {
        self.chain(node).into_iter().filter_map(|node| self.budget(node, at_ms)).collect()
    }
}
