//! Writes a script: asks the oracle step after step, and words what is asked and answered.

use super::{Script, words};
use keyrail_model::{Alignment, Answer, Book, Budget, Command, Fact, HoldEnd, HoldId, NodeId, OnExceed, Period, Rule};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// When every script begins: 10:30 on 30 January 2026, so that months end soon.
pub(crate) const START_MS: i64 = 1_769_769_000_000;
/// The scopes by their numbers; the first grants all.
const SCOPES: [&str; 5] = ["admin", "read", "write", "chat", "pay"];
const MINUTE_MS: i64 = 60_000;
/// A key or hold that nobody has.
pub(crate) const NOBODY: u64 = 999;

/// What a mint asks, in microcents and minutes.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs, reason = "the words of `create`")]
pub struct Grant {
    pub cap: Option<i64>,
    pub period: Option<Period>,
    pub is_calendar: bool,
    pub scopes: Option<Vec<u32>>,
    pub expires_in_minutes: Option<i64>,
    pub rejects: bool,
}

/// What the façade keeps of a key beside the oracle.
#[derive(Clone, Debug)]
struct Profile {
    is_subject: bool,
    period: Option<Period>,
    alignment: Alignment,
    anchor_ms: i64,
}

/// A script that is being written.
#[derive(Debug, Default)]
pub struct Author {
    after_ms: i64,
    books: Vec<Book>,
    profiles: BTreeMap<NodeId, Profile>,
    steps: Vec<Value>,
    last_node: NodeId,
    last_hold: HoldId,
}

impl Author {
    /// The script so far, under a name.
    pub fn finish(self, name: &str) -> Script {
        Script { name: name.to_owned(), steps: self.steps }
    }

    /// Lets time pass; less than nothing turns the clock back.
    pub fn wait(&mut self, ms: i64) {
        self.after_ms += ms;
    }

    /// What the clock shows.
    pub fn now_ms(&self) -> i64 {
        START_MS + self.after_ms
    }

    /// Whether a key was made.
    pub fn is_there(&self, node: NodeId) -> bool {
        self.profiles.contains_key(&node)
    }

    /// When a hold expires, and 0 for one that was never made.
    pub fn expiry_of(&self, hold: HoldId) -> i64 {
        self.books.iter().find_map(|book| book.holds().get(&hold).map(|hold| hold.expires_at_ms)).unwrap_or(0)
    }

    /// Turns the clock to an instant.
    pub fn wait_until(&mut self, at_ms: i64) {
        self.after_ms = at_ms - START_MS;
    }

    fn step(&mut self, method: &str, on: Value, options: Value, answer: Value) {
        self.steps.push(json!([self.after_ms, method, on, options, answer]));
    }

    /// Writes a step whose answer the façade knows without the ledger.
    pub fn by_hand(&mut self, method: &str, node: NodeId, options: Value, answer: Value) {
        let on = self.named(node);
        self.step(method, on, options, answer);
    }

    /// A key's name where a caller shows who he is: its secret, or the subject that it belongs to.
    fn named(&self, node: NodeId) -> Value {
        let is_subject = self.profiles.get(&node).is_some_and(|profile| profile.is_subject);
        if is_subject { json!({ "subject": node }) } else { json!({ "key": node }) }
    }

    /// A key's name where an operator names it: now one way, now another.
    fn referred(&self, node: NodeId) -> Value {
        if node != NOBODY && self.steps.len().is_multiple_of(2) { json!({ "id": node }) } else { self.named(node) }
    }

    fn book(&self, node: NodeId) -> Option<&Book> {
        self.books.iter().find(|book| !book.chain(node).is_empty())
    }

    fn path(&self, node: NodeId) -> String {
        let chain = self.book(node).map(|book| book.chain(node)).unwrap_or_default();
        chain.iter().map(NodeId::to_string).collect::<Vec<_>>().join("/")
    }

