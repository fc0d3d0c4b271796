"""Measures how many of the Open Imaging Finding Models the reader reaches, by tag.

    python scripts/bench_oifm.py --data FOLDER [--json] [--missing any|whole]

`FOLDER` holds `findings.jsonl` or the models as they are published (radmine/findings/finding_models.py). Each name is read
as a text by itself and as "There is NAME.", with our own lexicon: *any* where either names a finding, *whole* where each of
its content words is within a mention, its site, or what is said of it (side, severity, change, size). `--missing` lists the names without.
"""

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from bench_machine import heading, markdown

from radmine.parse import parse_report
from radmine.parse.attributes import load_attribute_phrases
from radmine.parse.phrases import Phrases
from radmine.parse.text import fold
from radmine.records import Mention

TAGS = {
    "CT": ("ct",),
    "XR": ("xr",),
    "MR": ("mr", "mri"),
    "US": ("us", "ultrasound"),
    "musculoskeletal": ("musculoskeletal", "skeletal", "bone", "bony", "joint", "osseous"),
    "chest": ("chest", "lung", "mediastinum", "pleura", "thoracic"),
    "abdomen": ("abdomen", "abdominal", "liver", "kidney", "gastrointestinal", "pancreas", "renal"),
    "neuro": ("neuro", "brain", "neurological", "neurology"),
    "congenital": ("congenital", "congenital anomaly", "anomaly", "developmental"),
    "vascular": ("vascular", "cardiovascular"),
    "device": ("device",),
}
# Words of a name that nothing need cover.
EMPTY = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "or",
        "and",
        "in",
        "on",
        "at",
        "to",
        "by",
        "for",
        "with",
        "without",
        "from",
        "about",
        "near",
        "into",
        "due",
        "is",
        "are",
        "be",
        "there",
        "as",
        "than",
        "its",
    ]
)
_WORD = re.compile(r"[^\W_]+")


def read_models(folder: Path) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield each name and its tags in lower case."""
    lines = folder / "findings.jsonl"
    if lines.exists():
        models = [json.loads(line) for line in lines.read_text("utf-8").splitlines() if line]
    else:
        models = [json.loads(file.read_text("utf-8")) for file in sorted(folder.rglob("*.fm.json"))]
    for model in models:
        yield model["name"], frozenset(tag.lower() for tag in model.get("tags") or ())


def reach(name: str, attributes: Phrases) -> tuple[bool, bool]:
    """Return whether a name is read at all, and whether all of it is."""
    texts = (name, f"There is {name}.")
    said = [parse_report(text).mentions for text in texts]
    return any(said), any(_whole(t, m, attributes) for t, m in zip(texts, said, strict=True) if m)


def _whole(text: str, mentions: list[Mention], attributes: Phrases) -> bool:
    covered = [(m.start, m.end) for m in mentions] + [m.site for m in mentions if m.site]
    folded = fold(text)
    (hits,) = attributes.find(folded)
    for start, end, said in hits:
        values = {said.side, said.value} - {None}
        if any(values & {m.laterality, m.severity, m.change} or said.kind == "size" for m in mentions):
            covered.append(folded.span(start, end))
    return all(
        word[0].lower() in EMPTY or any(low <= word.start() and word.end() <= high for low, high in covered)
        for word in _WORD.finditer(text)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the finding models")
    parser.add_argument("--json", action="store_true", help="print the numbers as JSON")
    parser.add_argument("--missing", choices=("any", "whole"), help="list the names that are not reached")
    args = parser.parse_args()
    attributes = Phrases(load_attribute_phrases())
    counts: dict[str, Counter[str]] = {row: Counter() for row in ("all", *TAGS)}
    missing = []
    for name, tags in read_models(args.data):
        read, whole = reach(name, attributes)
        if not (whole if args.missing == "whole" else read):
            missing.append(name)
        for row in ("all", *(row for row, of in TAGS.items() if not tags.isdisjoint(of))):
            counts[row].update(n=1, any=read, whole=whole)
    rows = [
        {"tag": tag, "names": c["n"], "any": c["any"] / c["n"], "whole": c["whole"] / c["n"]}
        for tag, c in counts.items()
        if c["n"]
    ]
    if args.missing:
        print("\n".join(missing))
    elif args.json:
        print(json.dumps(rows))
    else:
        print(heading(), end="\n\n")
        table = [(str(r["tag"]), str(r["names"]), f"{r['any']:.3f}", f"{r['whole']:.3f}") for r in rows]
        print(markdown(("names with the tag", "n", "any finding", "whole name"), table))


if __name__ == "__main__":
    main()
