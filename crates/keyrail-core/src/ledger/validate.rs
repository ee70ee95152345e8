//! Answers that change nothing.

use super::outcome::Outcome;
use super::row::NodeHandle;
use super::{Ledger, Missing, refuse};
use crate::amount::Microcents;

impl Ledger {
    /// Whether a node may be used, in the order of reasons that users know, and what it has.
    pub(super) fn validate(&mut self, now_ms: i64, node: NodeHandle) -> Result<Outcome, Missing> {
        let chain = self.chain(node)?;
        self.read_chain(&chain)?;
        let now_ms = self.tree_now(&chain, now_ms)?;
        if let Some(reason) = self.standing(&chain, now_ms)? {
            return Ok(refuse(reason));
        }
        if self.is_spent(&chain, now_ms)? {
            return self.over_budget(&chain, now_ms, Microcents::ZERO);
        }
        let mut touch_due = self.use_due(node, now_ms)?;
        for &handle in chain.handles() {
            touch_due |= self.node(handle)?.row.state.budget.roll_due(now_ms).is_some();
        }
        Ok(Outcome::Valid {
            budget: self.budget_view(node, now_ms)?,
            scopes: self.effective_scopes(&chain)?,
            expires_at_ms: self.effective_expiry(&chain)?,
            touch_due,
        })
    }

    /// The budgets of the chain, root first, also while blocked.
    pub(super) fn budgets(&mut self, now_ms: i64, node: NodeHandle) -> Result<Outcome, Missing> {
        let chain = self.chain(node)?;
        self.read_chain(&chain)?;
        let now_ms = self.tree_now(&chain, now_ms)?;
        let mut views = Vec::with_capacity(chain.handles().len());
        for &handle in chain.handles() {
            views.push(self.budget_view(handle, now_ms)?);
        }
        let binding = self.binding(&chain, now_ms)?.map(|binding| binding.node);
        let binding = views.iter().position(|view| Some(view.node) == binding);
        Ok(Outcome::Budgets { chain: views, binding })
    }
}
