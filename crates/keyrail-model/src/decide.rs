//! What each command must answer.

use crate::admission::{binding, fits, in_range, is_spent, over_budget, overdraft};
use crate::grant::Request;
use crate::holds::expiry;
use crate::{
    AMOUNT_MAX, Answer, Book, Budget, Command, Event, Fact, Hold, HoldEnd, HoldId, LEVELS_BELOW_ROOT, NodeId, OnExceed,
    Reason,
};

const CENT: i64 = 1_000_000;
const TTL_MS: std::ops::RangeInclusive<i64> = 1_000..=30 * 86_400_000;
const TOUCH_EVERY_MS: i64 = 5 * 60_000;

type Decision = (Answer, Option<Event>);

fn refused(reason: Reason) -> Decision {
    (Answer::refused(reason), None)
}

impl Book {
    /// What `command` must answer at `now_ms`, and the event that it leaves if it is accepted.
    pub fn decide(&self, now_ms: i64, command: &Command) -> Decision {
        if let Some(repeated) = self.repeated(command) {
            return (repeated, None);
        }
        let (answer, event) = self.decide_anew(self.tree_time(now_ms), command);
        let origin = Some((command.clone(), answer.clone()));
        (answer, event.map(|event| Event { origin, ..event }))
    }

    /// The first answer to an idempotency key; a reserve tells of its hold as it is now. A refusal
    /// is not remembered, since it left no event.
    fn repeated(&self, command: &Command) -> Option<Answer> {
        let (key, asked) = command.key()?;
        self.events.iter().find_map(|event| {
            let (first, answer) = event.origin.as_ref()?;
            let (first_key, first_asked) = first.key()?;
            if first_key != key {
                return None;
            }
            if first_asked != asked {
                return Some(Answer::refused(Reason::IdempotencyKeyReused));
            }
            Some(match *answer {
                Answer::Held { hold: id, used, remaining, .. } => {
                    let hold = self.holds().remove(&id)?;
                    let Hold { amount, expires_at_ms, .. } = hold;
                    Answer::Held { hold: id, amount, expires_at_ms, used, remaining }
                }
                ref answer => answer.clone(),
            })
        })
    }

    fn decide_anew(&self, at_ms: i64, command: &Command) -> Decision {
        match *command {
            Command::Mint { node, parent, ref scopes, expires_at_ms, cap, rule, on_exceed } => {
                let asked = Request { scopes: scopes.clone(), expires_at_ms, cap, rule };
                self.mint(at_ms, node, parent, asked, on_exceed)
            }
            Command::Validate { node }
            | Command::Budgets { node }
            | Command::Charge { node, .. }
            | Command::Reserve { node, .. }
            | Command::Revoke { node }
            | Command::SetBudget { node, .. }
            | Command::Touch { node }
            | Command::Adjust { node, .. } => match self.chain(node).as_slice() {
                [] => (Answer::Unknown, None),
                _ => self.on_node(at_ms, node, command),
            },
            Command::Settle { hold, .. } | Command::Release { hold } | Command::Extend { hold, .. } => {
                match self.holds().get(&hold) {
                    None => (Answer::Unknown, None),
                    Some(found) => self.on_hold(at_ms, hold, found, command),
                }
            }
        }
    }

    fn on_node(&self, at_ms: i64, node: NodeId, command: &Command) -> Decision {
        let chain = self.budgets(node, at_ms);
        match *command {
            Command::Charge { cost, overdraft, .. } => self.charge(at_ms, node, cost, overdraft),
            Command::Reserve { hold, cost, at_least, whole_cents, ttl_ms, .. } => {
                let too_low = |amount: i64| amount < 0 || amount > cost;
                if !TTL_MS.contains(&ttl_ms) {
                    return refused(Reason::InvalidTtl);
                }
                if too_low(cost) || at_least.is_some_and(too_low) {
                    return refused(Reason::InvalidCost);
                }
                if let Some(reason) = self.standing(node, at_ms) {
                    return refused(reason);
                }
                let Some(amount) = holdable(&chain, cost, at_least, whole_cents).filter(|_| !is_spent(&chain)) else {
                    return (over_budget(&chain, cost), None);
                };
                if !in_range(&chain, amount) {
                    return refused(Reason::AmountOutOfRange);
                }
                let expires_at_ms = expiry(at_ms, ttl_ms);
                let fact = Fact::Reserved { hold, node, amount, expires_at_ms };
                self.held_answer(self.money(at_ms, node, fact), hold)
            }
            Command::Revoke { .. } => {
                let revoked = !self.is_revoked(node);
                let event =
                    Event { at_ms, wrote: vec![node], counts_in: vec![], fact: Fact::Revoked { node }, origin: None };
                (Answer::Revoked { revoked }, revoked.then_some(event))
            }
            Command::SetBudget { cap, rule, .. } => {
                let Some(terms) = self.terms(node, at_ms) else { return (Answer::Unknown, None) };
                let rule = rule.unwrap_or(terms.rule).map(|rule| rule.anchored(at_ms));
                let fact = Fact::BudgetSet { node, cap: cap.unwrap_or(terms.cap), rule };
                let event = Event { at_ms, wrote: vec![node], counts_in: vec![], fact, origin: None };
                match self.after(&event).budget(node, at_ms) {
                    Some(budget) => (Answer::BudgetSet { budget }, Some(event)),
                    None => (Answer::Unknown, None),
                }
            }
            Command::Touch { .. } => (Answer::Touched, self.touch(at_ms, node)),
            Command::Adjust { used_cents, reset_at_ms, .. } => {
                (Answer::Touched, self.adjust(at_ms, node, used_cents, reset_at_ms))
            }
            Command::Budgets { .. } => {
                let binding = binding(&chain).map(|budget| budget.node);
                (Answer::Budgets { chain, binding }, None)
            }
            _ => (self.validity(at_ms, node, &chain), None),
        }
    }

