//! Commits as they cross the boundary: numbers in one list and texts in another, in the order in which they are
//! read here. `stores/sqlite/packed.ts` writes them.
//!
//! `NaN` stands for no number and `null` for no text.

use crate::commits::{Check, Commit, NodeIdentity, NodePut, NodeState, Put, RowRef};
use crate::fault::Fault;
use crate::rows::{Bucket, EntryRow, HoldRow, Idempotency, KeyRef, Root, Settled};

const HOLD_STATES: [&str; 3] = ["open", "released", "settled"];
const ENTRY_KINDS: [&str; 9] =
    ["charge", "reserve", "settle", "release", "extend", "mint", "revoke", "set_budget", "adjust"];
const METHODS: [&str; 2] = ["charge", "reserve"];

/// Some commits on their way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Packed {
    /// Their numbers.
    pub numbers: Vec<f64>,
    /// Their texts, as a JSON list.
    pub texts: String,
}

/// Reads commits. The message of a fault repeats no value, which may be a hash.
pub fn commits(packed: &Packed) -> Result<Vec<Commit>, Fault> {
    let texts: Vec<Option<String>> = serde_json::from_str(&packed.texts).map_err(|_| unreadable())?;
    let mut reader = Reader { numbers: packed.numbers.iter(), texts: texts.into_iter() };
    let commits = reader.many(Reader::commit).ok_or_else(unreadable)?;
    if reader.numbers.len() == 0 && reader.texts.len() == 0 { Ok(commits) } else { Err(unreadable()) }
}

fn unreadable() -> Fault {
    Fault::new("invalid_commit", "a row or a name of a commit is not what the contract says")
}

/// Takes one thing after another; nothing where it is not there or not of its kind.
struct Reader<'a> {
    numbers: std::slice::Iter<'a, f64>,
    texts: std::vec::IntoIter<Option<String>>,
}

impl Reader<'_> {
    fn float(&mut self) -> Option<f64> {
        self.numbers.next().copied()
    }

    fn optional_number(&mut self) -> Option<Option<i64>> {
        let float = self.float()?;
        if float.is_nan() { Some(None) } else { whole(float).map(Some) }
    }

    fn number(&mut self) -> Option<i64> {
        whole(self.float()?)
    }

    fn flag(&mut self) -> Option<bool> {
        Some(self.number()? != 0)
    }

    fn optional_text(&mut self) -> Option<Option<String>> {
        self.texts.next()
    }

    fn text(&mut self) -> Option<String> {
        self.optional_text()?
    }

    fn word(&mut self, words: &[&str]) -> Option<String> {
        let place = usize::try_from(self.number()?).ok()?;
        words.get(place).map(|word| (*word).to_owned())
    }

    /// A count, then that many.
    fn many<T>(&mut self, mut one: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = self.number()?;
        (0..count).map(|_| one(self)).collect()
    }

    fn commit(&mut self) -> Option<Commit> {
        let tree = self.number()?;
        Some(Commit {
            tree,
            now: self.number()?,
            is_system_time: self.flag()?,
            claims: self.flag()?,
            owner: self.text()?,
            checks: self.many(Self::check)?,
            puts: self.many(|reader| reader.put(tree))?,
        })
    }

    fn check(&mut self) -> Option<Check> {
        let row = match self.number()? {
            0 => RowRef::Node(self.number()?),
            1 => RowRef::Hold(self.text()?),
            2 => RowRef::Entry(KeyRef { node: self.number()?, method: self.text()?, key: self.text()? }),
            _ => return None,
        };
        let version = self.float()?;
        Some(Check { row, version: (!version.is_nan()).then_some(version) })
    }

    fn put(&mut self, tree: i64) -> Option<Put> {
        Some(match self.number()? {
            0 => Put::Node(Box::new(self.node(tree)?)),
            1 => Put::Hold(self.hold(tree)?),
            2 => Put::Entry(Box::new(self.entry(tree)?)),
            _ => return None,
        })
    }

    fn node(&mut self, tree: i64) -> Option<NodePut> {
        let id = self.number()?;
        let identity = if self.flag()? { Some(self.identity(tree)?) } else { None };
        Some(NodePut { id, identity, state: self.state()? })
    }

    fn identity(&mut self, tree: i64) -> Option<NodeIdentity> {
        Some(NodeIdentity {
            tree,
            parent_id: self.optional_number()?,
            created_at: self.number()?,
            path: self.text()?,
            hash: self.optional_text()?,
            subject: self.optional_text()?,
            key_prefix: self.text()?,
            account_id: self.optional_text()?,
            user_id: self.optional_text()?,
            name: self.text()?,
            delegated_by: self.optional_text()?,
            scopes: if self.flag()? { Some(self.many(Self::text)?) } else { None },
        })
    }

    fn state(&mut self) -> Option<NodeState> {
        Some(NodeState {
            expires_at: self.optional_number()?,
            revoked_at: self.optional_number()?,
            last_used_at: self.optional_number()?,
            cap_microcents: self.optional_number()?,
            period: self.optional_text()?,
            alignment: self.text()?,
            anchor_at: self.number()?,
            window: self.number()?,
            window_start: self.number()?,
            reset_at: self.optional_number()?,
            spent_microcents: self.number()?,
            buckets: self
                .many(|reader| Some(Bucket { expires_at: reader.number()?, held_microcents: reader.number()? }))?,
            true_to_seq: self.number()?,
            root: if self.flag()? { Some(Root { seq: self.number()?, greatest_now: self.number()? }) } else { None },
        })
    }

    fn hold(&mut self, tree: i64) -> Option<HoldRow> {
        Some(HoldRow {
            tree,
            id: self.text()?,
            node: self.number()?,
            amount_microcents: self.number()?,
            created_at: self.number()?,
            expires_at: self.number()?,
            windows: self.many(Self::number)?,
            state: self.word(&HOLD_STATES)?,
            ended_at: self.optional_number()?,
            settled: if self.flag()? {
                Some(Settled {
                    cost_microcents: self.number()?,
                    overdraft_microcents: self.number()?,
                    late: self.flag()?,
                })
            } else {
                None
            },
            version: 0,
        })
    }

    fn entry(&mut self, tree: i64) -> Option<EntryRow> {
        Some(EntryRow {
            tree,
            seq: self.number()?,
            entry_kind: self.word(&ENTRY_KINDS)?,
            node: self.number()?,
            at: self.number()?,
            amount_microcents: self.number()?,
            asked_microcents: self.number()?,
            windows: self.many(Self::number)?,
            hold: self.optional_text()?,
            expires_at: self.optional_number()?,
            used_microcents: self.number()?,
            remaining_microcents: self.optional_number()?,
            overdraft_microcents: self.number()?,
            late: self.flag()?,
            command: self.text()?,
            idempotency: if self.flag()? {
                Some(Idempotency { method: self.word(&METHODS)?, key: self.text()? })
            } else {
                None
            },
            metadata: self.optional_text()?,
            version: 0,
        })
    }
}

/// Every number of JavaScript that is whole and exact.
#[allow(clippy::cast_possible_truncation, reason = "below 2⁵³ in size, and whole")]
fn whole(float: f64) -> Option<i64> {
    const END: f64 = 9_007_199_254_740_992.0;
    (float.fract() == 0.0 && float.abs() < END).then_some(float as i64)
}
