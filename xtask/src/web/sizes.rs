//! How large the bundle is, and how large it may be.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::inputs::files_below;

/// What a first load may cost over the wire, script, module and style together.
const BROTLI_BYTES_MAX: u64 = 250_000;

struct Size {
    name: String,
    raw: u64,
    gzip: Option<u64>,
    brotli: Option<u64>,
}

/// Prints one line per file that a first load fetches, and their sum.
pub(super) fn print(site: &Path) -> Result<()> {
    let sizes = sizes(site)?;
    println!("{:<48} {:>10} {:>10} {:>10}", "bytes", "raw", "gzip", "brotli");
    for Size { name, raw, gzip, brotli } in &sizes {
        println!("{name:<48} {raw:>10} {:>10} {:>10}", or_dash(*gzip), or_dash(*brotli));
    }
    let raw: u64 = sizes.iter().map(|size| size.raw).sum();
    let gzip = sizes.iter().map(|size| size.gzip).sum::<Option<u64>>();
    let brotli = sizes.iter().map(|size| size.brotli).sum::<Option<u64>>();
    println!("{:<48} {raw:>10} {:>10} {:>10}", "together", or_dash(gzip), or_dash(brotli));
    Ok(())
}

/// Fails when the bundle is over its budget or was not built for release.
pub(super) fn check(site: &Path) -> Result<()> {
    print(site)?;
    let together = sizes(site)?.iter().map(|size| size.brotli).sum::<Option<u64>>();
    let Some(together) = together else { bail!("the bundle was not built for release") };
    if together > BROTLI_BYTES_MAX {
        bail!("the bundle is {together} bytes of brotli, {BROTLI_BYTES_MAX} are allowed");
    }
    println!("within the budget of {BROTLI_BYTES_MAX} bytes of brotli");
    Ok(())
}

fn sizes(site: &Path) -> Result<Vec<Size>> {
    let package = site.join("pkg");
    let mut files = files_below(&package)?;
    files.retain(|file| {
        ["js", "wasm", "css"].map(|kind| Some(OsStr::new(kind))).contains(&file.extension())
    });
    files.sort();
    let bytes = |file: &Path| fs::metadata(file).map(|metadata| metadata.len());
    let mut sizes = Vec::new();
    for file in files {
        let name = file.strip_prefix(&package).unwrap_or(&file).display().to_string();
        let raw = bytes(&file).with_context(|| format!("could not measure `{name}`"))?;
        let gzip = bytes(&package.join(format!("{name}.gz"))).ok();
        let brotli = bytes(&package.join(format!("{name}.br"))).ok();
        sizes.push(Size { name, raw, gzip, brotli });
    }
    if sizes.is_empty() {
        bail!("there is no bundle in `{}`", site.display());
    }
    Ok(sizes)
}

fn or_dash(bytes: Option<u64>) -> String {
    bytes.map_or_else(|| "-".to_owned(), |bytes| bytes.to_string())
}
