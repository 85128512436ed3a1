//! The checksums that S3 knows, computed in one pass over the bytes.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use md5::Md5;
use s3s::checksum::ChecksumHasher;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// One of S3's checksum algorithms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Algorithm {
    Crc32,
    Crc32c,
    Crc64Nvme,
    Sha1,
    Sha256,
}

impl Algorithm {
    /// All of them.
    pub(crate) const ALL: [Self; 5] =
        [Self::Crc32, Self::Crc32c, Self::Crc64Nvme, Self::Sha1, Self::Sha256];

    /// S3's name of it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    /// The header or trailer that carries it.
    pub(crate) fn header(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Crc64Nvme => "x-amz-checksum-crc64nvme",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Sha256 => "x-amz-checksum-sha256",
        }
    }

    /// Its length in bytes.
    fn length(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64Nvme => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    /// Parses S3's name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
    }

    /// Whether `value` is base64 of the right length.
    pub(crate) fn is_valid(self, value: &str) -> bool {
        BASE64_STANDARD.decode(value).is_ok_and(|bytes| bytes.len() == self.length())
    }

    /// Whether a checksum of parts' checksums exists for it; CRC64NVME is always one of all bytes.
    pub(crate) fn may_be_composite(self) -> bool {
        self != Self::Crc64Nvme
    }

    /// Whether a multipart object may have one of all its bytes: S3 knows that for the CRCs only.
    pub(crate) fn may_be_full(self) -> bool {
        matches!(self, Self::Crc32 | Self::Crc32c | Self::Crc64Nvme)
    }

    /// Makes the checksum of the parts' checksums, with their number behind it.
    pub(crate) fn composite(self, parts: &[String]) -> String {
        let joined: Vec<u8> = parts
            .iter()
            .flat_map(|part| BASE64_STANDARD.decode(part).unwrap_or_default())
            .collect();
        let mut hashers = Hashers::new([self]);
        hashers.update(&joined);
        format!("{}-{}", hashers.finish().value(self).unwrap_or_default(), parts.len())
    }
}

/// All that is computed while bytes pass by: always SHA-256 and MD5, others on demand.
pub(crate) struct Hashers {
    sha256: Sha256,
    md5: Md5,
    others: ChecksumHasher,
    wanted: Vec<Algorithm>,
    size: u64,
}

/// What [`Hashers`] found.
#[derive(Clone, Debug)]
pub(crate) struct Digests {
    pub(crate) sha256: [u8; 32],
    pub(crate) md5: [u8; 16],
    pub(crate) size: u64,
    values: BTreeMap<Algorithm, String>,
}

impl Hashers {
    pub(crate) fn new(wanted: impl IntoIterator<Item = Algorithm>) -> Self {
        let wanted: Vec<Algorithm> = wanted.into_iter().collect();
        let mut others = ChecksumHasher::default();
        for algorithm in &wanted {
            match algorithm {
                Algorithm::Crc32 => others.crc32 = Some(s3s::crypto::Crc32::default()),
                Algorithm::Crc32c => others.crc32c = Some(s3s::crypto::Crc32c::default()),
                Algorithm::Crc64Nvme => others.crc64nvme = Some(s3s::crypto::Crc64Nvme::default()),
                Algorithm::Sha1 => others.sha1 = Some(s3s::crypto::Checksum::new()),
                // It is computed anyway, as the name of the content.
                Algorithm::Sha256 => {}
            }
        }
        Self { sha256: Sha256::new(), md5: Md5::new(), others, wanted, size: 0 }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        self.md5.update(bytes);
        self.others.update(bytes);
        self.size += bytes.len() as u64;
    }

    pub(crate) fn finish(self) -> Digests {
        let sha256: [u8; 32] = self.sha256.finalize().into();
        let others = self.others.finalize();
        let values = self.wanted.iter().filter_map(|&algorithm| {
            let value = match algorithm {
                Algorithm::Crc32 => others.checksum_crc32.clone(),
                Algorithm::Crc32c => others.checksum_crc32c.clone(),
                Algorithm::Crc64Nvme => others.checksum_crc64nvme.clone(),
                Algorithm::Sha1 => others.checksum_sha1.clone(),
                Algorithm::Sha256 => Some(BASE64_STANDARD.encode(sha256)),
            };
            value.map(|value| (algorithm, value))
        });
        Digests {
            values: values.collect(),
            sha256,
            md5: self.md5.finalize().into(),
            size: self.size,
        }
    }
}

impl Digests {
    /// The value of an algorithm that was asked for, in base64.
    pub(crate) fn value(&self, algorithm: Algorithm) -> Option<&str> {
        self.values.get(&algorithm).map(String::as_str)
    }
}
