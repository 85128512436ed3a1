"""A running `orgtrail demo`, and stock AWS clients that are pointed at it.

ORGTRAIL_BIN       the program to start; default target/debug/orgtrail
ORGTRAIL_DATA_DIR  the data directory of a demo that runs already: then nothing is started
"""

import atexit
import contextlib
import functools
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

import boto3

ROOT = pathlib.Path(__file__).resolve().parents[2]
READY_LIMIT_SECONDS = 300
STOP_LIMIT_SECONDS = 20


@functools.cache
def directory() -> pathlib.Path:
    """The data directory of a demo that is ready; started by the first test that asks."""
    running = os.environ.get("ORGTRAIL_DATA_DIR")
    return pathlib.Path(running) if running else _start()


def _start() -> pathlib.Path:
    parent = pathlib.Path(tempfile.mkdtemp(prefix="orgtrail-conformance-"))
    # As root, Postgres runs as an unprivileged user, who must be able to pass through.
    parent.chmod(0o711)
    data, log = parent / "data", parent / "demo.log"
    command = [program(), "demo", "--data-dir", data, "--listen", "127.0.0.1:0"]
    with log.open("wb") as output:
        server = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output)
    atexit.register(_stop, server, parent)
    _wait_until_ready(server, data, log)
    return data


def _stop(server: subprocess.Popen, parent: pathlib.Path) -> None:
    server.terminate()
    try:
        server.wait(STOP_LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
    shutil.rmtree(parent, ignore_errors=True)


def _wait_until_ready(server: subprocess.Popen, data: pathlib.Path, log: pathlib.Path) -> None:
    limit = time.monotonic() + READY_LIMIT_SECONDS
    while time.monotonic() < limit:
        if _is_ready(data):
            return
        try:
            code = server.wait(timeout=0.1)
        except subprocess.TimeoutExpired:
            continue
        raise RuntimeError(f"the demo ended with {code}:\n{_tail(log)}")
    raise RuntimeError(f"the demo was not ready in {READY_LIMIT_SECONDS} s:\n{_tail(log)}")


def _is_ready(data: pathlib.Path) -> bool:
    try:
        address = (data / "run/address").read_text().strip().rstrip("/")
        with urllib.request.urlopen(f"{address}/readyz", timeout=10) as answer:
            return answer.status == 200
    except OSError:  # no such file yet, nobody listens yet, or not ready yet
        return False


def _tail(log: pathlib.Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-40:])


def _environment(profile: str) -> dict[str, str]:
    """The environment of somebody whose only AWS settings are the demo's."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("AWS_")}
    return kept | {
        "AWS_CONFIG_FILE": str(directory() / "demo/aws-config"),
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PROFILE": profile,
        "AWS_PAGER": "",
    }


def aws(profile: str, *words: object) -> subprocess.CompletedProcess[str]:
    """Runs the stock AWS CLI; what it says and its exit code are the answer."""
    program = pathlib.Path(sys.executable).parent / "aws"
    command = [program, *map(str, words)]
    return subprocess.run(
        command, env=_environment(profile), capture_output=True, text=True, timeout=120
    )


def program() -> pathlib.Path:
    """The program under test."""
    return ROOT / os.environ.get("ORGTRAIL_BIN", "target/debug/orgtrail")


@contextlib.contextmanager
def _as(profile: str):
    """A boto3 session in the environment of a profile."""
    saved = dict(os.environ)
    os.environ.clear()
    os.environ.update(_environment(profile))
    try:
        yield boto3.session.Session(profile_name=profile)
    finally:
        os.environ.clear()
        os.environ.update(saved)


def client(profile: str, service: str, **more: str):
    """A boto3 client with a profile's address, Region and keys, unless others are given."""
    with _as(profile) as session:
        return session.client(service, **more)


def credentials(profile: str):
    """The keys of a profile."""
    with _as(profile) as session:
        return session.get_credentials().get_frozen_credentials()
