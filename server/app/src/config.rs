//! Settings: every one is a flag, most are also an environment variable.

use clap::Args;
use orgtrail_shared::ids::OrganizationId;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Where the installation is: the same for every command.
#[derive(Args, Clone, Debug)]
pub struct InstallationConfig {
    /// Directory of everything that this installation keeps: embedded database and store, keys, run files
    #[arg(long, env = "ORGTRAIL_DATA_DIR", global = true)]
    pub data_dir: Option<PathBuf>,
    /// Postgres to use instead of an embedded one, as a postgres:// URL
    #[arg(long, env = "ORGTRAIL_DATABASE_URL", hide_env_values = true, global = true)]
    pub database_url: Option<String>,
    /// Owner of the schema, who migrates, when the application's own role should own nothing
    #[arg(long, env = "ORGTRAIL_OWNER_DATABASE_URL", hide_env_values = true, global = true)]
    pub owner_database_url: Option<String>,
    /// Archive bucket to use instead of the embedded store, as s3://BUCKET
    #[arg(long, env = "ORGTRAIL_ARCHIVE", global = true)]
    pub archive: Option<String>,
    /// Endpoint of the archive's store; AWS's own when there is none
    #[arg(long, env = "ORGTRAIL_ARCHIVE_ENDPOINT", global = true)]
    pub archive_endpoint: Option<String>,
    /// Region of the archive's store
    #[arg(long, env = "ORGTRAIL_ARCHIVE_REGION", default_value = "us-east-1", global = true)]
    pub archive_region: String,
    /// Access key of the archive's store; without it the usual AWS sources of credentials are used
    #[arg(long, env = "ORGTRAIL_ARCHIVE_ACCESS_KEY_ID", global = true)]
    pub archive_access_key_id: Option<String>,
    /// Secret of that access key
    #[arg(long, env = "ORGTRAIL_ARCHIVE_SECRET_ACCESS_KEY", hide_env_values = true, global = true)]
    pub archive_secret_access_key: Option<String>,
    /// Organization to work on, when the installation holds several
    #[arg(long, env = "ORGTRAIL_ORGANIZATION", global = true)]
    pub organization: Option<OrganizationId>,
    /// File with the master key, 64 hexadecimal digits; without it one is made in the data directory
    #[arg(long, env = "ORGTRAIL_MASTER_KEY_FILE", global = true)]
    pub master_key_file: Option<PathBuf>,
    /// File with the master key as AWS KMS has encrypted it, in Base64
    #[arg(
        long,
        env = "ORGTRAIL_MASTER_KEY_KMS_FILE",
        global = true,
        conflicts_with = "master_key_file"
    )]
    pub master_key_kms_file: Option<PathBuf>,
    /// Endpoint of KMS, when it isn't AWS's own
    #[arg(long, env = "ORGTRAIL_KMS_ENDPOINT", global = true)]
    pub kms_endpoint: Option<String>,
    /// The master key itself, 64 hexadecimal digits
    #[arg(long, env = "ORGTRAIL_MASTER_KEY", hide_env_values = true, hide = true, global = true)]
    pub master_key: Option<String>,
    /// Folder with the programs `postgres` and `initdb`
    #[arg(long, env = "ORGTRAIL_POSTGRES_BIN", global = true)]
    pub postgres_bin: Option<PathBuf>,
    /// Host that endpoints may name although its address is not public; may be repeated
    #[arg(
        long = "allow-endpoint",
        env = "ORGTRAIL_ALLOW_ENDPOINT",
        value_delimiter = ',',
        global = true
    )]
    pub allowed_endpoints: Vec<String>,
    /// The search path for programs
    #[arg(long, env = "PATH", hide = true, global = true)]
    pub program_path: Option<String>,
    /// The home directory, for the default data directory
    #[arg(long, env = "HOME", hide = true, global = true)]
    pub home: Option<PathBuf>,
}

impl InstallationConfig {
    /// The data directory that was named, or the usual one: `/var/lib/orgtrail` for root, else below the home.
    pub fn data_directory(&self, name: &str) -> PathBuf {
        if let Some(named) = &self.data_dir {
            return named.clone();
        }
        if nix::unistd::Uid::effective().is_root() {
            return PathBuf::from("/var/lib").join(name);
        }
        self.home.clone().unwrap_or_else(|| PathBuf::from(".")).join(".local/share").join(name)
    }
}

/// How the server listens.
#[derive(Args, Clone, Debug)]
pub struct ListenConfig {
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, env = "ORGTRAIL_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Certificate chain in PEM; required beyond loopback unless a trusted proxy is declared
    #[arg(long, env = "ORGTRAIL_TLS_CERT", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// Private key of the certificate in PEM
    #[arg(long, env = "ORGTRAIL_TLS_KEY", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Network of a proxy that ends TLS and sets X-Forwarded-For; may be repeated
    #[arg(long = "trusted-proxy", env = "ORGTRAIL_TRUSTED_PROXY", value_delimiter = ',')]
    pub trusted_proxies: Vec<ipnet::IpNet>,
    /// Folder of the console's files; `site` beside the program or `target/site` by default
    #[arg(long, env = "ORGTRAIL_SITE_DIR")]
    pub site_dir: Option<PathBuf>,
    /// Bearer token that /metrics asks for beyond loopback
    #[arg(long, env = "ORGTRAIL_METRICS_TOKEN", hide_env_values = true)]
    pub metrics_token: Option<String>,
    /// Log as JSON, one object per line
    #[arg(long, env = "ORGTRAIL_LOG_JSON")]
    pub log_json: bool,
}

impl ListenConfig {
    /// Whether browsers reach us over TLS, so that cookies may be marked so.
    pub fn is_secure(&self) -> bool {
        self.tls_cert.is_some() || !self.trusted_proxies.is_empty()
    }
}

/// How much of the machine collection may take.
#[derive(Args, Clone, Debug)]
pub struct JobsConfig {
    /// How many batches are collected at once; one for each core, at least 2 and at most 16, by default
    #[arg(long, env = "ORGTRAIL_WORKERS", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub workers: Option<u16>,
    /// How many percent of the workers may collect old days at once; new files always come first
    #[arg(long, env = "ORGTRAIL_BACKFILL_SHARE", default_value = "50",
          value_parser = clap::value_parser!(u8).range(0..=100))]
    pub backfill_share: u8,
}

impl Default for JobsConfig {
    fn default() -> Self {
        Self { workers: None, backfill_share: 50 }
    }
}

impl JobsConfig {
    /// How many workers there are to be.
    pub fn worker_count(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 16);
        self.workers.map_or_else(cores, usize::from)
    }
}
