"""Checks that the README's first block still is what `scripts/run.sh` prints: same commands, stages and kinds of hits.

python scripts/check_readme.py OUTPUT     where OUTPUT holds what run.sh wrote to standard output

Numbers, names of files and hits may differ, and how many hits are shown; the commands after `$`, the stages and what kind
of thing each search finds may not.
"""

import re
import sys
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"


def first_block(text: str) -> list[str]:
    """The lines of the README's first console block."""
    match = re.search(r"```console\n(.*?)```", text, re.DOTALL)
    if match is None:
        sys.exit("README.md has no ```console block")
    return match.group(1).splitlines()


def shape(lines: list[str]) -> list[str]:
    """What must not differ: commands, stage names, and of the hits of a search their kind and form."""
    kept: list[str] = []
    for line in lines:
        words = line.split()
        if line.startswith("$ radmine"):
            kept.append(" ".join(words[:4]))
        elif re.match(r" *\d+  [-\d.]+  \w", line):
            hit = " ".join(w for w in words[2:] if w.islower())
            if kept[-1] != hit:
                kept.append(hit)
        elif re.match(r"\w+ +(done|up to date|not applicable) ", line):
            kept.append(words[0])
    return kept


def main() -> int:
    block = first_block(README.read_text("utf-8"))
    said = shape([line for line in block if not line.startswith("$ bash")])
    real = shape(Path(sys.argv[1]).read_text("utf-8").splitlines())
    if said != real:
        print("README.md's first block has gone stale.\nIt says:", *said, "run.sh prints:", *real, sep="\n  ")
        return 1
    commands = [line for line in block if line.startswith("$ bash")]
    if commands != ["$ bash scripts/run.sh", "$ bash scripts/test.sh"]:
        print("README.md's first block must show the two commands, it shows", commands)
        return 1
    print(f"README.md's first block is true: {len(said)} lines checked")
    return 0


if __name__ == "__main__":
    sys.exit(main())