    fn ask(&mut self, command: &Command) -> Answer {
        let now_ms = self.now_ms();
        match self.books.iter_mut().find(|book| book.knows(command)) {
            Some(book) => book.commit(now_ms, command),
            None => Answer::Unknown,
        }
    }

    /// Mints a root.
    pub fn root(&mut self, grant: Grant) -> NodeId {
        self.mint(None, grant, false)
    }

    /// Mints below a key.
    pub fn child(&mut self, parent: NodeId, grant: Grant) -> NodeId {
        self.mint(Some(parent), grant, false)
    }

    /// Mints what belongs to a subject.
    pub fn subject(&mut self, parent: Option<NodeId>, grant: Grant) -> NodeId {
        self.mint(parent, grant, true)
    }

    fn mint(&mut self, parent: Option<NodeId>, grant: Grant, is_subject: bool) -> NodeId {
        self.last_node += 1;
        let (node, now_ms) = (self.last_node, self.now_ms());
        let above = parent.map(|parent| self.referred(parent));
        let alignment = if grant.is_calendar { Alignment::Calendar } else { Alignment::Anchored };
        let command = Command::Mint {
            node,
            parent,
            scopes: grant.scopes.clone(),
            expires_at_ms: grant.expires_in_minutes.map(|minutes| now_ms + minutes * MINUTE_MS),
            cap: grant.cap,
            rule: grant.period.map(|period| Rule { period, alignment, anchor_ms: None }),
            on_exceed: if grant.rejects { OnExceed::Reject } else { OnExceed::Clamp },
        };
        let answer = if parent.is_none() {
            let mut book = Book::new();
            let answer = book.commit(now_ms, &command);
            self.books.push(book);
            answer
        } else {
            self.ask(&command)
        };
        if let Answer::Minted { .. } = answer {
            let anchor_ms = self.book(node).map_or(now_ms, |book| book.tree_time(now_ms));
            self.profiles.insert(node, Profile { is_subject, period: grant.period, alignment, anchor_ms });
        }
        let told = if is_subject { ensured(&answer) } else { self.created(node, parent, &grant, &answer) };
        let method = if is_subject { "ensureSubject" } else { "create" };
        self.step(method, json!({ "new": node }), options_of(&grant, above), told);
        node
    }

    /// Ensures a subject that is there.
    pub fn ensure_again(&mut self, node: NodeId, grant: &Grant) {
        self.step("ensureSubject", json!({ "new": node }), options_of(grant, None), Value::Null);
    }

    fn created(&self, node: NodeId, parent: Option<NodeId>, grant: &Grant, answer: &Answer) -> Value {
        let Answer::Minted { scopes, cap, expires_at_ms, clamped } = answer else { return ensured(answer) };
        json!({
            "id": node,
            "scopes": scope_names(scopes.as_deref()),
            "budgetCents": words::optional_cents(*cap),
            "budgetPeriod": words::period(grant.period),
            "expiresAt": words::optional_iso(*expires_at_ms),
            "parentId": parent,
            "path": self.path(node),
            "clamped": words::clamped(*clamped),
        })
    }

    /// Asks whether a key may be used.
    pub fn validate(&mut self, node: NodeId) {
        let answer = self.ask(&Command::Validate { node });
        let told = match &answer {
            Answer::Valid { budget, scopes, expires_at_ms } => json!({
                "valid": true,
                "id": node,
                "accountId": "acme",
                "userId": format!("user {node}"),
                "scopes": scope_names(scopes.as_deref()),
                "budgetCents": words::optional_cents(budget.cap),
                "budgetUsedCents": words::cents(budget.spent),
                "budgetRemainingCents": words::optional_cents(budget.remaining),
                "budgetPeriod": words::period(budget.period),
                "budgetResetAt": words::optional_iso(budget.reset_at_ms),
                "expiresAt": words::optional_iso(*expires_at_ms),
                "delegatedBy": null,
                "name": format!("node {node}"),
            }),
            other => {
                let mut told = self.refusal(other, "invalid");
                if let Value::Object(members) = &mut told {
                    members.remove("success");
                    members.insert("valid".to_owned(), false.into());
                }
                told
            }
        };
        self.step("validate", self.named(node), Value::Null, told);
    }

