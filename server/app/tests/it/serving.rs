//! A server as a process of its own.

use crate::server::site;
use crate::world::World;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::interval;

/// A `serve` of the binary.
pub(crate) struct Serving {
    pub(crate) process: Child,
    /// Host and port.
    pub(crate) address: String,
}

impl Serving {
    pub(crate) async fn start(world: &World) -> Self {
        let site = site(world);
        let arguments = ["serve", "--listen", "127.0.0.1:0", "--site-dir", site.to_str().unwrap()];
        Self::of(world, world.command(&arguments)).await
    }

    /// Runs a command that serves, and waits for its address.
    pub(crate) async fn of(world: &World, mut command: Command) -> Self {
        let mut process = command.spawn().unwrap();
        let mut ticks = interval(Duration::from_millis(20));
        loop {
            ticks.tick().await;
            assert_eq!(process.try_wait().unwrap(), None, "the server has ended");
            let written = std::fs::read_to_string(world.data_directory().join("run/address"));
            if let Some(address) =
                written.ok().and_then(|text| text.strip_prefix("http://").map(str::to_owned))
            {
                return Self { process, address };
            }
        }
    }

    /// Status and body of an answer.
    pub(crate) async fn get(&self, path: &str, token: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        let text = format!(
            "GET {path} HTTP/1.0\r\nHost: {}\r\nAuthorization: Bearer {token}\r\n\r\n",
            self.address
        );
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    /// Asks the server to end, and waits for it.
    pub(crate) async fn stop(mut self) -> Option<i32> {
        let id = nix::unistd::Pid::from_raw(i32::try_from(self.process.id().unwrap()).unwrap());
        nix::sys::signal::kill(id, nix::sys::signal::Signal::SIGTERM).unwrap();
        self.process.wait().await.unwrap().code()
    }
}
