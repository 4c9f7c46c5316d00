//! Programs of `end2end/package.json` that make files smaller.

use std::{path::Path, process::Command};

use anyhow::{Context, Result, ensure};

const BIN: &str = "end2end/node_modules/.bin";

/// Makes a WASM as small as it gets as sent.
pub fn shrink(wasm: &Path, to: &Path) -> Result<()> {
    let flags = [
        // The second time finds what the first made possible.
        "--flatten",
        "--rereloop",
        "-Oz",
        "-Oz",
        "--enable-bulk-memory",
        "--enable-nontrapping-float-to-int",
        "--enable-sign-ext",
        "--enable-mutable-globals",
        "--enable-reference-types",
        "--enable-multivalue",
        // Larger raw, a tenth smaller as sent: what is inlined once compresses better where it stood.
        "--one-caller-inline-max-function-size=10",
        // Functions that are alike stand together then.
        "--reorder-functions-by-name",
    ];
    run(Command::new(Path::new(BIN).join("wasm-opt")).args(flags).arg(wasm).arg("-o").arg(to))
}

/// Makes one small file of a module or style sheet and all that it imports.
pub fn bundle(input: &Path, output: &Path, flags: &[&str]) -> Result<()> {
    let mut esbuild = Command::new(Path::new(BIN).join("esbuild"));
    // The page gives the loader the address of the WASM, so the default beside `import.meta.url` is never used. What
    // wasm-bindgen writes names the loader of the parts once for each area.
    esbuild.args([
        "--bundle",
        "--minify",
        "--log-level=warning",
        "--log-override:duplicate-object-key=silent",
    ]);
    run(esbuild.arg(input).arg(format!("--outfile={}", output.display())).args(flags))
}

fn run(program: &mut Command) -> Result<()> {
    let status = program.status().with_context(|| format!("{program:?}"))?;
    ensure!(status.success(), "{program:?} failed");
    Ok(())
}