    /// Charges a key.
    pub fn charge(&mut self, node: NodeId, cost: i64) {
        self.charge_with(node, cost, false, None);
    }

    /// Charges a key, perhaps above its cap, perhaps under an idempotency key.
    pub fn charge_with(&mut self, node: NodeId, cost: i64, overdraft: bool, key: Option<&str>) {
        let answer = self.ask(&Command::Charge { node, cost, overdraft, key: key.map(str::to_owned) });
        let mut options = json!({ "costCents": words::cents(cost) });
        if overdraft {
            options["overdraft"] = true.into();
        }
        if let Some(key) = key {
            options["idempotencyKey"] = key.into();
        }
        let told = match &answer {
            Answer::Charged { overdraft: above, .. } => {
                let mut members = words::success(&answer);
                if overdraft {
                    members.insert("overdraftCents".to_owned(), words::cents(*above));
                }
                members.into()
            }
            other => self.refusal(other, "invalid_key"),
        };
        self.step("trackUsage", self.named(node), options, told);
    }

    /// Reserves for `ttl_ms`.
    pub fn reserve(&mut self, node: NodeId, cost: i64, ttl_ms: i64) -> HoldId {
        self.reserve_with(node, cost, ttl_ms, None, None)
    }

    /// Reserves, perhaps less than asked, perhaps under an idempotency key.
    pub fn reserve_with(
        &mut self,
        node: NodeId,
        cost: i64,
        ttl_ms: i64,
        at_least: Option<i64>,
        key: Option<&str>,
    ) -> HoldId {
        self.last_hold += 1;
        let new_hold = self.last_hold;
        let key = key.map(str::to_owned);
        let mut options = json!({ "costCents": words::cents(cost), "ttl": ttl_ms });
        if let Some(at_least) = at_least {
            options["atLeastCents"] = words::cents(at_least);
        }
        if let Some(key) = &key {
            options["idempotencyKey"] = key.as_str().into();
        }
        let command = Command::Reserve { node, hold: new_hold, cost, at_least, whole_cents: false, ttl_ms, key };
        let answer = self.ask(&command);
        let mut on = self.named(node);
        on["hold"] = new_hold.into();
        let (hold, told) = match &answer {
            Answer::Held { hold, amount, expires_at_ms, .. } => {
                let mut members = words::success(&answer);
                let mut view = held(*hold, *amount, *expires_at_ms);
                view["state"] = self.state_of(*hold).into();
                members.insert("hold".to_owned(), view);
                (*hold, members.into())
            }
            other => (new_hold, self.refusal(other, "invalid")),
        };
        self.step("reserve", on, options, told);
        hold
    }

