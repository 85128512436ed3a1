//! Requests to a provider. What somebody typed, or a provider names, must not lead into our own network.

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use orgtrail_domain::addresses::is_public;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use rustls::crypto::CryptoProvider;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// The largest answer, in bytes: key sets and tokens are a few kilobytes.
const BODY_BYTES_MAX: usize = 1 << 20;

/// How long a provider may take for one answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a request was not made, or has no answer.
#[derive(Debug, thiserror::Error)]
pub enum OutboundError {
    /// Without TLS anybody on the way could say who somebody is.
    #[error("`{0}` is not an address that is asked: providers are asked by https")]
    NotHttps(String),
    /// The host is one of our own network.
    #[error("`{0}` is not a public address; allow the host by --allow-endpoint if it is yours")]
    NotPublic(String),
    /// The answer has no end in sight.
    #[error("the answer is longer than {BODY_BYTES_MAX} bytes")]
    TooLong,
    /// There is no connection or no answer.
    #[error("{0}")]
    Failed(String),
}

/// The one way out: no redirects, no addresses of our own network, bounded in time and size.
#[derive(Clone, Debug)]
pub struct Outbound {
    client: reqwest::Client,
    allowed_hosts: Arc<Vec<String>>,
}

impl Outbound {
    /// A client that reaches public hosts, and those that are allowed by name.
    ///
    /// # Errors
    ///
    /// When the system's certificates can't be read.
    pub fn new(allowed_hosts: Arc<Vec<String>>) -> Result<Self, String> {
        // The program installs one at its start; a test that has no program doesn't.
        if CryptoProvider::get_default().is_none() {
            // Another thread may have been first, which is as good.
            drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
        }
        let guarded = Guarded { allowed_hosts: allowed_hosts.clone() };
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            // A proxy would resolve names itself, past the guard.
            .no_proxy()
            .dns_resolver(Arc::new(guarded))
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self { client, allowed_hosts })
    }

    /// Checks what is really connected to: an address may be written in many ways, and this is the one way that is left.
    fn check(&self, request: &reqwest::Request) -> Result<(), OutboundError> {
        let url = request.url();
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        if is_allowed(&self.allowed_hosts, host) {
            return Ok(());
        }
        if url.scheme() != "https" {
            return Err(OutboundError::NotHttps(url.to_string()));
        }
        // The resolver is not asked about what is an address already.
        match host.parse::<IpAddr>() {
            Ok(address) if !is_public(address) => Err(OutboundError::NotPublic(host.to_owned())),
            _ => Ok(()),
        }
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, OutboundError> {
        let failed = |error: reqwest::Error| OutboundError::Failed(words(&error));
        let request = reqwest::Request::try_from(request).map_err(failed)?;
        self.check(&request)?;
        let mut response = self.client.execute(request).await.map_err(failed)?;
        let mut answer = http::Response::builder().status(response.status());
        for (name, value) in response.headers() {
            answer = answer.header(name, value);
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > BODY_BYTES_MAX {
                return Err(OutboundError::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        answer.body(body).map_err(|error| OutboundError::Failed(error.to_string()))
    }
}

fn is_allowed(allowed_hosts: &[String], host: &str) -> bool {
    allowed_hosts.iter().any(|allowed| allowed.trim_matches(['[', ']']).eq_ignore_ascii_case(host))
}

/// An error with its causes, without the URL, whose query may hold a code.
fn words(error: &reqwest::Error) -> String {
    let mut words = if error.is_timeout() {
        "no answer in time".to_owned()
    } else if error.is_connect() {
        "no connection".to_owned()
    } else {
        "the request failed".to_owned()
    };
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        words = format!("{words}: {error}");
        cause = error.source();
    }
    words
}

impl<'c> AsyncHttpClient<'c> for Outbound {
    type Error = OutboundError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, OutboundError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

/// Finds addresses, and leaves those out that aren't public: the name that was checked and the address that is used are one.
struct Guarded {
    allowed_hosts: Arc<Vec<String>>,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        let is_allowed = is_allowed(&self.allowed_hosts, &host);
        Box::pin(async move {
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
            let addresses: Vec<SocketAddr> =
                found.filter(|found| is_allowed || is_public(found.ip())).collect();
            if addresses.is_empty() {
                return Err(OutboundError::NotPublic(host).into());
            }
            let addresses: Addrs = Box::new(addresses.into_iter());
            Ok(addresses)
        })
    }
}
