//! The core ledger behind the oracle's vocabulary: plain ids in, plain figures out.

use keyrail_core::amount::Microcents;
use keyrail_core::ledger::{
    self, BudgetView, Changes, HoldHandle, HoldRow, Ledger, LoadError, Missing, NodeHandle, NodeRow, Outcome, ScopeId,
};
use keyrail_core::window;
use keyrail_model::{Alignment, Answer, Budget, Clamped, Command, HoldId, NodeId, OnExceed, Period, Reason, Rule};
use std::collections::BTreeMap;

/// A resident ledger whose nodes and holds are named by plain ids.
#[derive(Debug, Default)]
pub struct Bridge {
    /// The ledger itself.
    pub ledger: Ledger,
    holds: BTreeMap<HoldId, HoldHandle>,
    /// Holds of the open batch, by tree: a reject forgets them.
    undecided: Vec<(NodeHandle, HoldId)>,
}

/// Every row of a ledger, ready to be loaded elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// Parents before children.
    pub nodes: Vec<NodeRow>,
    /// The holds.
    pub holds: BTreeMap<HoldId, HoldRow>,
}

/// Why a command cannot be decided from the resident rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// A node of that id is not resident.
    Node(NodeId),
    /// A hold of that id is not resident.
    Hold(HoldId),
    /// The ledger itself says so.
    Row(Missing),
}

impl Bridge {
    /// A ledger with these rows.
    pub fn load(rows: &Rows) -> Result<Self, LoadError> {
        let mut bridge = Self::default();
        for row in &rows.nodes {
            bridge.ledger.load_node(row.clone())?;
        }
        for (id, row) in &rows.holds {
            bridge.load_hold(*id, row.clone())?;
        }
        Ok(bridge)
    }

    /// Loads a hold, or replaces it.
    pub fn load_hold(&mut self, id: HoldId, row: HoldRow) -> Result<(), LoadError> {
        let handle = self.ledger.load_hold(self.holds.get(&id).copied(), row)?;
        self.holds.insert(id, handle);
        Ok(())
    }

    /// The row of a hold, if resident.
    pub fn hold_row(&self, id: HoldId) -> Option<&HoldRow> {
        self.ledger.hold_row(*self.holds.get(&id)?)
    }

    /// The row of a node, if resident.
    pub fn node_row(&self, id: NodeId) -> Option<&NodeRow> {
        self.ledger.node_row(self.ledger.handle_of(ledger::NodeId(id))?)
    }

    /// The plain id of a resident hold.
    pub fn hold_id(&self, handle: HoldHandle) -> Option<HoldId> {
        self.holds.iter().find(|(_, known)| **known == handle).map(|(id, _)| *id)
    }

    /// Copies the rows of these nodes and of all holds.
    pub fn rows(&self, nodes: &[NodeId]) -> Rows {
        Rows {
            nodes: nodes.iter().filter_map(|id| self.node_row(*id)).cloned().collect(),
            holds: self.holds.keys().filter_map(|id| Some((*id, self.hold_row(*id)?.clone()))).collect(),
        }
    }

    /// The root's handle for a resident node.
    pub fn root(&self, node: NodeId) -> Option<NodeHandle> {
        self.ledger.root_of(self.ledger.handle_of(ledger::NodeId(node))?)
    }

    /// What the tree's open batch must commit.
    pub fn changes(&self, root: NodeHandle) -> Changes {
        self.ledger.changes(root)
    }

    /// The tree's changes are the rows now.
    pub fn accept(&mut self, root: NodeHandle) {
        self.ledger.accept(root);
        self.undecided.retain(|(tree, _)| *tree != root);
    }

    /// The tree's rows are again what they were.
    pub fn reject(&mut self, root: NodeHandle) {
        self.ledger.reject(root);
        for (_, hold) in self.undecided.iter().filter(|(tree, _)| *tree == root) {
            self.holds.remove(hold);
        }
        self.undecided.retain(|(tree, _)| *tree != root);
    }

