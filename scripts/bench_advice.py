"""Measures how well sentences are read for structured scores and recommendations.

    python scripts/bench_advice.py [--errors] [--part development|test]

The sentences are our own, written with their truth before the rules (`tests/parse/advice.tsv`; a third of them holds nothing),
and split in two by a hash of the text: the rules were mended on the development part only. A score is right where system,
category, modifier, assertion and time are; a recommendation where kind, modality, time and whether it is needed are.
`--errors` prints what went wrong in a part.
"""

import argparse
import hashlib
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench_machine import heading, markdown

from radmine.parse import parse_report
from radmine.records import Assertion, Category, Recommendation, Temporality

SENTENCES = Path(__file__).parent.parent / "tests" / "parse" / "advice.tsv"
PARTS = ("development", "test")
KINDS = ("categories", "recommendations")
_DAYS = {"d": 1.0, "wk": 7.0, "mo": 30.4375, "y": 365.25}
_WHEN = {"interval": "", "repeated": "*", "short_term": "short", "after_event": "event", "now": "now"}

Read = dict[str, Counter[str]]  # kind -> what is said, as the table writes it, times in days


def part_of(text: str) -> str:
    """Return the part that a sentence belongs to."""
    return PARTS[hashlib.sha256(text.encode()).digest()[0] % 2]


def days(time: str) -> str:
    """Return a time of the table in days: "3-6mo" is "91-183", "<1y" is "0-365"."""
    mark = time[0] if time[0] in "<*" else ""
    rest = time.removeprefix(mark)
    number = rest.rstrip("dwkmoy")
    unit = rest.removeprefix(number)
    if not number or unit not in _DAYS:
        return time
    counts = [round(float(count) * _DAYS[unit]) for count in number.split("-")]
    low = 0 if mark == "<" else counts[0]
    return f"{'*' if mark == '*' else ''}{low}-{counts[-1]}"


def read_sentences(path: Path) -> Iterator[tuple[str, Read]]:
    """Yield the sentences of a table with their truth."""
    for line in path.read_text("utf-8").splitlines():
        if line.startswith(("#", "text\t")):
            continue
        text, categories, recommendations = [*line.split("\t"), "", ""][:3]
        said = [item for item in recommendations.split("; ") if item]
        timed = (item.split("@") for item in said)
        yield (
            text,
            {
                "categories": Counter(item for item in categories.split("; ") if item),
                "recommendations": Counter("@".join((what, *map(days, when))) for what, *when in timed),
            },
        )


def category_words(item: Category) -> str:
    """Return a category as the table writes it."""
    mark = {Assertion.ABSENT: "-", Assertion.UNCERTAIN: "?"}.get(item.assertion, "")
    mark += "<" if item.temporality is Temporality.HISTORICAL else ""
    number = item.category if item.category is not None or item.value is None else f"={item.value:g}"
    return f"{mark}{item.system}|{number}|{item.modifier or ''}"


def recommendation_words(item: Recommendation) -> str:
    """Return a recommendation as the table writes it."""
    time = "" if item.when is None else f"@{_WHEN[item.when]}"
    time += "" if item.earliest_days is None else f"{item.earliest_days}-{item.latest_days}"
    modality = f":{item.modality}" if item.modality else ""
    return f"{'' if item.needed else '-'}{item.kind}{modality}{time}"


def said_in(text: str) -> Read:
    """Return what radmine reads in a sentence."""
    read = parse_report(text)
    return {
        "categories": Counter(map(category_words, read.categories)),
        "recommendations": Counter(map(recommendation_words, read.recommendations)),
    }


def rates(pairs: Sequence[tuple[Counter[str], Counter[str]]]) -> tuple[str, ...]:
    """Return how many are true and said, and precision, recall and F1."""
    true, said = (sum(side.total() for side in sides) for sides in zip(*pairs, strict=True))
    both = sum((one & other).total() for one, other in pairs)
    precision, recall = both / said if said else 0.0, both / true if true else 0.0
    return (
        str(true),
        str(said),
        f"{precision:.3f}",
        f"{recall:.3f}",
        f"{2 * both / (true + said) if true + said else 0.0:.3f}",
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--errors", action="store_true", help="print the sentences that are read wrongly")
    parser.add_argument("--part", choices=PARTS)
    options = parser.parse_args()
    sentences = list(read_sentences(SENTENCES))
    rows = []
    for part in PARTS if options.part is None else (options.part,):
        read = [(text, truth, said_in(text)) for text, truth in sentences if part_of(text) == part]
        for kind in KINDS:
            rows.append(
                (part, len(read), kind, *rates([(truth[kind], said[kind]) for _, truth, said in read]))
            )
            for text, truth, said in read if options.errors else ():
                if truth[kind] != said[kind]:
                    print(text, sorted(truth[kind]), sorted(said[kind]), sep="  |  ", file=sys.stderr)
    print(heading() + "\n")
    print(markdown(("part", "sentences", "records", "true", "said", "precision", "recall", "F1"), rows))


if __name__ == "__main__":
    main()
