//! From a compiled module to the files that a browser loads.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use wasm_bindgen_cli_support::Bindgen;

use super::inputs::files_below;
use crate::paths;

/// How the names of the bundle's files begin; the document of `orgtrail-web` says the same.
const OUTPUT_NAME: &str = "console";

/// Hexadecimal digits of the content hash in a file name.
const HASH_DIGITS: usize = 16;

/// Writes the bundle made from `wasm` into the empty directory `site`.
///
/// For release it is small and compressed; otherwise functions keep their names for profilers.
pub(super) fn write(wasm: &Path, site: &Path, is_release: bool) -> Result<()> {
    copy_tree(&paths::root().join("web/public"), site)?;
    let package = site.join("pkg");
    fs::create_dir_all(&package).context("could not create the package directory")?;
    bind(wasm, &package, is_release)?;
    copy_style(&package)?;
    let mut hashes = String::new();
    for (kind, made) in [("js", "js"), ("wasm", "_bg.wasm"), ("css", "css")] {
        let separator = if made.starts_with('_') { "" } else { "." };
        let from = package.join(format!("{OUTPUT_NAME}{separator}{made}"));
        let hash = content_hash(&from)?;
        let to = package.join(format!("{OUTPUT_NAME}.{hash}.{kind}"));
        fs::rename(&from, &to).with_context(|| format!("could not name `{}`", to.display()))?;
        hashes.extend([kind, ": ", &hash, "\n"]);
    }
    fs::write(site.join("hash.txt"), hashes).context("could not write the list of hashes")?;
    if is_release {
        for file in files_below(site)?.iter().filter(|file| is_compressible(file)) {
            compress(file)?;
        }
    }
    Ok(())
}

fn bind(wasm: &Path, package: &Path, is_release: bool) -> Result<()> {
    Bindgen::new()
        .input_path(wasm)
        // More than half of the module, and only read when something crashes.
        .remove_name_section(is_release)
        .remove_producers_section(is_release)
        .out_name(OUTPUT_NAME)
        .web(true)
        .and_then(|bindgen| bindgen.typescript(false).generate(package))
        .with_context(|| format!("could not bind `{}`", wasm.display()))
}

fn copy_style(package: &Path) -> Result<()> {
    let style = paths::root().join("web/style/console.css");
    fs::copy(&style, package.join(format!("{OUTPUT_NAME}.css")))
        .with_context(|| format!("could not copy `{}`", style.display()))?;
    Ok(())
}

fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    for file in files_below(from)? {
        let target = to.join(file.strip_prefix(from).context("could not name a public file")?);
        if let Some(directory) = target.parent() {
            fs::create_dir_all(directory)
                .with_context(|| format!("could not create `{}`", directory.display()))?;
        }
        fs::copy(&file, &target).with_context(|| format!("could not copy `{}`", file.display()))?;
    }
    Ok(())
}

fn content_hash(file: &Path) -> Result<String> {
    let bytes = fs::read(file).with_context(|| format!("could not read `{}`", file.display()))?;
    let mut digits = hex::encode(Sha256::digest(&bytes));
    digits.truncate(HASH_DIGITS);
    Ok(digits)
}

fn is_compressible(file: &Path) -> bool {
    file.extension().is_some_and(|kind| {
        ["css", "js", "json", "svg", "txt", "wasm"].iter().any(|known| kind == *known)
    }) && file.file_name().is_none_or(|name| name != "hash.txt")
}

/// Writes `file.br` and `file.gz` beside `file`, as small as they get.
fn compress(file: &Path) -> Result<()> {
    let context = || format!("could not compress `{}`", file.display());
    let bytes = fs::read(file).with_context(context)?;
    let mut brotli = Vec::new();
    let best = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 24, ..Default::default() };
    brotli::BrotliCompress(&mut bytes.as_slice(), &mut brotli, &best).with_context(context)?;
    fs::write(with_suffix(file, "br"), brotli).with_context(context)?;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(&bytes).with_context(context)?;
    fs::write(with_suffix(file, "gz"), gzip.finish().with_context(context)?).with_context(context)
}

fn with_suffix(file: &Path, suffix: &str) -> std::path::PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(format!(".{suffix}"));
    name.into()
}
