//! Keyrail's core as a Node-API addon. Forwards to `keyrail-core`; no rule lives here.

mod keys;
