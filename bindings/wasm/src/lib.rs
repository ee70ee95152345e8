//! Keyrail's core as WebAssembly. Forwards to `keyrail-core`; no rule lives here.

mod keys;
