//! Which addresses we connect to: an endpoint that somebody typed must not reach our own network.

use orgtrail_domain::addresses::is_public;
use std::net::IpAddr;

/// Why an endpoint is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// The text is no URL that we speak.
    #[error("`{0}` is not an endpoint: write https://host or http://host:port")]
    NotAnEndpoint(String),
    /// The host's name can't be resolved.
    #[error("the host of `{0}` can't be found")]
    UnknownHost(String),
    /// An address of the host is not public.
    #[error(
        "`{endpoint}` leads to {address}, which is not a public address; allow the host by --allow-endpoint if it is yours"
    )]
    NotPublic {
        /// The endpoint.
        endpoint: String,
        /// The address.
        address: IpAddr,
    },
}

/// Checks an endpoint's URL after resolving its host.
///
/// # Errors
///
/// [`EndpointError`] when it is no URL or leads to an address that is not public and not allowed.
pub async fn check_endpoint(endpoint: &str, allowed_hosts: &[String]) -> Result<(), EndpointError> {
    let (host, port) = host_and_port(endpoint)?;
    if allowed_hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(&host)) {
        return Ok(());
    }
    let addresses: Vec<IpAddr> = match host.trim_matches(['[', ']']).parse() {
        Ok(address) => vec![address],
        Err(_) => tokio::net::lookup_host((host.as_str(), port))
            .await
            .map_err(|_| EndpointError::UnknownHost(endpoint.to_owned()))?
            .map(|address| address.ip())
            .collect(),
    };
    match addresses.into_iter().find(|address| !is_public(*address)) {
        Some(address) => Err(EndpointError::NotPublic { endpoint: endpoint.to_owned(), address }),
        None => Ok(()),
    }
}

/// The host and the port of an endpoint.
///
/// # Errors
///
/// [`EndpointError::NotAnEndpoint`].
pub fn host_and_port(endpoint: &str) -> Result<(String, u16), EndpointError> {
    let wrong = || EndpointError::NotAnEndpoint(endpoint.to_owned());
    let (rest, default) = endpoint
        .strip_prefix("https://")
        .map(|rest| (rest, 443))
        .or_else(|| endpoint.strip_prefix("http://").map(|rest| (rest, 80)))
        .ok_or_else(wrong)?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.is_empty() || authority.contains('@') {
        return Err(wrong());
    }
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().map_err(|_| wrong())?),
        _ => (authority, default),
    };
    Ok((host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn addresses_that_are_not_public_are_refused_unless_allowed() {
        for endpoint in [
            "http://127.0.0.1:9000",
            "http://[::1]:9000",
            "https://10.1.2.3",
            "https://169.254.169.254/latest",
            "http://[::ffff:192.168.0.1]",
            "http://100.64.0.1",
            "http://0.0.0.0",
            "http://[fd00::1]/",
            "http://localhost:80",
        ] {
            assert!(
                matches!(check_endpoint(endpoint, &[]).await, Err(EndpointError::NotPublic { .. })),
                "{endpoint}"
            );
        }
        assert_eq!(
            check_endpoint("http://127.0.0.1:9000", &["127.0.0.1".to_owned()]).await,
            Ok(())
        );
        assert_eq!(check_endpoint("https://203.0.113.7", &[]).await, Ok(()));
    }

    #[tokio::test]
    async fn what_is_no_endpoint_is_refused() {
        for endpoint in ["", "ftp://x", "https://", "https://user@host", "http://host:port"] {
            assert!(
                matches!(check_endpoint(endpoint, &[]).await, Err(EndpointError::NotAnEndpoint(_))),
                "{endpoint}"
            );
        }
    }
}
