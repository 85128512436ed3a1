"""A proxy before a service of AWS's that fails as networks and services do."""

import http.client
import http.server
import json
import threading
import urllib.parse
from collections import Counter
from collections.abc import Callable

# Given the operation, the number of its call from 0 on, and the answer as the service gave it; gives back the answer that
# is sent on, or None to cut the connection.
Answer = tuple[int, bytes]
Fault = Callable[[str, int, Answer], Answer | None]


def refused(code: str, status: int = 400) -> Answer:
    """An error as AWS JSON 1.1 has it."""
    return status, json.dumps({"__type": code, "message": "for a test"}).encode()


class FaultyProxy:
    """A proxy on a free port of loopback, until `stop`."""

    def __init__(self, endpoint: str) -> None:
        self.fault: Fault | None = None
        self.calls: Counter[str] = Counter()
        # What a listing is asked for at the most: moto's own pages hold all of a test.
        self.page_size: int | None = None
        self._target = urllib.parse.urlsplit(endpoint)
        self._lock = threading.Lock()
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
                answer = proxy._answer(operation, body, dict(self.headers))
                if answer is None:
                    self.close_connection = True
                    return
                status, content = answer
                self.send_response(status)
                self.send_header("Content-Type", "application/x-amz-json-1.1")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Nobody reads it."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def follow(self, fault: Fault | None) -> None:
        """Fails so from now on; calls are counted anew."""
        with self._lock:
            self.fault = fault
            self.calls.clear()

    def _answer(self, operation: str, body: bytes, headers: dict[str, str]) -> Answer | None:
        if self.page_size and operation.startswith("ListAccounts"):
            body = json.dumps(json.loads(body) | {"MaxResults": self.page_size}).encode()
            headers = headers | {"Content-Length": str(len(body))}
        connection = http.client.HTTPConnection(self._target.netloc, timeout=60)
        try:
            connection.request("POST", "/", body, headers)
            real = connection.getresponse()
            answer = (real.status, real.read())
        finally:
            connection.close()
        with self._lock:
            number = self.calls[operation]
            self.calls[operation] += 1
            fault = self.fault
        return fault(operation, number, answer) if fault else answer

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
