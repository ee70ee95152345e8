//! `cargo xtask size`: what a user downloads, raw and compressed.

use std::path::Path;
use std::process::Command;

use crate::shell::{self, Outcome};

/// Node is needed to build at all, so it compresses too: no other tool, the same bytes everywhere.
const MEASURE: &str = r"
const { readFileSync, readdirSync } = require('node:fs');
const { gzipSync } = require('node:zlib');
const folder = 'npm/keyrail/dist';
const files = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.wasm')).sort();
if (files.length === 0) throw new Error('no .wasm file under ' + folder);
for (const name of files) {
  const bytes = readFileSync(folder + '/' + name);
  console.log(name + '\t' + bytes.length + '\t' + gzipSync(bytes, { level: 9 }).length);
}";

/// Prints the size of every WASM module of the built package.
pub fn print(root: &Path) -> Outcome {
    let listing = shell::output(Command::new("node").args(["-e", MEASURE]).current_dir(root))?;
    println!("{:<32} {:>10} {:>10}", "module", "raw", "gzip");
    for line in listing.lines() {
        let mut cells = line.split('\t');
        let mut cell = || cells.next().unwrap_or_default();
        println!("{:<32} {:>8} B {:>8} B", cell(), cell(), cell());
    }
    Ok(())
}
