//! Rows in and out.

use super::PortError;
use super::reader::Reader;
use super::writer::Writer;
use crate::ledger::Ledger;
use crate::ledger::batch::Batch;
use crate::ledger::row::{
    Bucket, Budget, EntryKind, EntryRow, Grant, HoldEnd, HoldHandle, HoldRow, NodeHandle, NodeRow, NodeState,
    RootState, ScopeId, Settled,
};
use crate::window::{Alignment, Period, WindowRule};

impl Reader<'_> {
    /// id, parent, expiry, scopes, then the state.
    pub(super) fn node_row(&mut self) -> Result<NodeRow, PortError> {
        let id = self.node_id()?;
        let parent = match self.opt_i64()? {
            None => None,
            Some(parent) => Some(crate::ledger::NodeId(u64::try_from(parent).map_err(|_| PortError::Malformed)?)),
        };
        let expires_at_ms = self.opt_i64()?;
        let scopes = self.scopes()?;
        Ok(NodeRow { id, parent, grant: Grant { scopes, expires_at_ms }, state: self.node_state()? })
    }

    /// revoked, last used, true-to seq, root flag, seq, greatest now, then the budget.
    fn node_state(&mut self) -> Result<NodeState, PortError> {
        let revoked_at_ms = self.opt_i64()?;
        let last_used_at_ms = self.opt_i64()?;
        let true_to_seq = self.u64()?;
        let is_root = self.flag()?;
        let root = RootState { seq: self.u64()?, greatest_now_ms: self.i64()? };
        let budget = self.budget()?;
        Ok(NodeState { revoked_at_ms, last_used_at_ms, budget, true_to_seq, root: is_root.then_some(root) })
    }

    /// cap, rule, window, start, reset, spent, buckets.
    fn budget(&mut self) -> Result<Budget, PortError> {
        let cap = self.opt_amount()?;
        let rule = self.rule()?;
        let window = self.u64()?;
        let window_start_ms = self.i64()?;
        let reset_at_ms = self.opt_i64()?;
        let spent = self.amount()?;
        let count = self.count()?;
        let mut buckets: Vec<Bucket> = Vec::with_capacity(count);
        for _ in 0..count {
            let bucket = Bucket { expires_at_ms: self.i64()?, held: self.amount()? };
            if buckets.last().is_some_and(|last| last.expires_at_ms >= bucket.expires_at_ms) {
                return Err(PortError::Malformed);
            }
            buckets.push(bucket);
        }
        Ok(Budget { cap, rule, window, window_start_ms, reset_at_ms, spent, buckets })
    }

    /// period (0 for none), alignment (0 anchored, 1 calendar), anchor.
    pub(super) fn rule(&mut self) -> Result<Option<WindowRule>, PortError> {
        let period = match self.u32()? {
            0 => None,
            1 => Some(Period::Hour),
            2 => Some(Period::Day),
            3 => Some(Period::Week),
            4 => Some(Period::Month),
            _ => return Err(PortError::Malformed),
        };
        let alignment = if self.flag()? { Alignment::Calendar } else { Alignment::Anchored };
        let anchor_ms = self.i64()?;
        Ok(period.map(|period| WindowRule { period, alignment, anchor_ms }))
    }

    /// NaN for all, else a count and that many numbers.
    pub(super) fn scopes(&mut self) -> Result<Option<Vec<ScopeId>>, PortError> {
        let Some(count) = self.opt_u32()? else { return Ok(None) };
        (0..count).map(|_| self.u32().map(ScopeId)).collect::<Result<_, _>>().map(Some)
    }

    /// node, amount, created, expiry, end, windows.
    pub(super) fn hold_row(&mut self) -> Result<HoldRow, PortError> {
        let node = self.node_id()?;
        let amount = self.amount()?;
        let created_at_ms = self.i64()?;
        let expires_at_ms = self.i64()?;
        let end = self.hold_end()?;
        Ok(HoldRow { node, amount, created_at_ms, expires_at_ms, windows: self.windows()?, end })
    }

    /// 0 open, 1 released, 2 settled; then when, cost, overdraft, late.
    fn hold_end(&mut self) -> Result<HoldEnd, PortError> {
        let kind = self.u32()?;
        let at_ms = self.opt_i64()?;
        let cost = self.opt_amount()?;
        let overdraft = self.opt_amount()?;
        let late = self.flag()?;
        match (kind, at_ms, cost, overdraft) {
            (0, ..) => Ok(HoldEnd::Open),
            (1, Some(at_ms), ..) => Ok(HoldEnd::Released { at_ms }),
            (2, Some(at_ms), Some(cost), Some(overdraft)) => {
                Ok(HoldEnd::Settled { at_ms, answer: Settled { cost, overdraft, late } })
            }
            _ => Err(PortError::Malformed),
        }
    }

    /// seq, kind, node, at, amount, asked, hold, expiry, used, remaining, overdraft, late, windows.
    pub(super) fn entry_row(&mut self) -> Result<EntryRow, PortError> {
        let seq = self.u64()?;
        let kind = match self.u32()? {
            1 => EntryKind::Charge,
            2 => EntryKind::Reserve,
            3 => EntryKind::Settle,
            4 => EntryKind::Release,
            5 => EntryKind::Extend,
            6 => EntryKind::Mint,
            7 => EntryKind::Revoke,
            8 => EntryKind::SetBudget,
            9 => EntryKind::Adjust,
            _ => return Err(PortError::Malformed),
        };
        Ok(EntryRow {
            seq,
            kind,
            node: self.node_id()?,
            at_ms: self.i64()?,
            amount: self.amount()?,
            asked: self.amount()?,
            hold: self.opt_u32()?.map(HoldHandle),
            expires_at_ms: self.opt_i64()?,
            used: self.amount()?,
            remaining: self.opt_amount()?,
            overdraft: self.amount()?,
            late: self.flag()?,
            windows: self.windows()?,
        })
    }
}

