//! Adding nodes.

use super::chain::{CHAIN_MAX, Chain};
use super::command::OnExceed;
use super::grant::narrow;
use super::outcome::{Clamped, Minted, Outcome, Reason};
use super::row::{Budget, EntryKind, Grant, NodeHandle, NodeId, NodeRow, NodeState, RootState};
use super::{Ledger, Missing, refuse};
use crate::amount::Microcents;
use crate::window::WindowRule;

/// What a mint asks.
pub(super) struct Mint<'a> {
    pub(super) id: NodeId,
    pub(super) parent: Option<NodeHandle>,
    pub(super) grant: &'a Grant,
    pub(super) cap: Option<Microcents>,
    pub(super) rule: Option<WindowRule>,
    pub(super) on_exceed: OnExceed,
}

impl Ledger {
    /// Adds a node with what it asked for, cut down to what its parent has.
    pub(super) fn mint(&mut self, now_ms: i64, mint: Mint<'_>) -> Result<Outcome, Missing> {
        let mut grant = mint.grant.clone();
        let mut cap = mint.cap;
        let mut clamped = Clamped::default();
        let mut above = None;
        let mut now_ms = now_ms;
        if let Some(parent) = mint.parent {
            let chain = self.chain(parent)?;
            self.read_chain(&chain)?;
            now_ms = self.tree_now(&chain, now_ms)?;
            if let Some(reason) = self.standing(&chain, now_ms)? {
                return Ok(refuse(reason));
            }
            if chain.handles().len() >= CHAIN_MAX {
                return Ok(refuse(Reason::DepthExceeded));
            }
            (grant, cap, clamped) = self.clamp(&chain, &mint)?;
            above = Some((chain.root(), chain.handles().len()));
        }
        if clamped.any() && mint.on_exceed == OnExceed::Reject {
            return Ok(refuse(Reason::GrantExceedsParent));
        }
        let window = mint.rule.map(|rule| rule.window_at(now_ms));
        let budget = Budget {
            cap,
            rule: mint.rule,
            window_start_ms: window.map_or(now_ms, |window| window.start_ms),
            reset_at_ms: window.map(|window| window.end_ms),
            ..Budget::default()
        };
        let root = mint.parent.is_none().then(RootState::default);
        let state = NodeState { budget, root, ..NodeState::default() };
        let parent_id = match mint.parent {
            Some(parent) => Some(self.node(parent)?.row.id),
            None => None,
        };
        let answer = (grant.scopes.clone(), grant.expires_at_ms);
        let node = self.insert_node(NodeRow { id: mint.id, parent: parent_id, grant, state }, mint.parent, above);
        self.note_minted(self.node(node)?.root, node)?;
        let chain = self.chain(node)?;
        self.append(&chain, now_ms, EntryKind::Mint)?.amount = cap.unwrap_or_default();
        let (scopes, expires_at_ms) = answer;
        Ok(Outcome::Minted(Minted { node, id: mint.id, scopes, cap, expires_at_ms, clamped }))
    }

    /// Cuts a request down to what the parent at the end of `chain` has. No scopes asked means the
    /// parent's; no expiry and no cap asked mean none of its own, since the ancestors' bind at read.
    /// A cap is compared only where the windows are the same or the ancestor has none: elsewhere
    /// the ancestor's own window binds.
    fn clamp(&self, chain: &Chain, mint: &Mint<'_>) -> Result<(Grant, Option<Microcents>, Clamped), Missing> {
        let mut clamped = Clamped::default();
        let has = self.effective_scopes(chain)?;
        let scopes = narrow(has.as_deref(), mint.grant.scopes.as_deref());
        clamped.scopes = mint.grant.scopes.is_some() && scopes != mint.grant.scopes;

        let ends = self.effective_expiry(chain)?;
        let expires_at_ms = mint.grant.expires_at_ms.map(|asked| ends.map_or(asked, |ends| asked.min(ends)));
        clamped.expires_at = expires_at_ms != mint.grant.expires_at_ms;

        let mut cap = mint.cap;
        for &handle in chain.handles() {
            let ancestor = &self.node(handle)?.row.state.budget;
            let is_comparable = ancestor.rule.is_none_or(|rule| mint.rule.is_some_and(|own| own.period == rule.period));
            if let (Some(asked), Some(limit), true) = (cap, ancestor.cap, is_comparable)
                && asked > limit
            {
                cap = Some(limit);
                clamped.cap = true;
            }
        }
        Ok((Grant { scopes, expires_at_ms }, cap, clamped))
    }
}
