//! Splits the compiled front end by area, and links its main part with the browser.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Result, anyhow, ensure};
use wasm_bindgen_cli_support::Bindgen;
use wasm_split_cli_support::{Options, transform};

/// The module that fetches parts, by the name under which the main part imports it.
const LOADER: &str = "__wasm_split.js";

/// A file of WASM.
pub struct Part {
    /// `split_…` for what is an area's own, `chunk_…` for what several share.
    pub name: String,
    /// As it was linked.
    pub linked: PathBuf,
    /// The path of the small one.
    pub shrunk: PathBuf,
}

/// The front end in parts.
pub struct Parts {
    pub main: Part,
    pub others: Vec<Part>,
    /// The names of the parts that an area needs, by its name.
    pub areas: BTreeMap<String, Vec<String>>,
    /// The module that the page imports.
    pub js: PathBuf,
    /// The module that fetches parts, beside it.
    pub loader: PathBuf,
}

/// Splits and links `compiled` in the folder `work`.
pub fn link(compiled: &Path, work: &Path) -> Result<Parts> {
    let folder = work.join("split");
    let main = folder.join("gatepass.wasm");
    let compiled = fs::read(compiled)?;
    let mut options = Options::new(&compiled);
    options.output_dir = &folder;
    options.main_out_path = &main;
    options.main_module = "./gatepass.js";
    let split = transform(options).map_err(|error| anyhow!("{error:#}"))?;

    // The names must stay: parts find each other by what the linker exports, and lazy hydration is found by name.
    Bindgen::new()
        .web(true)?
        .typescript(false)
        .keep_lld_exports(true)
        .demangle(false)
        .input_path(&main)
        .out_name("gatepass")
        .generate(work)?;
    let loader = work.join(LOADER);
    fs::rename(folder.join(LOADER), &loader)?;

    let mut others: Vec<Part> = split.split_modules.into_iter().map(|linked| part(linked, work)).collect();
    others.sort_by(|one, other| one.name.cmp(&other.name));
    let areas: BTreeMap<_, _> = split.prefetch_map.into_iter().collect();
    ensure!(!areas.is_empty(), "the front end has no areas");
    Ok(Parts {
        main: part(work.join("gatepass_bg.wasm"), work),
        others,
        areas,
        js: work.join("gatepass.js"),
        loader,
    })
}

fn part(linked: PathBuf, work: &Path) -> Part {
    let name = linked.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Part { shrunk: work.join(format!("{name}.small.wasm")), name, linked }
}

/// Has the loader fetch parts from their addresses, `placed` by their names, which lie beside its own.
pub fn rename(loader: &Path, placed: &BTreeMap<&str, String>) -> Result<()> {
    let mut text = fs::read_to_string(loader)?;
    for (name, address) in placed {
        let before = format!("\"./{name}.wasm\"");
        ensure!(text.matches(&before).count() == 1, "{name} should stand once in the loader of the parts");
        text = text.replace(&before, &format!("{:?}", address.replacen("/pkg/", "./", 1)));
    }
    Ok(fs::write(loader, text)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loader_asks_for_parts_by_the_addresses_that_they_got() {
        let folder = std::env::temp_dir().join(format!("gatepass-loader-{}", std::process::id()));
        fs::write(&folder, "fetch(new URL(\"./chunk_1.wasm\", import.meta.url))").unwrap();
        let placed = BTreeMap::from([("chunk_1", "/pkg/chunk_1.0a.wasm".to_owned())]);
        rename(&folder, &placed).unwrap();
        let text = fs::read_to_string(&folder).unwrap();
        assert_eq!(text, "fetch(new URL(\"./chunk_1.0a.wasm\", import.meta.url))");
        // A part that the loader does not know would never come.
        assert!(rename(&folder, &placed).is_err());
        fs::remove_file(&folder).unwrap();
    }
}