    fn validity(&self, at_ms: i64, node: NodeId, chain: &[Budget]) -> Answer {
        if let Some(reason) = self.standing(node, at_ms) {
            return Answer::refused(reason);
        }
        match chain.last() {
            Some(budget) if !is_spent(chain) => Answer::Valid {
                budget: *budget,
                scopes: self.effective_scopes(node),
                expires_at_ms: self.effective_expiry(node),
            },
            _ => over_budget(chain, 0),
        }
    }

    fn charge(&self, at_ms: i64, node: NodeId, cost: i64, may_overdraw: bool) -> Decision {
        let chain = self.budgets(node, at_ms);
        if self.is_cut_off(node) {
            return refused(Reason::InvalidKey);
        }
        if cost < 0 {
            return refused(Reason::InvalidCost);
        }
        if !may_overdraw && !fits(&chain, cost) {
            return (over_budget(&chain, cost), None);
        }
        if !in_range(&chain, cost) {
            return refused(Reason::AmountOutOfRange);
        }
        let event = self.money(at_ms, node, Fact::Charged { cost });
        let (used, remaining) = self.after(&event).own_figures(node, at_ms);
        (Answer::Charged { used, remaining, overdraft: overdraft(&chain, cost, 0) }, Some(event))
    }

    fn on_hold(&self, at_ms: i64, id: HoldId, hold: &Hold, command: &Command) -> Decision {
        match *command {
            Command::Settle { cost, .. } => self.settle(at_ms, id, hold, cost),
            Command::Extend { ttl_ms, cost, .. } => self.extend(at_ms, id, hold, ttl_ms, cost),
            _ => match hold.end {
                HoldEnd::Settled { .. } => refused(Reason::HoldSettled),
                _ if !hold.is_open(at_ms) => (Answer::Released { amount: 0 }, None),
                _ => {
                    let event = self.of_hold(at_ms, hold, Fact::Released { hold: id });
                    (Answer::Released { amount: hold.amount }, Some(event))
                }
            },
        }
    }

    fn settle(&self, at_ms: i64, id: HoldId, hold: &Hold, cost: i64) -> Decision {
        if cost < 0 {
            return refused(Reason::InvalidCost);
        }
        if let HoldEnd::Settled { cost, overdraft, late } = hold.end {
            return (Answer::Settled { cost, overdraft, late }, None);
        }
        let late = !hold.is_open(at_ms);
        let freed = if late { 0 } else { hold.amount };
        let counting = self.still_counting(at_ms, hold);
        if !in_range(&counting, cost - freed) {
            return refused(Reason::AmountOutOfRange);
        }
        let overdraft = overdraft(&counting, cost, freed);
        let event = self.of_hold(at_ms, hold, Fact::Settled { hold: id, cost, overdraft, late });
        (Answer::Settled { cost, overdraft, late }, Some(event))
    }

    fn extend(&self, at_ms: i64, id: HoldId, hold: &Hold, ttl_ms: Option<i64>, cost: Option<i64>) -> Decision {
        if ttl_ms.is_some_and(|ttl_ms| !TTL_MS.contains(&ttl_ms)) {
            return refused(Reason::InvalidTtl);
        }
        if cost.is_some_and(|cost| cost < 0) {
            return refused(Reason::InvalidCost);
        }
        if !hold.is_open(at_ms) {
            return refused(Reason::HoldExpired);
        }
        let amount = cost.unwrap_or(hold.amount);
        let more = amount - hold.amount;
        if more > 0 {
            let chain = self.budgets(hold.node, at_ms);
            if let Some(reason) = self.standing(hold.node, at_ms) {
                return refused(reason);
            }
            if self.still_counting(at_ms, hold).len() < chain.len() {
                return refused(Reason::WindowRolled);
            }
            if is_spent(&chain) || !fits(&chain, more) {
                return (over_budget(&chain, more), None);
            }
            if !in_range(&chain, more) {
                return refused(Reason::AmountOutOfRange);
            }
        }
        let asked_ms = ttl_ms.map_or(hold.expires_at_ms, |ttl_ms| expiry(at_ms, ttl_ms));
        let expires_at_ms = asked_ms.max(hold.expires_at_ms);
        self.held_answer(self.of_hold(at_ms, hold, Fact::Extended { hold: id, amount, expires_at_ms }), id)
    }

