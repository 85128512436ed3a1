//! What may not stand in our files.
//!
//! The forbidden words are put together here, so that this file does not hold them itself.

use std::fs;
use std::path::Path;

use crate::paths;

const LINES_MAX: usize = 500;

/// Directories that are not ours, or not written by hand.
const SKIPPED: [&str; 6] =
    [".git", "data", "node_modules", "target", "test-results", "__pycache__"];

/// Words that no Rust file holds, unless `xtask/allowed.txt` says so.
const FORBIDDEN: [&str; 5] = [
    concat!("#[", "ignore"),
    concat!("should", "_panic"),
    concat!("to", "do!("),
    concat!("thread", "::sleep"),
    concat!("time", "::sleep"),
];

/// Words of SQL, which belong to one crate.
const SQL: [&str; 2] = [concat!("sqlx", "::query"), concat!("Query", "Builder")];

#[test]
fn a_module_is_a_file_of_its_own_name() {
    for path in files(&["rs"]) {
        assert!(!path.ends_with("/mod.rs"), "`{path}` should be named after its module");
    }
}

#[test]
fn files_can_be_read_in_one_sitting() {
    for path in files(&["rs"]) {
        let lines = read(&path).lines().count();
        assert!(lines <= LINES_MAX, "`{path}` has {lines} lines");
    }
}

#[test]
fn tests_neither_sleep_nor_rest() {
    let found = find(&FORBIDDEN);
    let allowed = allowed();
    for hit in &found {
        assert!(allowed.contains(hit), "`{}` in `{}`; see xtask/allowed.txt", hit.1, hit.0);
    }
    for exception in allowed {
        assert!(found.contains(&exception), "nobody needs {exception:?} in xtask/allowed.txt");
    }
}

#[test]
fn only_storage_writes_sql() {
    for (path, word) in find(&SQL) {
        let is_judge = path.starts_with("server/app/tests/");
        assert!(path.starts_with("server/storage/") || is_judge, "`{word}` in `{path}`");
    }
}

#[test]
fn nobody_can_be_written_to() {
    for path in files(&["md"]) {
        let text = read(&path);
        assert!(addresses(&text).is_empty(), "{:?} in `{path}`", addresses(&text));
    }
}

#[test]
fn addresses_are_recognized() {
    let of = |text| addresses(text).join(" ");
    assert_eq!(
        of(concat!("ask some.one", "@company.net, please")),
        concat!("some.one", "@company.net")
    );
    assert_eq!(of("alice@example.com and bob@mail.example.org"), "");
    assert_eq!(of("postgres://postgres@localhost/ and @playwright/test 1.2@3"), "");
}

/// Every (path, word) where a word stands in a Rust file.
fn find(words: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for path in files(&["rs"]) {
        let text = read(&path);
        for word in words.iter().filter(|word| text.contains(**word)) {
            found.push((path.clone(), (*word).to_owned()));
        }
    }
    found
}

/// The lines of `xtask/allowed.txt`: a path and a word.
fn allowed() -> Vec<(String, String)> {
    let text = read("xtask/allowed.txt");
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with("# "));
    let pairs = lines.map(|line| line.split_once(' ').unwrap());
    pairs.map(|(path, word)| (path.to_owned(), word.trim().to_owned())).collect()
}

/// E-mail addresses outside the domains that exist to be written about.
fn addresses(text: &str) -> Vec<&str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "@._%+-".contains(c);
    text.split(|c| !is_part(c))
        .map(|word| word.trim_end_matches('.'))
        .filter(|word| {
            let Some((name, domain)) = word.split_once('@') else { return false };
            let top = domain.rsplit_once('.').map_or("", |(_, top)| top);
            let is_reserved = ["example.com", "example.org"]
                .iter()
                .any(|known| domain == *known || domain.ends_with(&format!(".{known}")));
            let is_domain = top.len() >= 2 && top.bytes().all(|byte| byte.is_ascii_alphabetic());
            !name.is_empty() && is_domain && !is_reserved
        })
        .collect()
}

/// Paths of our files with one of these extensions, relative to the root.
fn files(extensions: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    walk(paths::root(), extensions, &mut found);
    assert!(!found.is_empty(), "there are no {extensions:?} files at all");
    found
}

fn walk(directory: &Path, extensions: &[&str], found: &mut Vec<String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !SKIPPED.iter().any(|skipped| path.ends_with(skipped)) {
            walk(&path, extensions, found);
        } else if path.extension().is_some_and(|kind| extensions.iter().any(|known| kind == *known))
        {
            let relative = path.strip_prefix(paths::root()).unwrap();
            found.push(relative.to_str().unwrap().to_owned());
        }
    }
}

fn read(path: &str) -> String {
    fs::read_to_string(paths::root().join(path)).unwrap()
}
