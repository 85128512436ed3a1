//! The S3 suite against a store that is not ours: Ceph's S3 gateway, on one node.
//!
//! It is the judge of what locks, lifecycles and conditional writes mean.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::{World, rust};
use crate::guard::{Guarded, Terms};
use crate::report::Outcome;
use crate::{apt, paths, process, wait};

/// Debian's packages of the four daemons and their tools.
const PACKAGES: [&str; 5] = ["ceph-mon", "ceph-osd", "ceph-mgr", "radosgw", "ceph-common"];
const PROGRAMS: [&str; 5] = ["ceph-mon", "ceph-osd", "ceph-mgr", "radosgw", "ceph"];

/// Runs the object store's tests with Ceph as the store, if there is or can be a Ceph.
pub(super) fn run(world: &World) -> Result<Outcome> {
    let Some(mut suite) = rust::program(world, "server/objectstore", "it")? else {
        return Ok(Outcome::Skipped("orgtrail-objectstore has no test program `it`".to_owned()));
    };
    let is_installed = PROGRAMS.iter().all(|name| paths::program(name).is_some());
    if !is_installed && let Err(error) = apt::install(&PACKAGES) {
        return world.without(error.context("could not install Ceph"));
    }
    let ceph = Ceph::start()?;
    for (name, value) in &ceph.variables {
        suite.env(name, value);
    }
    process::run_counted(&suite).map(Outcome::Done)
}

/// A running gateway, which ends and leaves nothing behind when this value goes.
struct Ceph {
    variables: Vec<(String, String)>,
    _daemons: Guarded,
}

impl Ceph {
    fn start() -> Result<Self> {
        let directory = tempfile::Builder::new()
            .prefix("orgtrail-ceph-")
            .tempdir()
            .context("could not create a directory for Ceph")?;
        let mut script = Command::new(paths::root().join("deploy/test/ceph-rgw.sh"));
        script.arg(directory.path());
        for port in free_ports::<3>()? {
            script.arg(port.to_string());
        }
        let terms = Terms { remove: Some(directory.path().to_owned()), ..Terms::default() };
        let mut daemons = Guarded::start(&script, &terms, Stdio::inherit(), Stdio::inherit())?;
        // From here on it is the guard that removes the directory, whatever happens to us.
        let ready = directory.keep().join("ready");
        let variables = wait::until("Ceph's S3 gateway", Duration::from_mins(3), || {
            if daemons.has_ended()? {
                bail!("`{}` ended at once", process::describe(&script));
            }
            read_variables(&ready)
        })?;
        Ok(Self { variables, _daemons: daemons })
    }
}

/// Reads `NAME=value` lines, if the file is there.
fn read_variables(file: &Path) -> Result<Option<Vec<(String, String)>>> {
    if !file.exists() {
        return Ok(None);
    }
    let text = fs::read_to_string(file).context("could not read what Ceph's script says")?;
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    Ok(Some(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()))
}

/// Ports that nobody listened on a moment ago.
fn free_ports<const COUNT: usize>() -> Result<[u16; COUNT]> {
    let mut listeners = Vec::new();
    let mut ports = [0; COUNT];
    for port in &mut ports {
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("could not find a free port")?;
        *port = listener.local_addr().context("could not find a free port")?.port();
        listeners.push(listener);
    }
    Ok(ports)
}