    fn mint(&self, at_ms: i64, node: NodeId, parent: Option<NodeId>, asked: Request, on_exceed: OnExceed) -> Decision {
        let mut given = asked.clone();
        let mut clamped = crate::Clamped::default();
        if let Some(parent) = parent {
            let above = self.chain(parent).len();
            if above == 0 {
                return (Answer::Unknown, None);
            }
            if let Some(reason) = self.standing(parent, at_ms) {
                return refused(reason);
            }
            if above > LEVELS_BELOW_ROOT {
                return refused(Reason::DepthExceeded);
            }
            (given, clamped) = self.clamped(parent, &asked, at_ms);
        }
        if on_exceed == OnExceed::Reject && clamped != crate::Clamped::default() {
            return refused(Reason::GrantExceedsParent);
        }
        let Request { scopes, expires_at_ms, cap, rule } = given;
        let rule = rule.map(|rule| rule.anchored(at_ms));
        let answer = Answer::Minted { scopes: scopes.clone(), cap, expires_at_ms, clamped };
        let fact = Fact::Minted { node, parent, scopes, expires_at_ms, cap, rule };
        (answer, Some(Event { at_ms, wrote: vec![], counts_in: vec![], fact, origin: None }))
    }

    /// A use is noted when the last noted one is five minutes old or a window of the chain must
    /// roll, and never for a revoked key.
    fn touch(&self, at_ms: i64, node: NodeId) -> Option<Event> {
        let wrote = self.chain(node);
        let rolls = wrote.iter().any(|node| self.roll_is_due(*node, at_ms));
        let due = rolls || self.use_is_due(node, at_ms);
        let event = Event { at_ms, wrote, counts_in: vec![], fact: Fact::Touched { node, rolls }, origin: None };
        (due && !self.is_cut_off(node)).then_some(event)
    }

    fn use_is_due(&self, wanted: NodeId, at_ms: i64) -> bool {
        let mut noted: Option<i64> = None;
        let touches =
            self.events.iter().filter(|event| matches!(event.fact, Fact::Touched { node, .. } if node == wanted));
        for event in touches {
            noted = noted.filter(|noted_ms| event.at_ms - noted_ms < TOUCH_EVERY_MS).or(Some(event.at_ms));
        }
        noted.is_none_or(|noted_ms| at_ms - noted_ms >= TOUCH_EVERY_MS)
    }

    /// An event whose money counts in the windows of the chain of `node` now.
    fn money(&self, at_ms: i64, node: NodeId, fact: Fact) -> Event {
        let wrote = self.chain(node);
        let counts_in =
            wrote.iter().filter_map(|node| self.terms(*node, at_ms).map(|terms| (*node, terms.window))).collect();
        Event { at_ms, wrote, counts_in, fact, origin: None }
    }

    /// An event whose money counts in the windows in which the hold does.
    fn of_hold(&self, at_ms: i64, hold: &Hold, fact: Fact) -> Event {
        Event { at_ms, wrote: self.chain(hold.node), counts_in: hold.counts_in.clone(), fact, origin: None }
    }

    /// The budgets of a hold's chain that are still in the window that it is stamped with.
    fn still_counting(&self, at_ms: i64, hold: &Hold) -> Vec<Budget> {
        let is_current =
            |node: NodeId, window: u64| self.terms(node, at_ms).is_some_and(|terms| terms.window == window);
        let current = hold.counts_in.iter().filter(|(node, window)| is_current(*node, *window));
        current.filter_map(|(node, _)| self.budget(*node, at_ms)).collect()
    }

    /// The history with one more event.
    fn after(&self, event: &Event) -> Self {
        let mut after = self.clone();
        after.events.push(event.clone());
        after
    }

    fn own_figures(&self, node: NodeId, at_ms: i64) -> (i64, Option<i64>) {
        self.budget(node, at_ms).map_or((0, None), |budget| (budget.spent, budget.remaining))
    }

    fn held_answer(&self, event: Event, id: HoldId) -> Decision {
        let after = self.after(&event);
        let Some(hold) = after.holds().remove(&id) else { return (Answer::Unknown, None) };
        let (used, remaining) = after.own_figures(hold.node, event.at_ms);
        let Hold { amount, expires_at_ms, .. } = hold;
        (Answer::Held { hold: id, amount, expires_at_ms, used, remaining }, Some(event))
    }
}

/// What a reserve may hold: its cost, or what is left if that is enough.
fn holdable(chain: &[Budget], cost: i64, at_least: Option<i64>, whole_cents: bool) -> Option<i64> {
    if fits(chain, cost) {
        return Some(cost);
    }
    let left = chain.iter().filter_map(Budget::headroom).min().unwrap_or(AMOUNT_MAX);
    let partial = if whole_cents { left - left.rem_euclid(CENT) } else { left };
    at_least.filter(|at_least| partial >= *at_least).map(|_| partial)
}
