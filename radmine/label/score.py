"""How well labels of reports and of images agree with known truth."""

from collections import Counter
from collections.abc import Iterator, Mapping

from radmine.corpus import Corpus
from radmine.findings import ancestors
from radmine.records import Assertion, Score, Truth

Key = tuple[str, str]  # report or image, finding


def score(corpus: Corpus, truth: Truth) -> list[Score]:
    """Return precision, recall and F1 of "present", over all findings and for each, of reports and of images.

    A true finding makes its more general ones true as well, as labels do. Of images those count that the truth names and that
    carry a label; an image of which no report speaks is no error of the labels.
    """
    found: dict[str, dict[Key, Assertion]] = {"reports": {}, "images": {}}
    for row in corpus.records("labels"):
        kind, item = ("reports", row.report_id) if row.image_id is None else ("images", row.image_id)
        if found[kind].get((item, row.finding)) is not Assertion.PRESENT:
            found[kind][item, row.finding] = row.assertion
    true: dict[str, dict[Key, Assertion]] = {"reports": {}, "images": {}}
    for label in truth.labels:
        kind, item = (
            ("images", label.image_id) if label.image_id is not None else ("reports", label.report_id)
        )
        true[kind][str(item), label.finding] = label.assertion
    result: list[Score] = []
    for kind in ("reports", "images"):
        if true[kind]:
            labelled = {item for item, _ in found[kind]}
            named = {item for item, _ in true[kind]}
            scored = named if kind == "reports" else named & labelled
            result += _scores(kind, found[kind], true[kind], scored)
    return result


def _scores(
    kind: str, found: Mapping[Key, Assertion], true: Mapping[Key, Assertion], scored: set[str]
) -> Iterator[Score]:
    positive = {
        key for key, assertion in found.items() if assertion is Assertion.PRESENT and key[0] in scored
    }
    truly = {key for key, assertion in true.items() if assertion is Assertion.PRESENT and key[0] in scored}
    truly |= {(item, general) for item, finding in truly for general in ancestors(finding)}
    counts: dict[str, Counter[str]] = {}
    for name, keys in (("found", positive), ("true", truly), ("both", positive & truly)):
        counts[name] = Counter(finding for _, finding in keys)
    both, n_found, n_true = (counts[c].total() for c in ("both", "found", "true"))
    yield Score("label", f"{kind}: all findings", "precision", both / n_found if n_found else None, n_found)
    yield Score("label", f"{kind}: all findings", "recall", both / n_true if n_true else None, n_true)
    yield Score("label", f"{kind}: all findings", "micro F1", _f1(both, n_found, n_true), n_true)
    for finding in sorted(counts["true"] | counts["found"]):
        of = [counts[c][finding] for c in ("both", "found", "true")]
        yield Score("label", f"{kind}: {finding}", "F1", _f1(*of), of[2])


def _f1(both: int, found: int, true: int) -> float | None:
    return 2 * both / (found + true) if found + true else None