    /// Decides one command.
    pub fn decide(&mut self, now_ms: i64, command: &Command) -> Result<Answer, Absent> {
        let core = self.command(now_ms, command)?;
        let outcome = self.ledger.decide(now_ms, &core).map_err(Absent::Row)?;
        if let (Command::Reserve { hold: id, .. }, Outcome::Held { hold, .. }) = (command, &outcome) {
            self.holds.insert(*id, hold.hold);
            if let Some(root) = self.ledger.hold_node(hold.hold).and_then(|node| self.ledger.root_of(node)) {
                self.undecided.push((root, *id));
            }
        }
        Ok(self.answer(outcome))
    }

    fn node(&self, id: NodeId) -> Result<NodeHandle, Absent> {
        self.ledger.handle_of(ledger::NodeId(id)).ok_or(Absent::Node(id))
    }

    fn hold(&self, id: HoldId) -> Result<HoldHandle, Absent> {
        self.holds.get(&id).copied().ok_or(Absent::Hold(id))
    }

    fn command(&self, now_ms: i64, command: &Command) -> Result<ledger::Command, Absent> {
        Ok(match *command {
            Command::Validate { node } => ledger::Command::Validate { node: self.node(node)? },
            Command::Budgets { node } => ledger::Command::Budgets { node: self.node(node)? },
            Command::Charge { node, cost, overdraft, .. } => {
                let cost = money(cost);
                ledger::Command::Charge { node: self.node(node)?, cost, asked: cost, overdraft }
            }
            Command::Reserve { node, cost, at_least, whole_cents, ttl_ms, .. } => {
                let (cost, at_least) = (money(cost), at_least.map(money));
                ledger::Command::Reserve { node: self.node(node)?, cost, asked: cost, at_least, whole_cents, ttl_ms }
            }
            Command::Settle { hold, cost } => {
                ledger::Command::Settle { hold: self.hold(hold)?, cost: money(cost), asked: money(cost) }
            }
            Command::Release { hold } => ledger::Command::Release { hold: self.hold(hold)? },
            Command::Extend { hold, ttl_ms, cost } => {
                ledger::Command::Extend { hold: self.hold(hold)?, ttl_ms, cost: cost.map(money) }
            }
            Command::Mint { node, parent, ref scopes, expires_at_ms, cap, rule, on_exceed } => ledger::Command::Mint {
                id: ledger::NodeId(node),
                parent: parent.map(|parent| self.node(parent)).transpose()?,
                grant: ledger::Grant {
                    scopes: scopes.as_ref().map(|scopes| scopes.iter().copied().map(ScopeId).collect()),
                    expires_at_ms,
                },
                cap: cap.map(money),
                rule: rule.map(|rule| rule.anchored(now_ms).to_core()),
                on_exceed: match on_exceed {
                    OnExceed::Clamp => ledger::OnExceed::Clamp,
                    OnExceed::Reject => ledger::OnExceed::Reject,
                },
            },
            Command::Revoke { node } => ledger::Command::Revoke { node: self.node(node)? },
            Command::SetBudget { node, cap, rule } => ledger::Command::SetBudget {
                node: self.node(node)?,
                cap: cap.map(|cap| cap.map(money)),
                rule: rule.map(|rule| rule.map(|rule| rule.anchored(now_ms).to_core())),
            },
            Command::Touch { node } => ledger::Command::Touch { node: self.node(node)? },
            Command::Adjust { node, used_cents, reset_at_ms } => {
                ledger::Command::Adjust { node: self.node(node)?, used_cents, reset_at_ms }
            }
        })
    }

