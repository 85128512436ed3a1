//! The five checksum fields that many of s3s's outputs and inputs have.

/// Sets the field of one algorithm.
macro_rules! set_checksum {
    ($target:expr, $algorithm:expr, $value:expr) => {{
        use $crate::checksum::Algorithm;
        let value: Option<String> = $value;
        match $algorithm {
            Algorithm::Crc32 => $target.checksum_crc32 = value,
            Algorithm::Crc32c => $target.checksum_crc32c = value,
            Algorithm::Crc64Nvme => $target.checksum_crc64nvme = value,
            Algorithm::Sha1 => $target.checksum_sha1 = value,
            Algorithm::Sha256 => $target.checksum_sha256 = value,
        }
    }};
}

/// Reads the field of one algorithm.
macro_rules! checksum_of {
    ($source:expr, $algorithm:expr) => {{
        use $crate::checksum::Algorithm;
        match $algorithm {
            Algorithm::Crc32 => $source.checksum_crc32.as_deref(),
            Algorithm::Crc32c => $source.checksum_crc32c.as_deref(),
            Algorithm::Crc64Nvme => $source.checksum_crc64nvme.as_deref(),
            Algorithm::Sha1 => $source.checksum_sha1.as_deref(),
            Algorithm::Sha256 => $source.checksum_sha256.as_deref(),
        }
    }};
}

/// Says all that is known of a content's checksums.
///
/// The SHA-256 of all bytes is known of every content. A composite one stands alone: the header that
/// names the type has room for one.
macro_rules! show_checksums {
    ($output:expr, $content:expr) => {{
        use base64::Engine;
        use base64::prelude::BASE64_STANDARD;
        use s3s::dto::ChecksumType;
        let content: &orgtrail_storage::object_store::Content = $content;
        let kept = content.checksum.as_ref();
        let is_composite = kept.is_some_and(|checksum| checksum.is_composite);
        if !is_composite {
            $output.checksum_sha256 = Some(BASE64_STANDARD.encode(content.sha256));
        }
        if let Some(checksum) = kept
            && let Some(algorithm) = $crate::checksum::Algorithm::parse(&checksum.algorithm)
        {
            $crate::wire::checksum_fields::set_checksum!(
                $output,
                algorithm,
                Some(checksum.value.clone())
            );
        }
        let kind = if is_composite { ChecksumType::COMPOSITE } else { ChecksumType::FULL_OBJECT };
        $output.checksum_type = Some(ChecksumType::from_static(kind));
    }};
}

pub(crate) use {checksum_of, set_checksum, show_checksums};
