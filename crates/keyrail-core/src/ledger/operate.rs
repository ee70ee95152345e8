//! What an operator does to a node: revoke it, change its budget, note its use.

use super::outcome::Outcome;
use super::row::{EntryKind, NodeHandle};
use super::{Ledger, Missing};
use crate::amount::Microcents;
use crate::window::WindowRule;

/// How old the last noted use may be before another is noted, in ms.
const TOUCH_AFTER_MS: i64 = 5 * 60_000;

impl Ledger {
    /// Revokes a node; a second time changes nothing.
    pub(super) fn revoke(&mut self, now_ms: i64, node: NodeHandle) -> Result<Outcome, Missing> {
        let chain = self.chain(node)?;
        self.read_chain(&chain)?;
        let now_ms = self.tree_now(&chain, now_ms)?;
        if self.node(node)?.row.state.revoked_at_ms.is_some() {
            return Ok(Outcome::Revoked(false));
        }
        self.write_node(node, now_ms)?;
        self.node_mut(node)?.row.state.revoked_at_ms = Some(now_ms);
        self.append(&chain, now_ms, EntryKind::Revoke)?;
        Ok(Outcome::Revoked(true))
    }

    /// Changes a node's cap or windows. Ordinal, spent and holds stay; a changed rule gives the
    /// current window new bounds.
    pub(super) fn set_budget(
        &mut self,
        now_ms: i64,
        node: NodeHandle,
        cap: Option<Option<Microcents>>,
        rule: Option<Option<WindowRule>>,
    ) -> Result<Outcome, Missing> {
        let chain = self.chain(node)?;
        self.read_chain(&chain)?;
        let now_ms = self.tree_now(&chain, now_ms)?;
        let budget = self.write_node(node, now_ms)?;
        budget.cap = cap.unwrap_or(budget.cap);
        if let Some(rule) = rule.filter(|rule| *rule != budget.rule) {
            budget.rule = rule;
            let window = rule.map(|rule| rule.window_at(now_ms));
            budget.window_start_ms = window.map_or(budget.window_start_ms, |window| window.start_ms);
            budget.reset_at_ms = window.map(|window| window.end_ms);
        }
        let amount = budget.cap.unwrap_or_default();
        self.append(&chain, now_ms, EntryKind::SetBudget)?.amount = amount;
        Ok(Outcome::BudgetSet(self.budget_view(node, now_ms)?))
    }

    /// Notes a use and rolls the windows of the chain, as far as either is due. A revoked node is
    /// left alone.
    pub(super) fn touch(&mut self, now_ms: i64, node: NodeHandle) -> Result<Outcome, Missing> {
        let chain = self.chain(node)?;
        self.read_chain(&chain)?;
        let now_ms = self.tree_now(&chain, now_ms)?;
        if self.revocation(&chain)?.is_some() {
            return Ok(Outcome::Touched);
        }
        for &handle in chain.handles() {
            if self.node(handle)?.row.state.budget.roll_due(now_ms).is_some() {
                self.write_node(handle, now_ms)?;
                // A roll is a matter of the tree's time, so nobody may decide before it afterwards.
                self.pass_time(&chain, now_ms)?;
            }
        }
        if self.use_due(node, now_ms)? {
            self.keep_state(node)?;
            self.node_mut(node)?.row.state.last_used_at_ms = Some(now_ms);
        }
        Ok(Outcome::Touched)
    }

    /// Whether the last noted use of a node is five minutes old.
    pub(super) fn use_due(&self, node: NodeHandle, now_ms: i64) -> Result<bool, Missing> {
        let last_used_at_ms = self.node(node)?.row.state.last_used_at_ms;
        Ok(last_used_at_ms.is_none_or(|last_used_at_ms| now_ms - last_used_at_ms >= TOUCH_AFTER_MS))
    }
}
