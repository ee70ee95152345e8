//! Reading numbers from an input, each checked.

use super::PortError;
use crate::amount::Microcents;
use crate::ledger::row::{HoldHandle, NodeHandle, NodeId};
use crate::ledger::{CHAIN_MAX, Windows};

/// The largest integer that a double holds without gaps: 2⁵³ − 1.
const INTEGER_MAX: f64 = 9_007_199_254_740_991.0;

/// A place in an input.
pub(super) struct Reader<'a> {
    rest: &'a [f64],
}

// What every other reading rests on is not copied into each of its hundred callers: in WebAssembly
// that is 1 KB, and a call less would not show.
impl<'a> Reader<'a> {
    pub(super) fn new(input: &'a [f64]) -> Self {
        Self { rest: input }
    }

    pub(super) fn number(&mut self) -> Result<f64, PortError> {
        let (first, rest) = self.rest.split_first().ok_or(PortError::Malformed)?;
        self.rest = rest;
        Ok(*first)
    }

    pub(super) fn opt_number(&mut self) -> Result<Option<f64>, PortError> {
        let number = self.number()?;
        Ok((!number.is_nan()).then_some(number))
    }

    #[inline(never)]
    pub(super) fn i64(&mut self) -> Result<i64, PortError> {
        integer(self.number()?)
    }

    #[inline(never)]
    pub(super) fn opt_i64(&mut self) -> Result<Option<i64>, PortError> {
        self.opt_number()?.map(integer).transpose()
    }

    pub(super) fn u64(&mut self) -> Result<u64, PortError> {
        u64::try_from(self.i64()?).map_err(|_| PortError::Malformed)
    }

    #[inline(never)]
    pub(super) fn u32(&mut self) -> Result<u32, PortError> {
        u32::try_from(self.i64()?).map_err(|_| PortError::Malformed)
    }

    pub(super) fn opt_u32(&mut self) -> Result<Option<u32>, PortError> {
        let Some(number) = self.opt_i64()? else { return Ok(None) };
        u32::try_from(number).map(Some).map_err(|_| PortError::Malformed)
    }

    pub(super) fn flag(&mut self) -> Result<bool, PortError> {
        Ok(self.u32()? != 0)
    }

    /// A count of items that follow; never more than the input still has.
    pub(super) fn count(&mut self) -> Result<usize, PortError> {
        let count = self.u32()? as usize;
        if count > self.rest.len() { Err(PortError::Malformed) } else { Ok(count) }
    }

    pub(super) fn amount(&mut self) -> Result<Microcents, PortError> {
        Microcents::new(self.i64()?).ok_or(PortError::Malformed)
    }

    pub(super) fn opt_amount(&mut self) -> Result<Option<Microcents>, PortError> {
        let Some(number) = self.opt_i64()? else { return Ok(None) };
        Microcents::new(number).map(Some).ok_or(PortError::Malformed)
    }

    pub(super) fn node(&mut self) -> Result<NodeHandle, PortError> {
        self.u32().map(NodeHandle)
    }

    pub(super) fn opt_node(&mut self) -> Result<Option<NodeHandle>, PortError> {
        Ok(self.opt_u32()?.map(NodeHandle))
    }

    pub(super) fn hold(&mut self) -> Result<HoldHandle, PortError> {
        self.u32().map(HoldHandle)
    }

    pub(super) fn node_id(&mut self) -> Result<NodeId, PortError> {
        self.u64().map(NodeId)
    }

    /// A count and that many ordinals, as many as a chain can have.
    pub(super) fn windows(&mut self) -> Result<Windows, PortError> {
        let count = self.count()?;
        if count > CHAIN_MAX {
            return Err(PortError::Malformed);
        }
        let mut windows = Windows::default();
        for _ in 0..count {
            windows.push(self.u64()?);
        }
        Ok(windows)
    }
}

/// A double as the integer that it is.
fn integer(number: f64) -> Result<i64, PortError> {
    if number.abs() > INTEGER_MAX || number.is_nan() {
        return Err(PortError::Malformed);
    }
    let integer = number as i64;
    if integer as f64 == number { Ok(integer) } else { Err(PortError::Malformed) }
}
