"""Servers that misbehave, on 127.0.0.1."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# As a real MLflow 3.17.2 with basic-auth answers a wrong password.
REFUSED = (
    401,
    {"Content-Type": "text/html; charset=utf-8", "WWW-Authenticate": 'Basic realm="mlflow"'},
    "You are not authenticated. Please see https://www.mlflow.org/docs/latest/auth/index.html"
    "#authenticating-to-mlflow on how to authenticate.",
)
LOGIN_PAGE = (
    200,
    {"Content-Type": "text/html; charset=utf-8"},
    "<!doctype html><html><head><title>Sign in</title></head><body><form>Company single sign-on</form></body></html>",
)


@contextlib.contextmanager
def always(answer: tuple[int, dict[str, str], str]) -> Iterator[str]:
    """A server that gives this answer (status, headers, body) to everything; yields its address."""
    status, headers, text = answer

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response_only(status)
            for key, value in headers.items():
                self.send_header(key, value)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())
            self.wfile.flush()

        do_GET = do_POST = _answer

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextlib.contextmanager
def silent() -> Iterator[str]:
    """A server that accepts connections and never says a word; yields its address."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as listener:
        # The kernel completes the handshake of a connection in the backlog: nobody needs to accept it.
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextlib.contextmanager
def closed() -> Iterator[str]:
    """An address at which nothing listens, kept free of others meanwhile; yields it."""
    with socket.socket() as holder:
        # Bound but not listening: connections are refused, and no other process gets the port.
        holder.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{holder.getsockname()[1]}"
