"""ClearML's REST for the programs that fill and record a server: plain HTTP, no SDK."""

import base64
import json
import mimetypes
import os
import urllib.error
import urllib.parse
import urllib.request
import uuid
from dataclasses import dataclass, field

VERSION = "v2.31"


@dataclass
class ClearmlServer:
    """A server and who signs in."""

    api: str
    files: str
    access_key: str
    secret_key: str
    _token: str = field(default="", repr=False)

    def call(self, action: str, body: dict | None = None) -> dict:
        """`data` of the answer of one endpoint (`tasks.create`); what fails ends the program."""
        return self._post(action, json.dumps(body or {}).encode(), "application/json")

    def batch(self, action: str, items: list[dict]) -> dict:
        """The same for an endpoint that takes one JSON object a line."""
        return self._post(action, "\n".join(map(json.dumps, items)).encode(), "application/json-lines")

    def upload(self, files: dict[str, bytes]) -> None:
        """Puts files on the file server, by their paths there."""
        boundary = uuid.uuid4().hex
        parts = []
        for path, content in files.items():
            kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
            head = f'--{boundary}\r\nContent-Disposition: form-data; name="{path}"; filename="{os.path.basename(path)}"'
            parts.append(f"{head}\r\nContent-Type: {kind}\r\n\r\n".encode() + content + b"\r\n")
        body = b"".join(parts) + f"--{boundary}--\r\n".encode()
        self._send(f"{self.files}/", body, f"multipart/form-data; boundary={boundary}", f"Bearer {self.token()}")

    def address(self, path: str) -> str:
        """Where a file that was put there is found."""
        return f"{self.files}/{urllib.parse.quote(path)}"

    def basic(self) -> str:
        """The header that signs in with the keys."""
        return "Basic " + base64.b64encode(f"{self.access_key}:{self.secret_key}".encode()).decode()

    def token(self) -> str:
        """Signs in once."""
        if not self._token:
            answer = self._send(f"{self.api}/{VERSION}/auth.login", b"{}", "application/json", self.basic())
            self._token = json.loads(answer)["data"]["token"]
        return self._token

    def _post(self, action: str, body: bytes, kind: str) -> dict:
        answer = self._send(f"{self.api}/{VERSION}/{action}", body, kind, f"Bearer {self.token()}")
        return json.loads(answer)["data"]

    @staticmethod
    def _send(address: str, body: bytes, kind: str, who: str) -> bytes:
        request = urllib.request.Request(address, body, {"Content-Type": kind, "Authorization": who})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            raise SystemExit(f"{address} {body[:500]!r}: {error.code} {error.read()[:2000]!r}") from error
