"""Virtual environments with a pinned MLflow each, made on first use and kept."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent

# The versions under test, by the short name that the command line takes.
VERSIONS = {"3": "3.17.2", "2": "2.15.1"}


def folder() -> Path:
    """Where the environments are kept; TRACKER_MCP_LIVE_VENVS names another place to share them between clones."""
    return Path(os.environ.get("TRACKER_MCP_LIVE_VENVS") or ROOT / "target" / "live")


def python(short: str) -> Path:
    """The interpreter of an environment (of a version, or of `peers`), which is made if it is not there or if its requirements have changed."""
    venv = folder() / f"venv-{VERSIONS.get(short, short)}"
    requirements = HERE / f"requirements-{short}.txt"
    wanted = requirements.read_text()
    stamp = venv / "installed.txt"
    venv.parent.mkdir(parents=True, exist_ok=True)
    # Two test runs started together must not install into the same folder.
    with open(venv.parent / f"{venv.name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != wanted:
            _install(venv, requirements)
            stamp.write_text(wanted)
    return venv / "bin" / "python"


def _install(venv: Path, requirements: Path) -> None:
    print(f"installing {requirements.name} into {venv}", file=sys.stderr, flush=True)
    if not (venv / "bin" / "python").exists():
        _quietly([sys.executable, "-m", "venv", str(venv)])
    pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _quietly([*pip, "-r", str(requirements)])


def _quietly(command: list[str]) -> None:
    """Runs a command whose output matters only when it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}")


if __name__ == "__main__":
    for name in sys.argv[1:] or VERSIONS:
        print(python(name))
