//! Makes `target/site` out of the compiled front end, `style/` and `public/`: split by area, small, content-hashed and
//! compressed. The server reads from `target/site/manifest.json` what it serves. Called by the Makefile, in the folder of
//! the workspace.

mod budget;
mod files;
mod lazy_hydration;
mod link;
mod npm;

use std::{collections::BTreeMap, fs, path::Path, thread};

use anyhow::{Context, Result, anyhow};
use serde::Serialize;

use files::Site;

const COMPILED: &str = "target/wasm32-unknown-unknown/wasm-release/gatepass.wasm";
const WORK: &str = "target/site-work";
const SITE: &str = "target/site";

/// The addresses of files, as the server reads them.
#[derive(Serialize)]
struct Manifest {
    /// The loader.
    js: String,
    /// The main part of the application.
    wasm: String,
    css: String,
    /// The further parts that the pages of an area need, by its name.
    areas: BTreeMap<String, Vec<String>>,
}

fn main() -> Result<()> {
    let work = Path::new(WORK);
    let _ = fs::remove_dir_all(work);
    fs::create_dir_all(work)?;
    let site = Site::create(work.join("out"))?;

    let parts = link::link(Path::new(COMPILED), work)?;
    shrink(&parts)?;
    let mut placed = BTreeMap::new();
    for part in &parts.others {
        placed.insert(part.name.as_str(), site.place(&part.name, &part.shrunk)?);
    }
    let wasm = site.place("gatepass", &parts.main.shrunk)?;
    link::rename(&parts.loader, &placed)?;
    npm::bundle(&parts.js, &work.join("bundle.js"), &["--format=esm"])?;
    npm::bundle(Path::new("style/main.css"), &work.join("bundle.css"), &[])?;

    let address = |part: &String| {
        placed.get(part.as_str()).cloned().with_context(|| format!("there is no part {part}"))
    };
    let mut areas = BTreeMap::new();
    for (area, parts) in &parts.areas {
        areas.insert(area.clone(), parts.iter().map(address).collect::<Result<Vec<_>>>()?);
    }
    let manifest = Manifest {
        js: site.place("gatepass", &work.join("bundle.js"))?,
        wasm,
        css: site.place("gatepass", &work.join("bundle.css"))?,
        areas,
    };
    site.copy(Path::new("public"))?;
    site.compress()?;
    budget::check(&site, &manifest)?;

    // The site changes as a whole; the manifest comes last, so that an interrupted build is done again.
    let _ = fs::remove_dir_all(SITE);
    site.move_to(Path::new(SITE))?;
    fs::remove_dir_all(work)?;
    fs::write(Path::new(SITE).join("manifest.json"), serde_json::to_vec(&manifest)?)?;
    Ok(())
}

/// Takes lazy hydration out of all parts, and makes each as small as it gets.
fn shrink(parts: &link::Parts) -> Result<()> {
    println!("Shrinking the WASM");
    let emptied = thread::scope(|scope| {
        let all = parts.others.iter().chain([&parts.main]);
        let threads: Vec<_> = all
            .map(|part| {
                scope.spawn(|| -> Result<usize> {
                    let (wasm, emptied) = lazy_hydration::without(&fs::read(&part.linked)?)?;
                    fs::write(&part.linked, wasm)?;
                    npm::shrink(&part.linked, &part.shrunk)?;
                    Ok(emptied)
                })
            })
            .collect();
        let counts =
            threads.into_iter().map(|thread| thread.join().map_err(|_| anyhow!("a thread panicked"))?);
        counts.sum::<Result<usize>>()
    })?;
    anyhow::ensure!(
        emptied > 0,
        "no lazy hydration in the WASM: look whether its functions have other names now"
    );
    Ok(())
}
