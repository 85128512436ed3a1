"""moto as one process that speaks as S3, SNS, SQS, KMS and Organizations do."""

import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

import boto3

READY_LIMIT_SECONDS = 60
REGION = "us-east-1"
# moto knows a few services only that accounts can be delegated administrators for.
START = """
from moto.organizations.models import FakeDelegatedAdministrator
from moto.server import main
FakeDelegatedAdministrator.SUPPORTED_SERVICES.append("cloudtrail.amazonaws.com")
main()
"""
KEYS = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing-secret"}


class Moto:
    """A moto server on a free port, until `stop`."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.endpoint = f"http://127.0.0.1:{port}"
        self.log = tempfile.TemporaryFile()
        command = [sys.executable, "-c", START, "-H", "127.0.0.1", "-p", str(port)]
        self.server = subprocess.Popen(command, stdout=self.log, stderr=self.log)
        limit = time.monotonic() + READY_LIMIT_SECONDS
        while not self._is_ready():
            if self.server.poll() is not None or time.monotonic() > limit:
                self.stop()
                raise RuntimeError("moto did not start")
            time.sleep(0.1)

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.endpoint}/moto-api/", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def client(self, service: str):
        return boto3.client(service, endpoint_url=self.endpoint, region_name=REGION, **KEYS)

    def stop(self) -> None:
        self.server.kill()
        self.server.wait()
        self.log.close()