    /// What has become of a hold.
    fn state_of(&self, hold: HoldId) -> &'static str {
        let found = self.books.iter().find_map(|book| Some((book, book.holds().remove(&hold)?)));
        let Some((book, hold)) = found else { return "open" };
        match hold.end {
            HoldEnd::Released => "released",
            HoldEnd::Settled { .. } => "settled",
            HoldEnd::Open if hold.is_open(book.tree_time(self.now_ms())) => "open",
            HoldEnd::Open => "expired",
        }
    }

    /// Settles a hold.
    pub fn settle(&mut self, hold: HoldId, cost: i64) {
        let answer = self.ask(&Command::Settle { hold, cost });
        let told = match &answer {
            Answer::Settled { cost, overdraft, late } => json!({
                "success": true,
                "costCents": words::cents(*cost),
                "overdraftCents": words::cents(*overdraft),
                "late": late,
            }),
            other => self.refusal(other, "hold_not_found"),
        };
        self.step("settle", json!({ "hold": hold }), json!({ "costCents": words::cents(cost) }), told);
    }

    /// Gives a hold back.
    pub fn release(&mut self, hold: HoldId) {
        let answer = self.ask(&Command::Release { hold });
        let told = match &answer {
            Answer::Released { amount } => json!({ "success": true, "releasedCents": words::cents(*amount) }),
            other => self.refusal(other, "hold_not_found"),
        };
        self.step("release", json!({ "hold": hold }), Value::Null, told);
    }

    /// Gives a hold more time, another amount, or both.
    pub fn extend(&mut self, hold: HoldId, ttl_ms: Option<i64>, cost: Option<i64>) {
        let answer = self.ask(&Command::Extend { hold, ttl_ms, cost });
        let mut options = Map::new();
        if let Some(ttl_ms) = ttl_ms {
            options.insert("ttl".to_owned(), ttl_ms.into());
        }
        if let Some(cost) = cost {
            options.insert("costCents".to_owned(), words::cents(cost));
        }
        let told = match &answer {
            Answer::Held { hold, amount, expires_at_ms, .. } => {
                json!({ "success": true, "hold": held(*hold, *amount, *expires_at_ms) })
            }
            other => self.refusal(other, "hold_not_found"),
        };
        self.step("extend", json!({ "hold": hold }), options.into(), told);
    }

    /// Asks for every budget of a chain.
    pub fn budgets(&mut self, node: NodeId) {
        let told = match self.ask(&Command::Budgets { node }) {
            Answer::Budgets { chain, .. } => chain.iter().map(|budget| self.budget(budget)).collect(),
            _ => words::throws("not_found".into()),
        };
        self.step("budgets", self.referred(node), Value::Null, told);
    }

    /// Asks for the budget that binds.
    pub fn headroom(&mut self, node: NodeId) {
        let told = match self.ask(&Command::Budgets { node }) {
            Answer::Budgets { chain, binding } => {
                let binds = chain.iter().find(|budget| Some(budget.node) == binding);
                binds.map_or(Value::Null, |budget| self.budget(budget))
            }
            _ => words::throws("not_found".into()),
        };
        self.step("headroom", self.referred(node), Value::Null, told);
    }

    /// Changes a cap.
    pub fn set_cap(&mut self, node: NodeId, cap: Option<i64>) {
        let options = json!({ "budgetCents": words::optional_cents(cap) });
        self.set_budget(node, Some(cap), None, options);
    }

    /// Changes a period; `calendar` where its windows begin.
    pub fn set_period(&mut self, node: NodeId, period: Option<Period>, is_calendar: Option<bool>) {
        let Some(profile) = self.profiles.get_mut(&node) else { return };
        profile.period = period;
        let mut options = json!({ "budgetPeriod": words::period(period) });
        if let Some(is_calendar) = is_calendar {
            profile.alignment = if is_calendar { Alignment::Calendar } else { Alignment::Anchored };
            options["budgetWindow"] = if is_calendar { "calendar" } else { "anchored" }.into();
        }
        let Profile { alignment, anchor_ms, .. } = *profile;
        let rule = period.map(|period| Rule { period, alignment, anchor_ms: Some(anchor_ms) });
        self.set_budget(node, None, Some(rule), options);
    }

    fn set_budget(&mut self, node: NodeId, cap: Option<Option<i64>>, rule: Option<Option<Rule>>, options: Value) {
        let on = self.referred(node);
        let told = match self.ask(&Command::SetBudget { node, cap, rule }) {
            Answer::BudgetSet { budget } => self.budget(&budget),
            _ => words::throws("not_found".into()),
        };
        self.step("setBudget", on, options, told);
    }

    /// Revokes a key; `is_owner` whether its own account asks.
    pub fn revoke(&mut self, node: NodeId, is_owner: bool) {
        let told = is_owner && self.ask(&Command::Revoke { node }) == Answer::Revoked { revoked: true };
        let account = if is_owner { "acme" } else { "other" };
        self.step("revoke", json!({ "id": node }), json!({ "accountId": account }), told.into());
    }

    /// Revokes a key and all below it.
    pub fn revoke_tree(&mut self, node: NodeId) {
        let on = self.referred(node);
        let below = self.below(node);
        if below.is_empty() {
            return self.step("revokeTree", on, Value::Null, words::throws("not_found".into()));
        }
        let mut revoked = 0;
        for node in below {
            revoked += u32::from(self.ask(&Command::Revoke { node }) == Answer::Revoked { revoked: true });
        }
        self.step("revokeTree", on, Value::Null, json!({ "revoked": revoked }));
    }

    /// Lists a key and all below it.
    pub fn subtree(&mut self, node: NodeId) {
        let on = self.referred(node);
        let rows: Vec<Value> = self.below(node).into_iter().map(|node| self.listed(node)).collect();
        let told = if rows.is_empty() { words::throws("not_found".into()) } else { rows.into() };
        self.step("subtree", on, Value::Null, told);
    }

    fn below(&self, node: NodeId) -> Vec<NodeId> {
        let Some(book) = self.book(node) else { return Vec::new() };
        book.nodes().into_iter().filter(|other| book.chain(*other).contains(&node)).collect()
    }

    fn listed(&self, node: NodeId) -> Value {
        let Some(book) = self.book(node) else { return Value::Null };
        let chain = book.chain(node);
        let parent = chain.len().checked_sub(2).and_then(|place| chain.get(place));
        let revoked = book.events().iter().any(|event| event.fact == Fact::Revoked { node });
        let name = format!("node {node}");
        json!({
            "id": node, "parentId": parent, "path": self.path(node), "depth": chain.len() - 1, "name": name,
            "revoked": revoked,
        })
    }

    fn budget(&self, budget: &Budget) -> Value {
        words::budget(budget, &self.path(budget.node))
    }

    /// Anything but a success; `unknown` where there is no such key or hold.
    fn refusal(&self, answer: &Answer, unknown: &str) -> Value {
        let Answer::Refused { reason, binding, requested } = answer else { return words::refused(unknown) };
        let mut told = json!({ "success": false, "reason": words::reason(*reason) });
        if let Some(budget) = binding {
            told["binding"] = words::binding(budget, &self.path(budget.node), *requested);
        }
        told
    }
}

