"""Real MLflow servers on 127.0.0.1, each in a process group and a temporary folder of its own."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

START_WITHIN_S = 180
STOP_WITHIN_S = 15

# The one user of a server with sign-in; the server refuses to start with a short or well-known password.
USER = "admin"
PASSWORD = "correct-horse-battery-staple"


@dataclass
class Server:
    """A server that answers."""

    uri: str
    version: str
    folder: Path
    up_after_s: float


def free_port() -> int:
    """A port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def mlflow_server(
    python: Path, version: str, sign_in: bool = False, keep: bool = False, store: str | None = None
) -> Iterator[Server]:
    """Starts `mlflow server` of this interpreter's environment and surely stops it at the end.

    With `sign_in` every request needs USER and PASSWORD. With `keep` its folder stays on disk. `store` is the URI of a
    store that is there already.
    """
    folder = Path(tempfile.mkdtemp(prefix="tracker-mcp-live-", dir=_fast_folder()))
    started = time.monotonic()
    with open(folder / "server.log", "wb") as log:
        port = free_port()
        process = subprocess.Popen(
            _command(python, folder, port, sign_in, store),
            cwd=folder,
            env=clean_environment(python, folder, sign_in),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        uri = f"http://127.0.0.1:{port}"
        wait_until_healthy(uri, process, folder / "server.log")
        yield Server(uri, version, folder, time.monotonic() - started)
    finally:
        stop(process)
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def _fast_folder() -> str | None:
    """Memory instead of a disk, if there is enough: SQLite waits for the disk at each of a thousand small writes."""
    memory = "/dev/shm"
    if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 256 * 1024 * 1024:
        return memory
    return None


def _command(python: Path, folder: Path, port: int, sign_in: bool, store: str | None) -> list[str]:
    command = [str(python), "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", store or f"sqlite:///{folder}/mlflow.db"]
    command += ["--artifacts-destination", str(folder / "artifacts")]
    return command + (["--app-name", "basic-auth"] if sign_in else [])


def clean_environment(python: Path, folder: Path, sign_in: bool) -> dict[str, str]:
    """What a server is started with: nothing of the caller's own MLflow settings may reach it."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("MLFLOW_", "_MLFLOW_"))}
    environment |= {
        # 2.15.1 looks for its gunicorn on the path.
        "PATH": f"{python.parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
    }
    if sign_in:
        settings = folder / "auth.ini"
        settings.write_text(
            "[mlflow]\n"
            "default_permission = READ\n"
            f"database_uri = sqlite:///{folder}/auth.db\n"
            f"admin_username = {USER}\n"
            f"admin_password = {PASSWORD}\n"
            "authorization_function = mlflow.server.auth:authenticate_request_basic_auth\n"
        )
        environment |= {"MLFLOW_AUTH_CONFIG_PATH": str(settings), "MLFLOW_FLASK_SERVER_SECRET_KEY": "only for tests"}
    return environment


def wait_until_healthy(uri: str, process: subprocess.Popen, log: Path) -> None:
    """Returns when the server answers; fails with the end of its log if it ends or takes too long."""
    deadline = time.monotonic() + START_WITHIN_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the MLflow server ended with {process.returncode}:\n{_tail(log)}")
        with contextlib.suppress(urllib.error.URLError, OSError):
            with urllib.request.urlopen(f"{uri}/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        time.sleep(0.2)
    raise RuntimeError(f"the MLflow server did not answer within {START_WITHIN_S} s:\n{_tail(log)}")


def stop(process: subprocess.Popen) -> None:
    """Ends the whole process group: asks first, then does not ask."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_WITHIN_S)
            break
    # The leader is gone; workers that outlived it are in its group.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-30:])
