//! Commands in.

use super::PortError;
use super::reader::Reader;
use crate::ledger::command::{Command, OnExceed};
use crate::ledger::row::Grant;

impl Reader<'_> {
    /// A command's number, then its arguments in the order of its fields.
    pub(super) fn command(&mut self) -> Result<Command, PortError> {
        Ok(match self.u32()? {
            1 => Command::Validate { node: self.node()? },
            2 => Command::Budgets { node: self.node()? },
            3 => Command::Charge {
                node: self.node()?,
                cost: self.amount()?,
                asked: self.amount()?,
                overdraft: self.flag()?,
            },
            4 => Command::Reserve {
                node: self.node()?,
                cost: self.amount()?,
                asked: self.amount()?,
                at_least: self.opt_amount()?,
                whole_cents: self.flag()?,
                ttl_ms: self.i64()?,
            },
            5 => Command::Settle { hold: self.hold()?, cost: self.amount()?, asked: self.amount()? },
            6 => Command::Release { hold: self.hold()? },
            7 => Command::Extend { hold: self.hold()?, ttl_ms: self.opt_i64()?, cost: self.opt_amount()? },
            8 => Command::Mint {
                id: self.node_id()?,
                parent: self.opt_node()?,
                cap: self.opt_amount()?,
                rule: self.rule()?,
                on_exceed: if self.flag()? { OnExceed::Reject } else { OnExceed::Clamp },
                grant: Grant { expires_at_ms: self.opt_i64()?, scopes: self.scopes()? },
            },
            9 => Command::Revoke { node: self.node()? },
            10 => Command::SetBudget {
                node: self.node()?,
                cap: {
                    let is_set = self.flag()?;
                    let cap = self.opt_amount()?;
                    is_set.then_some(cap)
                },
                rule: {
                    let is_set = self.flag()?;
                    let rule = self.rule()?;
                    is_set.then_some(rule)
                },
            },
            11 => Command::Touch { node: self.node()? },
            12 => Command::Adjust { node: self.node()?, used_cents: self.i64()?, reset_at_ms: self.opt_i64()? },
            _ => return Err(PortError::Malformed),
        })
    }
}