/// What a mint that gives no key throws, and `ensureSubject` otherwise gives: nothing.
fn ensured(answer: &Answer) -> Value {
    match answer {
        Answer::Minted { .. } => Value::Null,
        Answer::Refused { reason, .. } => words::throws(words::reason(*reason)),
        _ => words::throws("not_found".into()),
    }
}

fn held(hold: HoldId, amount: i64, expires_at_ms: i64) -> Value {
    json!({ "id": hold, "costCents": words::cents(amount), "expiresAt": words::iso(expires_at_ms) })
}

fn scope_names(scopes: Option<&[u32]>) -> Value {
    let name = |scope: &u32| SCOPES.get(*scope as usize).copied().unwrap_or_default();
    scopes.map_or(Value::Null, |scopes| scopes.iter().map(name).collect())
}

/// What `create` is asked; whose a key is and what it is called, its player adds.
fn options_of(grant: &Grant, parent: Option<Value>) -> Value {
    let mut options = json!({});
    if let Some(parent) = parent {
        options["parent"] = parent;
    }
    if grant.cap.is_some() {
        options["budgetCents"] = words::optional_cents(grant.cap);
    }
    if grant.period.is_some() {
        options["budgetPeriod"] = words::period(grant.period);
    }
    if grant.is_calendar {
        options["budgetWindow"] = "calendar".into();
    }
    if grant.scopes.is_some() {
        options["scopes"] = scope_names(grant.scopes.as_deref());
    }
    if let Some(minutes) = grant.expires_in_minutes {
        options["expiresIn"] = format!("{minutes}m").into();
    }
    if grant.rejects {
        options["onExceed"] = "reject".into();
    }
    options
}
