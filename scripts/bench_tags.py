"""Measures how a lesion's looks and places are read: F1 by kind on descriptions, and what of a sentence its image shows.

python scripts/bench_tags.py [--part development|test] [--errors] [--json]

Both tables were written by hand, truth first: `tests/parse/tags.tsv` (a description and its tags and sites) and
`tests/label/relevance_tags.tsv` (sentences of several lesions). A line is of the test part where the hash of its text is odd.
"""

import argparse
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from bench_machine import heading

from radmine.findings import sites_above
from radmine.label.relevance import Relevance, relevance_of
from radmine.label.tags import SITE
from radmine.link import find_references
from radmine.parse import load_tags, parse_report
from radmine.records import Mention

TESTS = Path(__file__).parent.parent / "tests"
DESCRIPTIONS = TESTS / "parse" / "tags.tsv"
RELEVANCE = TESTS / "label" / "relevance_tags.tsv"


def part_of(text: str) -> str:
    """Return the part of a text: development or test."""
    return "test" if hashlib.sha256(text.encode()).digest()[0] % 2 else "development"


def read_rows(path: Path, part: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the texts of a table that are of a part, each with its other cells."""
    for line in path.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            text, *cells = line.split("\t")
            if part in ("all", part_of(text)):
                yield text, cells


def kind_of(name: str) -> str:
    """Return the kind of a tag or a site."""
    return load_tags().get(name, SITE)


def named_by(mention: Mention) -> set[str]:
    """Return the tags and sites of a mention; of one that is denied none."""
    return set() if mention.is_denied else {*mention.tags, *mention.sites}


def wholes(names: set[str]) -> set[str]:
    """Return names with what the sites among them are parts of."""
    above = sites_above()
    return names.union(*(above.get(name, frozenset()) for name in names))


def descriptions(part: str, *, errors: bool = False) -> dict[str, tuple[int, int, int]]:
    """Return for each kind how many tags are read rightly, wrongly, and not at all."""
    counts: dict[str, list[int]] = {}
    for text, (cell, *_) in read_rows(DESCRIPTIONS, part):
        true = set(cell.split())
        read = set[str]().union(*map(named_by, parse_report(text).mentions))
        missed, added = true - wholes(read), read - wholes(true)
        for place, names in enumerate((true - missed, added, missed)):
            for name in names:
                counts.setdefault(kind_of(name), [0, 0, 0])[place] += 1
        if errors and (missed or added):
            print(f"{text}\n    missed {sorted(missed)} added {sorted(added)}")
    return {kind: (right, wrong, missed) for kind, (right, wrong, missed) in sorted(counts.items())}


def relevance(part: str, *, errors: bool = False) -> dict[str, tuple[int, int]]:
    """Return of the tags of a marked lesion, and of those of other lesions, how many its image is said to show, and of how many."""
    own_shown = own = other_shown = other = 0
    for text, cells in read_rows(RELEVANCE, part):
        references, mentions = find_references(text), parse_report(text).mentions
        truths = [set(cell.split("!")[0].split()) - {"-"} for cell in cells]
        beside = {name for cell in cells for name in cell.replace("!", " ").split()} - {"-"}
        shown: list[set[str]] = [set() for _ in references]
        for place, row in enumerate(relevance_of(text, mentions, references)):
            for mention, relevant in zip(mentions, row, strict=True):
                if relevant is Relevance.RELEVANT:
                    shown[place] |= named_by(mention)
        shown += [set()] * (len(truths) - len(shown))
        for true, said in zip(truths, shown, strict=False):
            others = beside - true
            own, own_shown = own + len(true), own_shown + len(true & wholes(said))
            other, other_shown = other + len(others), other_shown + len(others & said)
            if errors and (true - wholes(said) or others & said):
                print(
                    f"{text}\n    own not shown {sorted(true - wholes(said))} other shown {sorted(others & said)}"
                )
    return {"own": (own_shown, own), "other": (other_shown, other)}


def f1(right: int, wrong: int, missed: int) -> float:
    """Return F1 of counts."""
    return 2 * right / (2 * right + wrong + missed) if right else 0.0


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--part", choices=("development", "test", "all"), default="development")
    parser.add_argument("--errors", action="store_true", help="print the lines that are read wrongly")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if asked.errors and asked.part != "development":
        parser.error("only lines of the development part are looked at")
    by_kind = descriptions(asked.part, errors=asked.errors)
    shown = relevance(asked.part, errors=asked.errors)
    groups = {
        "attributes": tuple(map(sum, zip(*(v for k, v in by_kind.items() if k != SITE), strict=True))),
        "all": tuple(map(sum, zip(*by_kind.values(), strict=True))),
    }
    scores = {kind: (round(f1(*counts), 3), *counts) for kind, counts in {**by_kind, **groups}.items()}  # type: ignore[arg-type]
    if asked.json:
        print(json.dumps({"part": asked.part, "f1": scores, "shown": shown}))
        return
    print(heading())
    print(f"\n{asked.part} part\n\n| kind | F1 | right | wrong | missed |\n|---|---|---|---|---|")
    for kind, row in scores.items():
        print(f"| {' | '.join(map(str, (kind, *row)))} |")
    for whose, (said, of) in shown.items():
        print(f"\n{whose} tags shown by the image of a marked lesion: {said} of {of} ({said / of:.3f})")


if __name__ == "__main__":
    main()
