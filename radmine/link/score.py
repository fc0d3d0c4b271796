"""How well links work, against known truth."""

from collections.abc import Set

from radmine.corpus import Corpus
from radmine.records import Link, Score, Truth

Pair = tuple[str, str]  # report, image


def score(corpus: Corpus, truth: Truth) -> list[Score]:
    """Return precision and recall of the (report, image) pairs that a span of the report makes, of those to images of
    earlier studies alone, and the share of references that were resolved.

    Links of a report as a whole (its study, its key objects) are not scored: a true link is one of a span.
    """
    if not truth.links:
        return []
    links: list[Link] = [link for link in corpus.records("links") if link.start is not None]
    true: set[Pair] = {(link.report_id, link.image_id) for link in truth.links}
    found: set[Pair] = {(link.report_id, link.image_id) for link in links}
    prior = {
        (report, index) for report, index, _, reference in corpus.records("references") if reference.prior
    }
    found_prior: set[Pair] = {(k.report_id, k.image_id) for k in links if (k.report_id, k.reference) in prior}
    of_report, of_image = (
        _studies(corpus, t, k) for t, k in (("reports", "report_id"), ("images", "image_id"))
    )
    true_prior = {(r, i) for r, i in true if _differ(of_report.get(r, ()), of_image.get(i, ()))}
    references = corpus.rows("references")
    resolved = len({(link.report_id, link.reference) for link in links if link.reference is not None})
    return [
        *_scores("links", found, true),
        *_scores("links to earlier studies", found_prior, true_prior),
        Score("link", "references", "resolved", resolved / references if references else None, references),
    ]


def _studies(corpus: Corpus, table: str, key: str) -> dict[str, tuple[str | None, ...]]:
    """Return the study id, accession number and study date of each row of a table."""
    columns = (key, "study_id", "accession_number", "study_date")
    rows = corpus.read(table, columns=columns)
    keys, *values = (rows.column(c).to_pylist() for c in columns)
    return dict(zip(keys, zip(*values, strict=True), strict=True))


def _differ(report: tuple[str | None, ...], image: tuple[str | None, ...]) -> bool:
    """Return whether a report and an image are of different studies, by the first of their names that both have."""
    return next((r != i for r, i in zip(report, image, strict=False) if r and i), False)


def _scores(subject: str, found: Set[Pair], true: Set[Pair]) -> list[Score]:
    right = len(found & true)
    return [
        Score("link", subject, "precision", right / len(found) if found else None, len(found)),
        Score("link", subject, "recall", right / len(true) if true else None, len(true)),
    ]
