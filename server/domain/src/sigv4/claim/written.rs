//! The texts of a claim: what each must look like.

use super::Claim;
use crate::sigv4::SignatureError;
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

/// The longest credential that is read; access keys have 16 to 128 characters.
const CREDENTIAL_LENGTH_MAX: usize = 512;

/// The texts of a claim, from wherever they stand.
pub(super) struct Written<'a> {
    pub(super) credential: &'a str,
    pub(super) signed_headers: &'a str,
    pub(super) signature: &'a str,
    pub(super) date: &'a str,
    pub(super) expires: Option<&'a str>,
    pub(super) session_token: Option<&'a str>,
}

impl Written<'_> {
    pub(super) fn read(&self) -> Result<Claim, SignatureError> {
        let [access_key_id, scope_date, region, service, terminator] =
            read_credential(self.credential)?.map(str::to_owned);
        let mut signature = [0; 32];
        let is_lower = !self.signature.bytes().any(|byte| byte.is_ascii_uppercase());
        if !is_lower || hex::decode_to_slice(self.signature, &mut signature).is_err() {
            return Err(SignatureError::incomplete(
                "'Signature' is not 64 hexadecimal digits in lower case",
            ));
        }
        Ok(Claim {
            access_key_id,
            scope_date,
            region,
            service,
            terminator,
            date_text: self.date.to_owned(),
            date: read_date(self.date)?,
            signed_headers: read_names(self.signed_headers)?,
            signature,
            expires: self.expires.map(read_expires).transpose()?,
            session_token: self.session_token.map(str::to_owned),
        })
    }
}

/// `KEY/DATE/REGION/SERVICE/aws4_request`
fn read_credential(text: &str) -> Result<[&str; 5], SignatureError> {
    let parts: Vec<&str> = text.split('/').take(6).collect();
    let is_clean = text.len() <= CREDENTIAL_LENGTH_MAX
        && text.bytes().all(|byte| byte.is_ascii_graphic())
        && parts.iter().all(|part| !part.is_empty());
    <[&str; 5]>::try_from(parts).ok().filter(|_| is_clean).ok_or_else(|| {
        SignatureError::incomplete(
            "'Credential' is not an access key, a date, a Region, a service and 'aws4_request', with '/' between them",
        )
    })
}

/// `YYYYMMDDThhmmssZ`
fn read_date(text: &str) -> Result<DateTime<Utc>, SignatureError> {
    let is_shaped = text.len() == 16
        && text.bytes().enumerate().all(|(place, byte)| match place {
            8 => byte == b'T',
            15 => byte == b'Z',
            _ => byte.is_ascii_digit(),
        });
    let time = NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%SZ").ok().filter(|_| is_shaped);
    time.map(|time| time.and_utc()).ok_or_else(|| {
        SignatureError::incomplete("'X-Amz-Date' is not a time like '20150830T123600Z'")
    })
}

/// Names with `;` between them. Clients sort them, and a list that isn't sorted would have a second spelling.
fn read_names(text: &str) -> Result<Vec<String>, SignatureError> {
    let names: Vec<&str> = text.split(';').collect();
    let is_name = |name: &str| {
        let is_allowed = |byte: u8| {
            matches!(byte, b'a'..=b'z' | b'0'..=b'9') || b"!#$%&'*+-.^_`|~".contains(&byte)
        };
        !name.is_empty() && name.bytes().all(is_allowed)
    };
    if !names.iter().all(|name| is_name(name)) || !names.is_sorted_by(|one, next| one < next) {
        return Err(SignatureError::incomplete(
            "'SignedHeaders' is not a sorted list of names in lower case, each once, with ';' between them",
        ));
    }
    Ok(names.into_iter().map(str::to_owned).collect())
}

/// Seconds, at least one.
fn read_expires(text: &str) -> Result<TimeDelta, SignatureError> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = text.parse::<u32>().ok().filter(|seconds| is_number && *seconds > 0);
    seconds.map(|seconds| TimeDelta::seconds(i64::from(seconds))).ok_or_else(|| {
        SignatureError::incomplete("'X-Amz-Expires' is not a number of seconds above zero")
    })
}