    /// What the ledger said, in plain figures.
    pub fn answer(&self, outcome: Outcome) -> Answer {
        match outcome {
            Outcome::Refused(refusal) => Answer::Refused {
                reason: reason(refusal.reason),
                binding: refusal.binding.map(|view| self.budget(&view)),
                requested: refusal.requested.get(),
            },
            Outcome::Valid { budget, scopes, expires_at_ms, .. } => {
                Answer::Valid { budget: self.budget(&budget), scopes: scopes.map(plain), expires_at_ms }
            }
            Outcome::Budgets { chain, binding } => {
                let chain: Vec<Budget> = chain.iter().map(|view| self.budget(view)).collect();
                let binding = binding.and_then(|place| chain.get(place)).map(|budget| budget.node);
                Answer::Budgets { chain, binding }
            }
            Outcome::Charged { used, remaining, overdraft } => Answer::Charged {
                used: used.get(),
                remaining: remaining.map(Microcents::get),
                overdraft: overdraft.get(),
            },
            Outcome::Held { hold, used, remaining } => Answer::Held {
                hold: self.hold_id(hold.hold).unwrap_or_default(),
                amount: hold.amount.get(),
                expires_at_ms: hold.expires_at_ms,
                used: used.get(),
                remaining: remaining.map(Microcents::get),
            },
            Outcome::Settled(settled) => {
                Answer::Settled { cost: settled.cost.get(), overdraft: settled.overdraft.get(), late: settled.late }
            }
            Outcome::Released { amount } => Answer::Released { amount: amount.get() },
            Outcome::Minted(minted) => Answer::Minted {
                scopes: minted.scopes.map(plain),
                cap: minted.cap.map(Microcents::get),
                expires_at_ms: minted.expires_at_ms,
                clamped: Clamped {
                    scopes: minted.clamped.scopes,
                    cap: minted.clamped.cap,
                    expires_at: minted.clamped.expires_at,
                },
            },
            Outcome::Revoked(revoked) => Answer::Revoked { revoked },
            Outcome::BudgetSet(view) => Answer::BudgetSet { budget: self.budget(&view) },
            Outcome::Touched => Answer::Touched,
        }
    }

    fn budget(&self, view: &BudgetView) -> Budget {
        Budget {
            node: self.ledger.node_row(view.node).map_or(0, |row| row.id.0),
            cap: view.cap.map(Microcents::get),
            spent: view.spent.get(),
            held: view.held.get(),
            remaining: view.remaining().map(Microcents::get),
            period: view.period.map(plain_period),
            window_start_ms: view.window_start_ms,
            reset_at_ms: view.reset_at_ms,
        }
    }
}

fn plain_period(period: window::Period) -> Period {
    match period {
        window::Period::Hour => Period::Hour,
        window::Period::Day => Period::Day,
        window::Period::Week => Period::Week,
        window::Period::Month => Period::Month,
    }
}

/// A rule in the oracle's words.
pub fn plain_rule(rule: window::WindowRule) -> Rule {
    Rule {
        period: plain_period(rule.period),
        alignment: match rule.alignment {
            window::Alignment::Anchored => Alignment::Anchored,
            window::Alignment::Calendar => Alignment::Calendar,
        },
        anchor_ms: Some(rule.anchor_ms),
    }
}

fn plain(scopes: Vec<ScopeId>) -> Vec<u32> {
    scopes.into_iter().map(|scope| scope.0).collect()
}

/// An amount that the host has already found to be in range.
fn money(microcents: i64) -> Microcents {
    Microcents::new(microcents).unwrap_or(Microcents::MAX)
}

fn reason(reason: ledger::Reason) -> Reason {
    match reason {
        ledger::Reason::Revoked => Reason::Revoked,
        ledger::Reason::AncestorRevoked => Reason::AncestorRevoked,
        ledger::Reason::Expired => Reason::Expired,
        ledger::Reason::AncestorExpired => Reason::AncestorExpired,
        ledger::Reason::BudgetExceeded => Reason::BudgetExceeded,
        ledger::Reason::InvalidKey => Reason::InvalidKey,
        ledger::Reason::AmountOutOfRange => Reason::AmountOutOfRange,
        ledger::Reason::HoldSettled => Reason::HoldSettled,
        ledger::Reason::HoldExpired => Reason::HoldExpired,
        ledger::Reason::InvalidTtl => Reason::InvalidTtl,
        ledger::Reason::WindowRolled => Reason::WindowRolled,
        ledger::Reason::IdempotencyKeyReused => Reason::IdempotencyKeyReused,
        ledger::Reason::DepthExceeded => Reason::DepthExceeded,
        ledger::Reason::GrantExceedsParent => Reason::GrantExceedsParent,
        ledger::Reason::InvalidCost => Reason::InvalidCost,
    }
}
