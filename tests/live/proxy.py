"""A reverse proxy on 127.0.0.1 that counts what passes, and keeps it for recordings."""

import contextlib
import http.client
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

# Headers that belong to one connection, not to the message.
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "upgrade", "proxy-connection", "content-length"}


@dataclass
class Exchange:
    """A request as it came and the answer as the server gave it."""

    method: str
    path: str
    query: str
    body: bytes
    status: int
    content_type: str
    answer: bytes
    # Which part of a file was asked for, and which came.
    range: str = ""
    content_range: str = ""


@dataclass
class Proxy:
    """A running proxy."""

    uri: str
    upstream: str
    exchanges: list[Exchange] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, path_end: str = "") -> int:
        """How many requests went to paths that end so."""
        with self.lock:
            return sum(exchange.path.endswith(path_end) for exchange in self.exchanges)

    def paths(self) -> Counter:
        """Requests by path."""
        with self.lock:
            return Counter(exchange.path for exchange in self.exchanges)

    def forget(self) -> None:
        """Begins anew."""
        with self.lock:
            self.exchanges.clear()


class Passage:
    """What a proxy changes of what passes: nothing but the address."""

    def __init__(self, upstream: str) -> None:
        self.upstream = upstream

    def server(self, path: str) -> str:
        """Where a request goes (`http://host:port`)."""
        return self.upstream

    def headers(self, headers: dict[str, str]) -> dict[str, str]:
        """Of the request, as the server gets them."""
        return headers

    def answer(self, uri: str, path: str, content: bytes) -> bytes:
        """The body of an answer, as it is recorded and as the client behind the proxy at `uri` gets it."""
        return content


@contextlib.contextmanager
def proxy(upstream: str | Passage) -> Iterator[Proxy]:
    """Passes everything on to `upstream` (`http://host:port`), or as a passage says."""
    passage = Passage(upstream) if isinstance(upstream, str) else upstream
    running = Proxy(uri="", upstream=passage.upstream)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(running, passage))
    server.daemon_threads = True
    running.uri = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(running: Proxy, passage: Passage) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Headers and body leave in one packet: without this a small answer waits 40 ms for an acknowledgement.
        wbufsize = -1

        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            mine = HOP_BY_HOP | {"host", "accept-encoding"}
            headers = {key: value for key, value in self.headers.items() if key.lower() not in mine}
            # What is recorded must be readable, so the server is asked not to compress.
            headers["Accept-Encoding"] = "identity"
            target = urlsplit(self.path)
            address = urlsplit(passage.server(target.path))
            upstream = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
            try:
                upstream.request(self.command, self.path, body or None, passage.headers(headers))
                answer = upstream.getresponse()
                content = passage.answer(running.uri, target.path, answer.read())
            finally:
                upstream.close()
            content_type = answer.headers.get("Content-Type", "")
            parts = (self.headers.get("Range", ""), answer.headers.get("Content-Range", ""))
            exchange = Exchange(
                self.command, target.path, target.query, body, answer.status, content_type, content, *parts
            )
            # Before the answer leaves: whoever has it may count at once.
            with running.lock:
                running.exchanges.append(exchange)
            self._answer(answer, content)

        def _answer(self, answer: http.client.HTTPResponse, content: bytes) -> None:
            self.send_response_only(answer.status, answer.reason)
            for key, value in answer.getheaders():
                if key.lower() not in HOP_BY_HOP:
                    self.send_header(key, value)
            if self.command != "HEAD":
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)
            self.wfile.flush()

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _pass_on

        def log_message(self, *_: object) -> None:
            pass

    return Handler
