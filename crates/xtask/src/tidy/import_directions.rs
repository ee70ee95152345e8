//! Which part of the npm package may import which: adapters → façade → loop → engine and store.

use super::imports::{self, Import};
use super::{Finding, SourceFile};

const SOURCE: &str = "npm/keyrail/src/";

/// A part of the package: a folder, or a file at the top without its extension.
struct Layer {
    name: &'static str,
    /// Parts it may import as values or types.
    may_use: &'static [&'static str],
    /// Parts of which it may import types alone.
    may_name: &'static [&'static str],
    /// Whether it may import Node's own modules as values.
    node_modules: bool,
}

const fn layer(name: &'static str, may_use: &'static [&'static str], may_name: &'static [&'static str]) -> Layer {
    Layer { name, may_use, may_name, node_modules: false }
}

/// From the bottom up. An adapter is a row that uses nothing but the guard and what the façade exports.
const LAYERS: &[Layer] = &[
    layer("errors", &[], &[]),
    layer("generated", &[], &[]),
    Layer { name: "engine", may_use: &["errors", "generated"], may_name: &[], node_modules: true },
    layer("flat", &["errors", "engine"], &[]),
    layer("algebra", &["errors", "engine", "flat"], &[]),
    layer("keys", &["errors", "engine", "flat"], &[]),
    layer("duration", &["errors", "engine", "flat"], &[]),
    layer("store", &["errors"], &[]),
    layer("stores", &["errors", "engine", "store"], &[]),
    layer("loop", &["errors", "store"], &["engine"]),
    layer("agent-key", &["errors", "engine", "algebra", "keys", "duration", "store", "stores", "loop"], &[]),
    layer("guard", &["errors", "agent-key"], &[]),
    layer("node-http", &["guard"], &[]),
    layer("express", &["errors", "duration", "guard", "agent-key", "node-http"], &[]),
    // Its index is Express middleware; its doors are every adapter's.
    layer("clerk", &["errors", "duration", "keys", "guard", "agent-key", "express"], &[]),
    layer("fastify", &["errors", "guard", "agent-key", "clerk", "node-http"], &[]),
    layer("fetch", &["errors", "guard", "agent-key", "clerk"], &[]),
    layer("hono", &["errors", "guard", "agent-key", "clerk"], &[]),
    layer("next", &["errors", "guard", "agent-key", "clerk"], &[]),
    layer("testing", &["errors", "store"], &["agent-key"]),
    layer("index", &["errors", "engine", "algebra", "keys", "duration", "store", "stores", "agent-key"], &[]),
];

/// Finds every import that points the wrong way.
pub fn check(files: &[SourceFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files {
        let Some(inside) = file.path.strip_prefix(SOURCE) else { continue };
        if !file.has_extension(&["ts", "mts", "cts", "js", "mjs"]) {
            continue;
        }
        let mut fault = |line, message| findings.push(Finding { place: file.path.clone(), line, message });
        let Some(layer) = LAYERS.iter().find(|layer| layer.name == part_of(inside)) else {
            let table = "LAYERS in crates/xtask/src/tidy/import_directions.rs";
            fault(0, format!("`{}` is a new part: add it to {table}", part_of(inside)));
            continue;
        };
        for import in imports::of(&file.text) {
            if let Some(message) = refusal(layer, inside, &import) {
                fault(import.line, message);
            }
        }
    }
    findings
}

/// Why a part may not import this, or `None` when it may.
fn refusal(layer: &Layer, inside: &str, import: &Import) -> Option<String> {
    let specifier = import.specifier.as_str();
    if specifier.starts_with('.') {
        let Some(target) = resolve(inside, specifier) else {
            return Some(format!("`{specifier}` leaves the package"));
        };
        let part = part_of(&target);
        let as_type = import.type_only && layer.may_name.contains(&part);
        return (part != layer.name && !layer.may_use.contains(&part) && !as_type).then(|| {
            if layer.may_name.contains(&part) {
                format!("`{}` may import only types of `{part}`: write `import type`", layer.name)
            } else {
                format!("`{}` may not import `{part}`", layer.name)
            }
        });
    }
    if specifier.starts_with('#') {
        // The package's own `imports` map holds its engines, and what of Clerk is for servers alone.
        let owner = if specifier == "#clerk-server" { "clerk" } else { "engine" };
        let allowed = layer.name == owner || layer.may_use.contains(&owner);
        let as_type = import.type_only && layer.may_name.contains(&owner);
        return (!allowed && !as_type).then(|| format!("`{}` may not import `{specifier}`", layer.name));
    }
    // A framework or driver belongs to the user; its types vanish, its code would not.
    let allowed = import.type_only || (layer.node_modules && specifier.starts_with("node:"));
    (!allowed).then(|| format!("`{specifier}` comes from outside the package: write `import type`"))
}

/// The part that a path inside the sources belongs to.
fn part_of(inside: &str) -> &str {
    match inside.split_once('/') {
        Some((folder, _)) => folder,
        None => inside.split_once('.').map_or(inside, |(stem, _)| stem),
    }
}

/// The path inside the sources that a relative specifier of a file means.
fn resolve(inside: &str, specifier: &str) -> Option<String> {
    let mut segments: Vec<&str> = inside.split('/').collect();
    segments.pop();
    for segment in specifier.split('/') {
        match segment {
            "." => {}
            ".." => {
                segments.pop()?;
            }
            name => segments.push(name),
        }
    }
    Some(segments.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::file;

    fn check_one(path: &str, import: &str) -> Vec<String> {
        let findings = check(&[file(&format!("{SOURCE}{path}"), &format!("{import}\n"))]);
        findings.into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn every_wrong_direction_is_found() {
        let bad = [
            ("stores/memory.ts", "import { run } from \"../loop/run.js\";"),
            ("stores/memory.ts", "import type { AgentKey } from \"../agent-key/index.js\";"),
            ("store/contract.ts", "import { memory } from \"../stores/memory.js\";"),
            ("loop/run.ts", "import { engine } from \"../engine/index.js\";"),
            ("loop/run.ts", "import { memory } from \"../stores/memory.js\";"),
            ("loop/run.ts", "import { engine } from \"#engine\";"),
            ("clerk/index.ts", "import { engine } from \"#engine\";"),
            ("agent-key/index.ts", "import { createM2M } from \"#clerk-server\";"),
            ("agent-key/index.ts", "export * from \"../express/index.js\";"),
            ("guard/bearer.ts", "import { run } from \"../loop/run.js\";"),
            ("express/index.ts", "import express from \"express\";"),
            ("fetch/index.ts", "import { agentKeyMiddleware } from \"../express/index.js\";"),
            ("hono/index.ts", "import { Hono } from \"hono\";"),
            ("next/index.ts", "import { NextResponse } from \"next/server\";"),
            ("fastify/index.ts", "import fastify from \"fastify\";"),
            ("guard/admit.ts", "import { isOver } from \"../node-http/index.js\";"),
            ("express/index.ts", "import { memory } from \"../stores/memory.js\";"),
            ("index.ts", "import { guard } from \"./guard/index.js\";"),
            ("algebra/caps.ts", "import { readFileSync } from \"node:fs\";"),
            ("algebra/caps.ts", "const fs = await import(\"node:fs\");"),
            ("errors.ts", "import { x } from \"../../other/index.js\";"),
            ("novel/index.ts", ""),
        ];
        for (path, import) in bad {
            assert_eq!(check_one(path, import).len(), 1, "{path}: {import}");
        }
    }

    #[test]
    fn the_right_direction_passes() {
        let fine = [
            ("stores/memory.ts", "import { type Store } from \"../store/contract.js\";"),
            ("loop/run.ts", "import type { Engine } from \"../engine/types.js\";"),
            ("loop/run.ts", "import { next } from \"./queue.js\";"),
            ("engine/node.ts", "import { createRequire } from \"node:module\";"),
            ("keys/index.ts", "import { load } from \"#keys-engine\";"),
            ("clerk/index.ts", "export { createM2M } from \"#clerk-server\";"),
            ("loop/run.ts", "import type { Engine } from \"#engine\";"),
            ("express/index.ts", "import type { Request } from \"express\";"),
            ("hono/index.ts", "import type { Context } from \"hono\";"),
            ("express/index.ts", "import { guard } from \"../guard/index.js\";"),
            ("index.ts", "export { memory } from \"./stores/memory.js\";"),
        ];
        for (path, import) in fine {
            assert_eq!(check_one(path, import), Vec::<String>::new(), "{path}: {import}");
        }
    }
}
