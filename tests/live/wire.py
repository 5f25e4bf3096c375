"""The binary without any client library: lines of JSON-RPC over pipes, as they are."""

import contextlib
import json
import queue
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

LEGACY = "2025-11-25"


class Wire:
    """A running process and the lines that it wrote, each with the moment of its arrival."""

    def __init__(self, process: subprocess.Popen) -> None:
        self.process = process
        self.lines: list[bytes] = []
        self._arrived: queue.SimpleQueue = queue.SimpleQueue()
        # The thread only takes lines off the pipe, so that their times are right whatever else is done here.
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self._arrived.put((time.perf_counter(), line))
        self._arrived.put((time.perf_counter(), b""))

    def send(self, method: str, params: dict | None = None, ident: int | None = None) -> float:
        """Writes a request, or a notification without `ident`; the moment when it was written."""
        message = {"jsonrpc": "2.0", "method": method, "params": params or {}}
        if ident is not None:
            message["id"] = ident
        return self.send_line(json.dumps(message).encode())

    def send_line(self, line: bytes) -> float:
        """Writes anything."""
        moment = time.perf_counter()
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()
        return moment

    def next(self, within_s: float = 40) -> tuple[float, dict]:
        """The next message, with the moment of its arrival."""
        moment, line = self._arrived.get(timeout=within_s)
        assert line, "the process closed its output"
        self.lines.append(line)
        return moment, json.loads(line)

    def answer(self, ident: int, within_s: float = 40) -> tuple[float, dict]:
        """The answer to a request; other messages in between are passed over."""
        while True:
            moment, message = self.next(within_s)
            if message.get("id") == ident and "method" not in message:
                return moment, message

    def initialize(self) -> dict:
        """The handshake of the legacy era."""
        client = {"name": "live", "version": "1"}
        self.send("initialize", {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": client}, 0)
        result = self.answer(0)[1]["result"]
        self.send("notifications/initialized")
        return result

    def close(self) -> int:
        """Ends the input, waits for the process, keeps what it still wrote; its exit code."""
        self.process.stdin.close()
        code = self.process.wait(10)
        self._reader.join(10)
        while (rest := self._arrived.get())[1]:
            self.lines.append(rest[1])
        return code


@contextlib.contextmanager
def wire(binary: Path, environment: dict[str, str], *arguments: str) -> Iterator[Wire]:
    """Starts the binary with these arguments; it is killed at the end, if it still runs."""
    process = subprocess.Popen(
        [binary, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    )
    try:
        yield Wire(process)
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
