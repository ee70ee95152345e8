//! What somebody else wrote into a row.

use crate::{Book, Event, Fact, NodeId};

const CENT: i64 = 1_000_000;
/// What a column of whole cents shows at most.
const SHOWN_CENTS_MAX: i64 = i32::MAX as i64;

impl Book {
    /// The event of taking in what the columns say: more than was shown is somebody else's spending
    /// and counts on every ancestor, less is set on this node alone, to the cent. An end that was
    /// past and was moved later is the next window begun elsewhere: what is used was used in that.
    pub(crate) fn adjust(&self, at_ms: i64, node: NodeId, used_cents: i64, reset_at_ms: Option<i64>) -> Option<Event> {
        let before = self.stored_terms(node)?;
        let began_window = before.is_over(at_ms) && reset_at_ms > before.reset_at_ms;
        let window = before.window + u64::from(began_window);
        let spent = self.spent(node, window);
        let more_cents = used_cents - spent.div_euclid(CENT).min(SHOWN_CENTS_MAX);
        let change = if more_cents < 0 { used_cents * CENT - spent } else { more_cents * CENT };
        let mut wrote = vec![node];
        let mut counts_in = vec![(node, window)];
        if more_cents > 0 {
            wrote = self.chain(node);
            let above = wrote.iter().filter(|above| **above != node);
            counts_in.extend(above.filter_map(|above| Some((*above, self.terms(*above, at_ms)?.window))));
        }
        let fact = Fact::Adjusted { node, change, began_window, reset_at_ms };
        Some(Event { at_ms, wrote, counts_in, fact, origin: None })
    }
}
