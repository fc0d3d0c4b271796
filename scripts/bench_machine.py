"""What every benchmark table says about where it was made."""

import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path


def machine() -> str:
    """Processor, cores and Python, in one line."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [
            line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line
        ]
        model = names[0] if names else model
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}"


def commit() -> str:
    """The commit that was measured, with a + where the tree had changes."""
    git = ["git", "-C", str(Path(__file__).parent)]
    try:
        head = subprocess.run(
            [*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True
        )
        dirty = subprocess.run([*git, "status", "--porcelain"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return head.stdout.strip() + ("+" if dirty.stdout.strip() else "")


def command() -> str:
    """The command line, with the data folder left out as it differs between machines."""
    arguments, hide = [], False
    for word in sys.argv[1:]:
        arguments.append("PATH" if hide else word)
        hide = word in ("--data", "--home", "--index", "--out", "--compiled", "--corpus", "--old")
    return " ".join(["python", "scripts/" + Path(sys.argv[0]).name, *arguments])


def markdown(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def heading() -> str:
    """The line above the tables: command, machine, commit."""
    return f"`{command()}` · {machine()} · commit {commit()}"