impl Writer<'_> {
    /// Nodes read, holds read, nodes put, holds put, entries: each a count and its items. A new
    /// node or hold is put without being read.
    pub(super) fn changes(&mut self, ledger: &Ledger, root: NodeHandle) {
        let empty = Batch::default();
        let batch = ledger.batch(root).unwrap_or(&empty);
        self.count(batch.nodes_read.len());
        for handle in &batch.nodes_read {
            self.u32(handle.0);
        }
        self.count(batch.holds_read.len());
        for handle in &batch.holds_read {
            self.u32(handle.0);
        }
        self.count(ledger.nodes_put(batch).count());
        for (handle, node) in ledger.nodes_put(batch) {
            self.u32(handle.0);
            self.node_state(&node.row.state);
        }
        self.count(ledger.holds_put(batch).count());
        for (handle, hold) in ledger.holds_put(batch) {
            self.u32(handle.0);
            self.hold_row(&hold.row);
        }
        self.count(batch.entries.len());
        for entry in &batch.entries {
            self.entry(entry);
        }
    }

    fn node_state(&mut self, state: &NodeState) {
        self.opt_i64(state.revoked_at_ms);
        self.opt_i64(state.last_used_at_ms);
        self.u64(state.true_to_seq);
        let root = state.root.unwrap_or_default();
        self.flag(state.root.is_some());
        self.u64(root.seq);
        self.i64(root.greatest_now_ms);
        let budget = &state.budget;
        self.opt_amount(budget.cap);
        self.period(budget.rule.map(|rule| rule.period));
        self.flag(budget.rule.is_some_and(|rule| rule.alignment == Alignment::Calendar));
        self.i64(budget.rule.map_or(0, |rule| rule.anchor_ms));
        self.u64(budget.window);
        self.i64(budget.window_start_ms);
        self.opt_i64(budget.reset_at_ms);
        self.amount(budget.spent);
        self.count(budget.buckets.len());
        for bucket in &budget.buckets {
            self.i64(bucket.expires_at_ms);
            self.amount(bucket.held);
        }
    }

    fn hold_row(&mut self, row: &HoldRow) {
        self.u64(row.node.0);
        self.amount(row.amount);
        self.i64(row.created_at_ms);
        self.i64(row.expires_at_ms);
        self.hold_end(row.end);
        self.windows(&row.windows);
    }

    fn entry(&mut self, entry: &EntryRow) {
        self.u64(entry.seq);
        self.u32(u32::from(entry.kind as u8));
        self.u64(entry.node.0);
        self.i64(entry.at_ms);
        self.amount(entry.amount);
        self.amount(entry.asked);
        self.opt_i64(entry.hold.map(|hold| i64::from(hold.0)));
        self.opt_i64(entry.expires_at_ms);
        self.amount(entry.used);
        self.opt_amount(entry.remaining);
        self.amount(entry.overdraft);
        self.flag(entry.late);
        self.windows(&entry.windows);
    }

    fn windows(&mut self, windows: &[u64]) {
        self.count(windows.len());
        for window in windows {
            self.u64(*window);
        }
    }
}
