"""How well side, site, size, severity and change are read: accuracy over the mentions of `tests/parse/attributes_200.tsv`.

Half of its sentences, by a hash of the text, are the test part: tune on the others.
"""

import argparse
import csv
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from radmine.parse import parse_report
from radmine.records import Mention

TABLES = Path(__file__).resolve().parents[1] / "tests" / "parse"
KINDS = ("anatomy", "laterality", "size_mm", "severity", "change")


def rows(table: str = "attributes_200") -> Iterator[dict[str, str]]:
    """Yield the rows of a table."""
    with (TABLES / f"{table}.tsv").open(encoding="utf-8", newline="") as stream:
        lines = (line for line in stream if line[0] != "#")
        yield from csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)


def part_of(text: str) -> str:
    """Return the part to which a sentence belongs: development or test."""
    return ("development", "test")[zlib.crc32(text.encode()) % 2]


def named(sentence: str, name: str) -> Mention | None:
    """Return the mention of a finding, "cyst#2" the second, wherever it is; any of several names, with "|" between."""
    name, _, number = name.partition("#")
    found = [m for m in parse_report(sentence).mentions if m.finding.partition("@")[0] in name.split("|")]
    at = int(number or 1) - 1
    return found[at] if at < len(found) else None


def wrong_in(row: dict[str, str], mention: Mention) -> dict[str, tuple[str, str]]:
    """Return the attributes of a mention that are not as the row has them: kind -> (got, wanted)."""
    wrong = {}
    for kind in KINDS:
        value = getattr(mention, kind)
        got = " ".join(f"{size:g}" for size in value) if kind == "size_mm" else value or ""
        wanted = row[kind] or ""
        if "*" not in wanted.split("|") and got not in wanted.replace("-", "").split("|"):
            wrong[kind] = got, wanted
    return wrong


def main() -> None:
    """Print how many mentions are read, and the share of them with each attribute right."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=("development", "test", "all"), default="development")
    parser.add_argument("--wrong", action="store_true", help="show what is wrong, of the development part")
    options = parser.parse_args()
    read, unread, wrong = 0, 0, Counter[str]()
    for row in rows():
        sentence = row["sentence"]
        if options.part not in ("all", part_of(sentence)):
            continue
        mention = named(sentence, row["finding"])
        if mention is None:
            unread += 1
        else:
            read += 1
            errors = wrong_in(row, mention)
            wrong.update(errors.keys())
        if options.wrong and part_of(sentence) == "development":
            if mention is None:
                print(
                    "UNREAD",
                    row["finding"],
                    "|",
                    sentence,
                    "|",
                    [m.finding for m in parse_report(sentence).mentions],
                )
            elif errors:
                print(row["finding"], errors, "|", sentence)
    print(f"{options.part}: {read} mentions, {unread} not read")
    for kind in KINDS:
        print(f"{kind:12} {1 - wrong[kind] / read:.3f}  ({wrong[kind]} wrong)")


if __name__ == "__main__":
    main()
