//! The ledger behind one array of numbers.
//!
//! A host writes an operation and its arguments into the input and reads the answer from the
//! output: no text, no objects, no allocation for a call. `NaN` stands for "none", since no amount
//! and no instant is NaN. Both bindings forward to this; it holds no rule of its own. The layouts
//! stand beside the functions that read and write them, and once more in the one TypeScript file
//! that is their other end.

mod command;
mod reader;
mod rows;
mod writer;

use super::{Ledger, LoadError, Missing};
use crate::amount::{AmountError, Microcents};
use crate::ledger::command::Command;
use crate::ledger::outcome::Reason;
use crate::ledger::row::{HoldHandle, NodeHandle};
use reader::Reader;
use writer::Writer;

/// A call that the port cannot read: a fault of the host, never of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortError {
    /// The input ends early or a number is out of its range.
    Malformed,
    /// A row cannot be loaded.
    Load(LoadError),
}

/// Operations, the first number of an input.
mod op {
    pub(super) const LOAD_NODE: u32 = 1;
    pub(super) const LOAD_HOLD: u32 = 2;
    pub(super) const FORGET_NODE: u32 = 3;
    pub(super) const FORGET_HOLD: u32 = 4;
    pub(super) const DECIDE: u32 = 5;
    pub(super) const CHANGES: u32 = 6;
    pub(super) const ACCEPT: u32 = 7;
    pub(super) const REJECT: u32 = 8;
    pub(super) const REPLAY: u32 = 9;
    pub(super) const PARSE_COST: u32 = 10;
}

/// Where an output says that a named row is not resident.
const MISSING_NODE: f64 = -1.0;
const MISSING_HOLD: f64 = -2.0;

/// A ledger with its input and output.
#[derive(Debug, Default)]
pub struct Port {
    ledger: Ledger,
    input: Vec<f64>,
    output: Vec<f64>,
    /// The commands of one call.
    commands: Vec<Command>,
}

impl Port {
    /// A port with an empty ledger and room for `capacity` numbers of input.
    pub fn new(capacity: usize) -> Self {
        Self { ledger: Ledger::new(), input: vec![0.0; capacity], output: Vec::new(), commands: Vec::new() }
    }

    /// The input, for the host to write into.
    pub fn input_mut(&mut self) -> &mut [f64] {
        &mut self.input
    }

    /// Makes room for at least `capacity` numbers of input. Views of it must be made again.
    pub fn reserve(&mut self, capacity: usize) {
        if self.input.len() < capacity {
            self.input.resize(capacity, 0.0);
        }
    }

    /// The answer to the last call.
    pub fn output(&self) -> &[f64] {
        &self.output
    }

    /// Carries out the operation in the first `length` numbers of the input.
    pub fn call(&mut self, length: usize) -> Result<(), PortError> {
        self.output.clear();
        let input = self.input.get(..length).ok_or(PortError::Malformed)?;
        let mut reader = Reader::new(input);
        let mut writer = Writer::new(&mut self.output);
        run(&mut self.ledger, &mut self.commands, &mut reader, &mut writer)
    }
}

/// One operation.
fn run(
    ledger: &mut Ledger,
    commands: &mut Vec<Command>,
    reader: &mut Reader<'_>,
    writer: &mut Writer<'_>,
) -> Result<(), PortError> {
    match reader.u32()? {
        op::LOAD_NODE => {
            let row = reader.node_row()?;
            writer.u32(ledger.load_node(row).map_err(PortError::Load)?.0);
        }
        op::LOAD_HOLD => {
            let known = reader.opt_u32()?.map(HoldHandle);
            let row = reader.hold_row()?;
            writer.u32(ledger.load_hold(known, row).map_err(PortError::Load)?.0);
        }
        op::FORGET_NODE => ledger.forget_node(reader.node()?),
        op::FORGET_HOLD => ledger.forget_hold(reader.hold()?),
        op::DECIDE => {
            let now_ms = reader.i64()?;
            let count = reader.count()?;
            commands.clear();
            for _ in 0..count {
                commands.push(reader.command()?);
            }
            ledger.look_ahead(commands);
            for command in commands.iter() {
                decide(ledger, now_ms, command, writer)?;
            }
        }
        op::CHANGES => {
            let root = reader.node()?;
            writer.changes(ledger, root);
        }
        op::ACCEPT => ledger.accept(reader.node()?),
        op::REJECT => ledger.reject(reader.node()?),
        op::REPLAY => {
            let now_ms = reader.i64()?;
            let asked = reader.opt_amount()?;
            let entry = reader.entry_row()?;
            match ledger.replay(now_ms, &entry, asked) {
                Ok(outcome) => {
                    writer.flag(false);
                    writer.outcome(&outcome);
                }
                Err(missing) => writer.missing(missing),
            }
        }
        op::PARSE_COST => {
            let cents = reader.number()?;
            let whole_cents = reader.flag()?;
            writer.cost(cents, whole_cents);
        }
        _ => return Err(PortError::Malformed),
    }
    Ok(())
}

/// Decides one command: whether it appended an entry, then its outcome.
fn decide(ledger: &mut Ledger, now_ms: i64, command: &Command, writer: &mut Writer<'_>) -> Result<(), PortError> {
    if matches!(command, Command::Mint { id, .. } if ledger.handle_of(*id).is_some()) {
        // An id is given once; a second node under it would take the first one's place.
        return Err(PortError::Malformed);
    }
    let appended = ledger.appended();
    match ledger.decide(now_ms, command) {
        Ok(outcome) => {
            writer.flag(ledger.appended() != appended);
            writer.outcome(&outcome);
        }
        Err(missing) => writer.missing(missing),
    }
    Ok(())
}

impl Writer<'_> {
    /// In place of an answer (whether an entry was appended, then the outcome): −1 or −2, then the handle that is not resident.
    fn missing(&mut self, missing: Missing) {
        let (tag, handle) = match missing {
            Missing::Node(NodeHandle(handle)) => (MISSING_NODE, handle),
            Missing::Hold(HoldHandle(handle)) => (MISSING_HOLD, handle),
        };
        self.number(tag);
        self.u32(handle);
    }

    /// 0, what was asked and what it costs; or the reason why a number is not a cost.
    fn cost(&mut self, cents: f64, whole_cents: bool) {
        match Microcents::from_cents(cents) {
            Ok(asked) => {
                let cost = if whole_cents { asked.ceil_to_cent() } else { asked };
                self.number(0.0);
                self.amount(asked);
                self.amount(cost);
            }
            Err(AmountError::NotFinite) => self.number(f64::from(Reason::InvalidCost as u8)),
            Err(AmountError::OutOfRange) => self.number(f64::from(Reason::AmountOutOfRange as u8)),
        }
    }
}
