"""Checks that the README's block on `scripts/run.sh` still is what that prints: same commands, stages and hits.

python scripts/check_readme.py OUTPUT     where OUTPUT holds what run.sh wrote to standard output

Numbers, names of files and hits may differ, and how many hits and sentences are shown; the commands after `$`, the stages and
that each search finds something may not.
"""

import re
import sys
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"


def block_of_run(text: str) -> list[str]:
    """The lines of the README's console block that begins with `bash scripts/run.sh`."""
    match = re.search(r"```console\n(\$ bash scripts/run\.sh\n.*?)```", text, re.DOTALL)
    if match is None:
        sys.exit("README.md has no console block that begins with `$ bash scripts/run.sh`")
    return match.group(1).splitlines()


def shape(lines: list[str]) -> list[str]:
    """What must not differ: commands, stage names, and that a search has hits."""
    kept: list[str] = []
    for line in lines:
        words = line.split()
        if line.startswith("$ radmine"):
            kept.append(" ".join(words[:4]))
        elif re.match(r" {1,2}\d+ \d\.\d{3} ", line):
            if kept[-1] != "hits":
                kept.append("hits")
        elif re.match(r"\w+ +(done|up to date|not applicable) ", line):
            kept.append(words[0])
    return kept


def main() -> int:
    block = block_of_run(README.read_text("utf-8"))
    said = shape([line for line in block if not line.startswith("$ bash")])
    real = shape(Path(sys.argv[1]).read_text("utf-8").splitlines())
    if said != real:
        print(
            "README.md's block on scripts/run.sh has gone stale.\nIt says:",
            *said,
            "run.sh prints:",
            *real,
            sep="\n  ",
        )
        return 1
    commands = [line for line in block if line.startswith("$ bash")]
    if commands != ["$ bash scripts/run.sh", "$ bash scripts/test.sh"]:
        print("README.md's block must show the two commands, it shows", commands)
        return 1
    print(f"README.md's block on scripts/run.sh is true: {len(said)} lines checked")
    return 0


if __name__ == "__main__":
    sys.exit(main())
