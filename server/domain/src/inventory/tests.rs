use super::*;

const VERSIONED: &str =
    "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag";

fn manifest(format: &str, schema: &str) -> Result<Manifest, InvalidInventory> {
    let text = serde_json::json!({
        "sourceBucket": "logs", "destinationBucket": "arn:aws:s3:::inventories", "version": "2016-11-30",
        "creationTimestamp": "1772413200000", "fileFormat": format, "fileSchema": schema,
        "files": [{"key": "inventories/logs/daily/data/1.csv.gz", "size": 12, "MD5checksum": "F11166069F1990ABEB9C97ACE9CDFABC"}],
    });
    Manifest::parse(text.to_string().as_bytes())
}

fn read(schema: &str, line: &[&str]) -> Result<Option<ListedContent>, &'static str> {
    manifest("CSV", schema).unwrap().read_line(line.len(), |at| line.get(at).copied())
}

#[test]
fn a_manifest_tells_time_and_files() {
    let found = manifest("CSV", VERSIONED).unwrap();
    assert_eq!((found.source_bucket.as_str(), found.files.len()), ("logs", 1));
    assert_eq!(found.created_at, parse_time("2026-03-02T01:00:00Z").unwrap());
}

#[test]
fn what_can_not_be_compared_is_refused_with_what_to_do() {
    for format in ["ORC", "Parquet"] {
        let error = manifest(format, "").unwrap_err().to_string();
        assert!(error.contains(format) && error.contains("CSV"), "{error}");
    }
    for (schema, column) in [
        ("Bucket, Size", "Key"),
        ("Bucket, Key, LastModifiedDate", "ETag"),
        ("Bucket, Key, VersionId, Size", "IsLatest"),
    ] {
        assert_eq!(manifest("CSV", schema).unwrap_err(), InvalidInventory::Column(column));
    }
    assert!(matches!(Manifest::parse(b"{}"), Err(InvalidInventory::Manifest(_))));
    assert!(matches!(Manifest::parse(b"\xff"), Err(InvalidInventory::Manifest(_))));
}

#[test]
fn lines_are_read_by_the_schema() {
    let listed = |key: &str| ListedContent {
        key: key.to_owned(),
        etag: Some("abc".to_owned()),
        size: Some(7),
        last_modified: Some(parse_time("2026-03-02T00:00:00Z").unwrap()),
    };
    let line = |key, latest, marker| {
        ["logs", key, "v1", latest, marker, "7", "2026-03-02T00:00:00.000Z", "abc"]
    };
    for (key, expected) in
        [("a/b.json", "a/b.json"), ("a%2Fb+c%2B%C3%A9", "a/b c+é"), ("100%25", "100%")]
    {
        assert_eq!(read(VERSIONED, &line(key, "true", "false")), Ok(Some(listed(expected))));
    }
    assert_eq!(read(VERSIONED, &line("a", "false", "false")), Ok(None));
    assert_eq!(read(VERSIONED, &line("a", "true", "true")), Ok(None));
    let short = read("Key, Size", &["a", "7"]);
    let expected = ListedContent { etag: None, last_modified: None, ..listed("a") };
    assert_eq!(short, Ok(Some(expected)));
    for line in [
        &["logs", "a"][..],
        &["other", "a", "v", "true", "false", "7", "", ""],
        &["logs", "", "v", "true", "false", "7", "", ""],
        &["logs", "a", "v", "true", "false", "-7", "", ""],
        &["logs", "a", "v", "true", "false", "7", "yesterday", ""],
    ] {
        assert!(read(VERSIONED, line).is_err(), "{line:?}");
    }
}

#[test]
fn altered_bytes_are_told() {
    assert_eq!(check_md5("m", b"abc", "900150983CD24FB0D6963F7D28E17F72\n"), Ok(()));
    let error = check_md5("m", b"abd", "900150983cd24fb0d6963f7d28e17f72").unwrap_err();
    assert_eq!(error, InvalidInventory::Checksum("m".to_owned()));
}

#[test]
fn data_files_are_read_to_their_end_or_not_at_all() {
    let text = "\"logs\",\"a+1\",\"7\"\n\"logs\",\"b\",\"8\"\n";
    let gzip = |text: &str| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut encoder, text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let manifest = manifest("CSV", "Bucket, Key, Size").unwrap();
    let keys = |bytes: &[u8]| {
        let entries: Result<Vec<_>, _> = manifest.entries("1.csv.gz", bytes).collect();
        entries.map(|entries| entries.into_iter().map(|entry| entry.key).collect::<Vec<_>>())
    };
    let whole = gzip(text);
    assert_eq!(keys(&whole).unwrap(), ["a 1", "b"]);
    assert!(matches!(keys(&whole[..whole.len() - 9]), Err(InvalidInventory::File(_, _))));
    assert!(matches!(keys(b"no gzip"), Err(InvalidInventory::File(_, _))));
    let odd = keys(&gzip(&format!("{text}\"logs\",\"c\"\n")));
    assert!(matches!(odd, Err(InvalidInventory::Line { line: 3, .. })), "{odd:?}");
    assert_eq!(keys(&gzip("")).unwrap(), Vec::<String>::new());
}
