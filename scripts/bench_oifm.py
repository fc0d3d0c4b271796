"""Measures how many of the Open Imaging Finding Models the reader reaches, by tag.

    python scripts/bench_oifm.py --data FOLDER [--part development|test|all] [--json] [--missing any|whole]

`FOLDER` holds `findings.jsonl` or the models as they are published (radmine/findings/finding_models.py). Each name is read
as a text by itself and as "There is NAME.", with our own lexicon: *any* where either names a finding, *whole* where each of
its content words is within a mention, a site of it, or the words by which it is described (side, severity, change, size, tags). Half of the names, by a hash of
the name, are the development part, the others the test part: study the first only. `--missing` lists the names of the development part without.
"""

import argparse
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from bench_machine import heading, markdown

from radmine.findings import load_site_phrases
from radmine.parse import parse_report
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
PLACES = Phrases(load_site_phrases())
PARTS = ("development", "test")
_WORD = re.compile(r"[^\W_]+")


def part_of(name: str) -> str:
    """Return the part to which a name belongs."""
    words = " ".join(_WORD.findall(name.lower()))
    return PARTS[hashlib.blake2b(words.encode(), digest_size=1).digest()[0] % 2]


def read_models(folder: Path) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield each name and its tags in lower case."""
    lines = folder / "findings.jsonl"
    if lines.exists():
        models = [json.loads(line) for line in lines.read_text("utf-8").splitlines() if line]
    else:
        models = [json.loads(file.read_text("utf-8")) for file in sorted(folder.rglob("*.fm.json"))]
    for model in models:
        yield model["name"], frozenset(tag.lower() for tag in model.get("tags") or ())


def reach(name: str) -> tuple[bool, bool]:
    """Return whether a name is read at all, and whether all of it is."""
    texts = (name, f"There is {name}.")
    said = [parse_report(text).mentions for text in texts]
    return any(said), any(_whole(t, m) for t, m in zip(texts, said, strict=True) if m)


def _whole(text: str, mentions: list[Mention]) -> bool:
    covered = [(m.start, m.end) for m in mentions] + [m.site for m in mentions if m.site]
    covered += [(said.start, said.end) for m in mentions for said in m.described]
    covered += [span for m in mentions for span in m.tag_spans]
    sites = {site for m in mentions for site in m.sites}
    folded = fold(text)
    (places,) = PLACES.find(folded)
    covered += [folded.span(start, end) for start, end, (site, _) in places if site in sites]
    return all(
        word[0].lower() in EMPTY or any(low <= word.start() and word.end() <= high for low, high in covered)
        for word in _WORD.finditer(text)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the finding models")
    parser.add_argument("--part", choices=(*PARTS, "all"), default="all", help="the names to read")
    parser.add_argument("--json", action="store_true", help="print the numbers as JSON")
    parser.add_argument(
        "--missing",
        choices=("any", "whole"),
        help="list the names of the development part that are not reached",
    )
    args = parser.parse_args()
    counts: dict[str, Counter[str]] = {row: Counter() for row in ("all", *TAGS)}
    missing = []
    part = PARTS[0] if args.missing else args.part
    for name, tags in read_models(args.data):
        if part not in ("all", part_of(name)):
            continue
        read, whole = reach(name)
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
