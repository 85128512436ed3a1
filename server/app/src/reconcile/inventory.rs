//! Reads an S3 Inventory: manifest, checksums and data files, from a bucket or a directory.

use super::base_of;
use crate::services::Services;
use anyhow::{Context, bail};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use orgtrail_cloud::objects::ObjectSource;
use orgtrail_domain::inventory::{DataFile, Manifest, check_md5};
use orgtrail_domain::reconciliation::ListedContent;
use orgtrail_storage::inventory::InventoryTable;
use orgtrail_storage::sources::SourceRow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How large a file of an inventory may be.
const FILE_BYTES_MAX: u64 = 1 << 30;

/// How many entries are stored at once.
const ENTRIES_AT_ONCE: usize = 5000;

/// The sorted entries of an inventory.
pub(super) struct Inventory {
    pub(super) table: InventoryTable,
    pub(super) created_at: DateTime<Utc>,
}

/// Where the files of an inventory lie.
enum Place {
    Bucket { objects: Arc<dyn ObjectSource>, key: String },
    Directory { manifest: PathBuf },
}

impl Inventory {
    /// Reads the inventory whose `manifest.json` lies at an `s3://` URL or a path, and checks that it is the source's.
    pub(super) async fn open(
        services: &Services,
        source: &SourceRow,
        bucket: &str,
        location: &str,
    ) -> anyhow::Result<Self> {
        let place = match location.strip_prefix("s3://").and_then(|rest| rest.split_once('/')) {
            Some((inventories, key)) => Place::Bucket {
                objects: services.open_bucket(source, inventories).await?,
                key: key.to_owned(),
            },
            None => Place::Directory { manifest: PathBuf::from(location) },
        };
        let text = place.manifest().await?;
        check_md5(location, &text, &String::from_utf8_lossy(&place.checksum().await?))?;
        let manifest = Manifest::parse(&text)?;
        if manifest.source_bucket != bucket {
            bail!(
                "the inventory is of the bucket `{}`, and the source is `{bucket}`",
                manifest.source_bucket
            );
        }
        let mut table = services.database.inventory_table().await?;
        let base = base_of(source);
        for file in &manifest.files {
            let bytes = place.data(file).await?;
            check_md5(&file.key, &bytes, &file.md5)?;
            store(&mut table, &manifest, &base, &file.key, &bytes).await?;
        }
        table.sort().await?;
        match table.doubled().await? {
            0 => Ok(Self { table, created_at: manifest.created_at }),
            some => bail!("the inventory names {some} keys more than once"),
        }
    }
}

/// Stores what a data file says of the source's prefix.
async fn store(
    table: &mut InventoryTable,
    manifest: &Manifest,
    base: &str,
    file: &str,
    bytes: &[u8],
) -> anyhow::Result<()> {
    let mut batch: Vec<ListedContent> = Vec::new();
    for entry in manifest.entries(file, bytes) {
        let entry = entry?;
        if !entry.key.starts_with(base) {
            continue;
        }
        batch.push(entry);
        if batch.len() >= ENTRIES_AT_ONCE {
            table.add(&std::mem::take(&mut batch)).await?;
        }
    }
    Ok(table.add(&batch).await?)
}

impl Place {
    async fn manifest(&self) -> anyhow::Result<Bytes> {
        match self {
            Self::Bucket { objects, key } => fetch(objects, key).await,
            Self::Directory { manifest } => read(manifest).await,
        }
    }

    /// `manifest.checksum` is written last: an inventory without it isn't whole.
    async fn checksum(&self) -> anyhow::Result<Bytes> {
        let found = match self {
            Self::Bucket { objects, key } => {
                let folder =
                    key.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
                fetch(objects, &format!("{folder}manifest.checksum")).await
            }
            Self::Directory { manifest } => {
                read(&manifest.with_file_name("manifest.checksum")).await
            }
        };
        found.context(
            "an inventory is whole when its manifest.checksum lies beside its manifest.json",
        )
    }

    /// A data file. A copy of an inventory may have the folders of its keys, or the files beside the manifest.
    async fn data(&self, file: &DataFile) -> anyhow::Result<Bytes> {
        let manifest = match self {
            Self::Bucket { objects, .. } => return fetch(objects, &file.key).await,
            Self::Directory { manifest } => manifest,
        };
        let relative = Path::new(&file.key);
        if relative.components().any(|part| !matches!(part, std::path::Component::Normal(_))) {
            bail!("`{}` is no name of a data file", file.key);
        }
        let name = relative.file_name().context("a data file has no name")?;
        let absolute = std::path::absolute(manifest)?;
        let mut places: Vec<PathBuf> =
            absolute.ancestors().skip(1).map(|folder| folder.join(relative)).collect();
        places.push(absolute.with_file_name(name));
        places.push(absolute.with_file_name("data").join(name));
        let found = places.into_iter().find(|path| path.is_file());
        read(&found.with_context(|| format!("the data file `{}` isn't there", file.key))?).await
    }
}

async fn fetch(objects: &Arc<dyn ObjectSource>, key: &str) -> anyhow::Result<Bytes> {
    Ok(objects.fetch(key, FILE_BYTES_MAX).await?.body)
}

async fn read(path: &Path) -> anyhow::Result<Bytes> {
    let bytes = tokio::fs::read(path)
        .await
        .with_context(|| format!("could not read {}", path.display()))?;
    Ok(bytes.into())
}
