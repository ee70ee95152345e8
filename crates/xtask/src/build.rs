//! The package build: WASM and addon from Rust, then JavaScript and types around them.
//!
//! Everything lands where Node finds it without an install step: the generated glue in
//! `npm/keyrail/src/generated/`, the rest in `npm/keyrail/dist/` and beside the package's manifest.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use wasm_bindgen_cli_support::{Bindgen, EncodeInto};

use crate::remap;
use crate::shell::{self, Outcome};

const WASM_TARGET: &str = "wasm32-unknown-unknown";
const PACKAGE: &str = "npm/keyrail";
const SCRIPTS: &str = "npm/keyrail/src/testing/authority/generated/scripts.ts";
/// SHA-256 as a loop: unrolled it is 7 KB more, and in WebAssembly no faster.
const WASM_FLAGS: [&str; 1] = ["--cfg=sha2_backend_soft=\"compact\""];

/// One WASM module that the package ships.
struct Module {
    /// The name of its files.
    name: &'static str,
    /// Arguments of `cargo build` beside the common ones.
    features: &'static [&'static str],
}

const MODULES: [Module; 2] =
    [Module { name: "keyrail", features: &[] }, Module { name: "keyrail-keys", features: &["--no-default-features"] }];

/// Builds `npm/keyrail` completely. The npm packages and the WASM target must be installed.
pub fn build(root: &Path) -> Outcome {
    for module in &MODULES {
        wasm(root, module)?;
    }
    addon(root)?;
    scripts(root)?;
    shell::announce("building the JavaScript and the types");
    shell::run(Command::new("node").arg("build.mjs").current_dir(root.join(PACKAGE)))
}

/// The scripts of `keyrail/testing`, as the oracle answers them.
fn scripts(root: &Path) -> Outcome {
    let mut cargo = Command::new("cargo");
    cargo.args(["run", "--quiet", "--locked", "--package", "keyrail-sim", "--", "scripts", "--into", SCRIPTS]);
    shell::output(cargo.current_dir(root)).map(drop)
}

fn wasm(root: &Path, module: &Module) -> Outcome {
    shell::announce(&format!("building {}.wasm", module.name));
    // A target folder of its own for each, so that their builds do not overwrite one another.
    let target = root.join("target").join(module.name);
    let mut cargo = Command::new("cargo");
    cargo
        .args(["build", "--quiet", "--profile", "release-wasm", "--target", WASM_TARGET])
        .args(["--package", "keyrail-wasm", "--lib"])
        .args(module.features)
        .env("CARGO_TARGET_DIR", &target)
        .current_dir(root);
    remap::apply(&mut cargo, root, &WASM_FLAGS);
    shell::run(&mut cargo)?;
    let compiled = target.join(WASM_TARGET).join("release-wasm/keyrail_wasm.wasm");
    let generated = root.join(PACKAGE).join("src/generated");
    let optimised = generated.join(format!("{}.wasm", module.name));
    if is_newer(&optimised, &compiled) && is_newer(&optimised, &this_program()?) {
        return Ok(());
    }
    bind(module, &compiled, &generated)?;
    optimise(root, &generated, module.name)
}

/// Writes `<name>.js`, `<name>.d.ts` and `<name>_bg.wasm`.
fn bind(module: &Module, compiled: &Path, generated: &Path) -> Outcome {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(compiled)
        .out_name(module.name)
        .web(true)
        .map_err(|error| format!("cannot bind {}: {error:#}", module.name))?
        .typescript(true)
        // The package hands the bytes in; a default path would be one more thing for bundlers to trip over.
        .omit_default_module_path(true)
        .encode_into(EncodeInto::Always)
        // After a trap the instance is dropped and a new one takes its place.
        .reset_state_function(true)
        .remove_producers_section(true)
        .generate(generated)
        .map_err(|error| format!("cannot bind {}: {error:#}", module.name))
}

fn optimise(root: &Path, generated: &Path, name: &str) -> Outcome {
    let bound = generated.join(format!("{name}_bg.wasm"));
    let optimiser = root.join(PACKAGE).join("node_modules/binaryen/bin/wasm-opt");
    let mut wasm_opt = Command::new("node");
    // For speed first, then for size: that order makes the smaller module, too.
    wasm_opt.arg(optimiser).args(["-O3", "-Oz"]).arg(&bound).arg("-o").arg(generated.join(format!("{name}.wasm")));
    shell::run(&mut wasm_opt)?;
    std::fs::remove_file(&bound).map_err(|error| shell::file_error("remove", &bound, &error))?;
    let types = generated.join(format!("{name}_bg.wasm.d.ts"));
    std::fs::rename(&types, generated.join(format!("{name}.exports.d.ts")))
        .map_err(|error| shell::file_error("rename", &types, &error))
}

fn addon(root: &Path) -> Outcome {
    let platform = platform()?;
    shell::announce(&format!("building the addon for {platform}"));
    let target = root.join("target/keyrail-node");
    let mut cargo = Command::new("cargo");
    cargo
        .args(["build", "--quiet", "--release", "--package", "keyrail-node", "--lib"])
        .env("CARGO_TARGET_DIR", &target)
        .current_dir(root);
    remap::apply(&mut cargo, root, &[]);
    shell::run(&mut cargo)?;
    let library = target.join("release").join(library_name());
    let file = format!("keyrail.{platform}.node");
    replace(&library, &root.join(PACKAGE).join(&file))?;
    // The package of the platform exists only where we publish one.
    let package = root.join(format!("npm/keyrail-{platform}"));
    if package.is_dir() { replace(&library, &package.join(&file)) } else { Ok(()) }
}

/// Puts a copy in place by renaming: a process that has the old file mapped keeps it.
fn replace(from: &Path, to: &Path) -> Outcome {
    if is_newer(to, from) {
        return Ok(());
    }
    let fresh = to.with_extension("node.new");
    std::fs::copy(from, &fresh).map_err(|error| shell::file_error("copy", from, &error))?;
    std::fs::rename(&fresh, to).map_err(|error| shell::file_error("replace", to, &error))
}

/// This machine in the words of the napi conventions.
fn platform() -> Outcome<&'static str> {
    match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => Ok("linux-x64-gnu"),
        ("linux", "aarch64") => Ok("linux-arm64-gnu"),
        ("macos", "x86_64") => Ok("darwin-x64"),
        ("macos", "aarch64") => Ok("darwin-arm64"),
        ("windows", "x86_64") => Ok("win32-x64-msvc"),
        (system, processor) => {
            Err(format!("no addon is named for {system} on {processor}; add it to platform() in build.rs"))
        }
    }
}

fn library_name() -> String {
    format!("{}keyrail_node{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX)
}

fn this_program() -> Outcome<PathBuf> {
    std::env::current_exe().map_err(|error| format!("cannot find this program: {error}"))
}

fn is_newer(result: &Path, source: &Path) -> bool {
    match (modified(result), modified(source)) {
        (Some(result), Some(source)) => result >= source,
        _ => false,
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok()
}
