//! How much a browser may have to fetch.

use anyhow::{Result, ensure};

use crate::{Manifest, files::Site};

const KIB: u64 = 1024;
/// The main part, which every page needs, as brotli.
const MAIN: u64 = 170 * KIB;
/// The main part and all that the pages of one area need besides.
const WITH_AREA: u64 = 300 * KIB;

/// Prints what the files weigh, and refuses a site that is too heavy.
pub fn check(site: &Site, manifest: &Manifest) -> Result<()> {
    for address in [&manifest.js, &manifest.css] {
        let (raw, sent) = site.size(address)?;
        println!("{address}: {raw} bytes, {sent} as brotli");
    }
    let (raw, main) = site.size(&manifest.wasm)?;
    println!("main part: {raw} bytes, {main} as brotli");
    ensure!(main <= MAIN, "the main part is {main} bytes as brotli; the budget is {MAIN}");
    let mut parts: Vec<&String> = manifest.areas.values().flatten().collect();
    for (area, parts) in &manifest.areas {
        let sizes = parts.iter().map(|part| Ok(site.size(part)?.1)).collect::<Result<Vec<_>>>()?;
        let sent = main + sizes.iter().sum::<u64>();
        println!("main part and {area}: {sent} as brotli, in {} files", parts.len() + 1);
        ensure!(sent <= WITH_AREA, "with {area} it is {sent} bytes as brotli; the budget is {WITH_AREA}");
    }
    parts.sort();
    parts.dedup();
    let others = parts.iter().map(|part| Ok(site.size(part)?.1)).collect::<Result<Vec<_>>>()?;
    println!("all {} parts: {} as brotli", parts.len() + 1, main + others.iter().sum::<u64>());
    Ok(())
}
