#!/usr/bin/env python3
"""Records what the Rust tests ask a real ClearML server and what that answers: `tests/it/fixtures/clearml-<version>/`.

    clearml_populate.py http://127.0.0.1:8008 --files http://127.0.0.1:8081 … --small --json ids.json
    record_clearml.py http://127.0.0.1:8008 --files http://127.0.0.1:8081 --access-key … --secret-key … --ids ids.json

The server must hold the data of clearml_populate.py; `--start SCRIPT` is run before anything is asked. As with
record.py, `cargo test --test it` runs with a recording proxy in the place of the replay, and nothing is written unless
all tests pass. One address stands for the API server and the file server: an endpoint's path (`/v2.31/tasks.get_all_ex`)
cannot be that of a file. In answers of the API the proxy puts its own address in the place of both.

The tests sign in with the keys KEYS; the proxy does so with the real ones, and answers with a token that opens nothing:
its claims are those of the server, its signature is none, and it is valid until 2100.
"""

import argparse
import base64
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import fixtures
from clearml_rest import ClearmlServer
from proxy import Passage, proxy

# What tests/it/asking.rs signs in with.
KEYS = "tests-access-key:tests-secret-key"
UNTIL = 4_102_444_800  # 2100-01-01
SINCE = 1_780_300_800  # 2026-06-01T08:00:00Z


class ClearmlPassage(Passage):
    """Both servers behind one address, and nothing in the answers that opens them or is another each time."""

    def __init__(self, server: ClearmlServer) -> None:
        super().__init__(server.api)
        self.clearml = server
        self.token = _harmless(server.token())

    def server(self, path: str) -> str:
        return self.clearml.api if _is_endpoint(path) else self.clearml.files

    def headers(self, headers: dict[str, str]) -> dict[str, str]:
        known = {
            f"Basic {base64.b64encode(KEYS.encode()).decode()}": self.clearml.basic(),
            f"Bearer {self.token}": f"Bearer {self.clearml.token()}",
        }
        return {name: known.get(value, value) for name, value in headers.items()}

    def answer(self, uri: str, path: str, content: bytes) -> bytes:
        if not _is_endpoint(path):
            return content
        for address in (self.clearml.api, self.clearml.files):
            content = content.replace(address.encode(), uri.encode())
        # Who asked when, of which the server keeps a log.
        content = re.sub(rb'^\{"meta":\{"id":"\w+","trx":"\w+"', b'{"meta":{"id":"0","trx":"0"', content)
        return re.sub(rb'("token":)"[\w-]+\.[\w-]+\.[\w-]+"', rb'\1"' + self.token.encode() + b'"', content)


def _is_endpoint(path: str) -> bool:
    return re.fullmatch(r"/(v\d+\.\d+/)?[a-z_]+\.\w+/?", path) is not None


def _harmless(token: str) -> str:
    """The claims of a token in one that no server accepts."""
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    claims |= {"iat": SINCE, "exp": UNTIL, "session_id": "0" * 32}
    parts = [json.dumps(part, sort_keys=True) for part in ({"alg": "none", "typ": "JWT"}, claims)]
    parts.append("no signature")
    return ".".join(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts)


def main() -> None:
    arguments = read_arguments(__doc__)
    server = clearml_server(arguments)
    folder = arguments.out / f"clearml-{server.call('server.info')['version']}"
    keep_ids(arguments, folder)
    with proxy(ClearmlPassage(server)) as through:
        if not fixtures.run_tests({folder: through}, arguments.tests) and not arguments.keep_going:
            sys.exit("the tests failed against the real server; nothing was recorded (`git restore tests/it/fixtures`)")
        print(fixtures.write(through, folder))


def clearml_server(arguments: argparse.Namespace) -> ClearmlServer:
    """The server that is there, or is started."""
    if arguments.start:
        subprocess.run([arguments.start], check=True)
    return ClearmlServer(arguments.api, arguments.files, arguments.access_key, arguments.secret_key)


def keep_ids(arguments: argparse.Namespace, folder: Path) -> None:
    """An empty folder with the ids, before any test asks for them."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    ids = json.loads(arguments.ids.read_text())
    (folder / "ids.json").write_text(json.dumps(ids, ensure_ascii=False, indent=1) + "\n")


def read_arguments(about: str) -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("api", help="address of the API server, e.g. http://127.0.0.1:8008")
    parser.add_argument("--files", required=True, help="address of the file server, as it stands in the tasks")
    parser.add_argument("--access-key", default=os.environ.get("CLEARML_API_ACCESS_KEY"))
    parser.add_argument("--secret-key", default=os.environ.get("CLEARML_API_SECRET_KEY"))
    parser.add_argument("--ids", type=Path, required=True, help="what clearml_populate.py wrote")
    parser.add_argument("--start", type=Path, help="a program that starts the servers")
    parser.add_argument("--out", type=Path, default=fixtures.FOLDER, help="default: %(default)s")
    parser.add_argument("--keep-going", action="store_true", help="write what was asked although tests failed")
    parser.add_argument("tests", nargs="*", help="only tests with this in their names: then the fixtures are not complete")
    return parser.parse_intermixed_args()


if __name__ == "__main__":
    main()
