"""Measures how much of real texts the lexicon and the sites of the body reach.

    python scripts/bench_findings.py --data FOLDER [--json] [--words medpix|roco|openi]

`FOLDER` holds `medpix/` (captions of CT and MR key images), `roco/` (captions of figures of papers) and `openi/` (chest
X-ray reports). A sentence counts where it names a finding, present or not, or a site of the body. Sentences are split by
text into a development and a test part (bench_parse.py); `--words` lists the words and pairs of words that are frequent
in sentences of the development part without a finding, for the lexicon's next entries.
"""

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from bench_machine import heading, markdown
from bench_parse import PARTS, part_of, read_openi

from radmine.findings import load_anatomy, load_findings
from radmine.parse import parse_report
from radmine.parse.attribute_words import load_attribute_phrases
from radmine.parse.phrases import Phrases
from radmine.parse.text import fold

MODALITIES = {
    "CT": re.compile(r"\b(?:ct|cta|cect|hrct|computed tomograph\w*|computeri[sz]ed tomograph\w*)\b", re.I),
    "MR": re.compile(r"\b(?:mri?|mra|mrcp|magnetic resonance|t[12]w?|t[12] weighted|flair)\b", re.I),
    "US": re.compile(r"\b(?:ultraso\w*|sonogra\w*|echocardiogra\w*|doppler)\b", re.I),
}


class Text(NamedTuple):
    """A text to read, and the rows of the table that it counts for."""

    text: str
    rows: tuple[str, ...]


def read_medpix(folder: Path) -> Iterator[Text]:
    """Yield the distinct captions."""
    descriptions = json.loads((folder / "descriptions.json").read_text("utf-8"))
    captions = {d["Description"]["Caption"]: d["Type"] for d in descriptions if d["Description"]["Caption"]}
    for caption, modality in captions.items():
        yield Text(caption, ("MedPix captions", f"MedPix captions, {modality}"))


def read_roco(folder: Path) -> Iterator[Text]:
    """Yield the captions; their modality where they name just one."""
    for line in (folder / "captions.txt").read_text("utf-8").splitlines():
        caption = line.partition("\t")[2].strip()
        named = [m for m, pattern in MODALITIES.items() if pattern.search(caption.replace("-", " "))]
        modality = named[0] if len(named) == 1 else "other or none named"
        yield Text(caption, ("ROCO captions", f"ROCO captions, {modality}"))


def read_texts(data: Path) -> Iterator[Text]:
    """Yield all texts."""
    yield from read_medpix(data / "medpix")
    yield from read_roco(data / "roco")
    for report in read_openi(data / "openi"):
        if report.text:
            yield Text(report.text, ("Open-i findings and impression",))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", action="store_true", help="one object a line")
    parser.add_argument(
        "--words", choices=("medpix", "roco", "openi"), help="frequent words without a finding"
    )
    options = parser.parse_args()
    places = Phrases({p: said for p, said in load_attribute_phrases().items() if said.site})
    counts: dict[tuple[str, str], Counter[str]] = {}
    words: Counter[str] = Counter()
    for text, rows in read_texts(options.data):
        parsed = parse_report(text)
        with_finding = {mention.sentence for mention in parsed.mentions}
        placed = {mention.sentence for mention in parsed.mentions if mention.anatomy}
        for index, (start, end, _) in enumerate(parsed.sentences):
            sentence = text[start:end]
            split = part_of(sentence)
            finding = index in with_finding
            anatomy = any(places.find(fold(sentence))[0])
            for row in rows:
                counter = counts.setdefault((row, split), Counter())
                counter["sentences"] += 1
                counter["finding"] += finding
                counter["anatomy"] += anatomy
                counter["either"] += finding or anatomy
                counter["placed"] += index in placed
            if (
                options.words
                and not finding
                and split == PARTS[0]
                and options.words in rows[0].lower().replace("-", "")
            ):
                plain = re.findall(r"[a-z]+", sentence.lower())
                words.update({w for w in plain if len(w) > 3})
                words.update({" ".join(pair) for pair in pairwise(plain)})
    if options.words:
        for word, many in words.most_common(400):
            print(f"{many}\t{word}")
        return
    columns = ("sentences", "finding", "anatomy", "either", "placed")
    if options.json:
        for (row, split), counter in counts.items():
            print(json.dumps({"texts": row, "split": split, **{c: counter[c] for c in columns}}))
        return
    print(heading() + f", {len(load_findings())} findings, {len(load_anatomy())} sites\n")
    rows_ = [
        (row, split, f"{c['sentences']:,}", *(f"{c[k] / c['sentences']:.3f}" for k in columns[1:]))
        for (row, split), c in sorted(counts.items())
    ]
    print(
        markdown(
            (
                "texts",
                "split",
                "sentences",
                "with a finding",
                "with a site",
                "with either",
                "with a finding at a site",
            ),
            rows_,
        )
    )


if __name__ == "__main__":
    main()
