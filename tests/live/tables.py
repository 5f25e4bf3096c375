"""What the measuring programs share: their one argument, and tables for docs/performance.md."""

import argparse
from pathlib import Path

import venvs


def table(head: list[str], rows: list[list[str]]) -> None:
    for row in [head, ["---"] * len(head), *rows]:
        print("| " + " | ".join(row) + " |")
    print()


def arguments(description: str) -> argparse.Namespace:
    """The binary that is measured."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = venvs.ROOT / "target" / "release" / "tracker-mcp"
    parser.add_argument("--binary", type=Path, default=default, help="the binary to measure (default: %(default)s)")
    return parser.parse_args()
