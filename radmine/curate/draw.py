"""Which reports to check: the most doubtful, and some at random."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from heapq import nsmallest
from typing import Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from radmine.corpus import Corpus
from radmine.files import digest
from radmine.label.weigh.combine import speaker_of
from radmine.records import Assertion, is_decision

Why = Literal["random", "doubtful"]
RANDOM: Why = "random"
DOUBTFUL: Why = "doubtful"


class Drawn(NamedTuple):
    """A report to check, and why it."""

    report_id: str
    why: Why


def draw(corpus: Corpus, n: int, *, seed: int = 0) -> list[Drawn]:
    """Return `n` reports: half of them at random, each as likely as any other, then the most doubtful of the rest.

    A report is as doubtful as its most doubtful label (the entropy of its probability, and one more where its voters contradict
    each other), then as all together; what people decided leaves no doubt. Of doubtful reports with the same text one is drawn. A larger draw of the same seed holds the smaller. Where
    all are drawn, none is drawn by its doubt.
    """
    texts = dict(_texts(corpus))
    at_random = some_of(texts, n - n // 2 if n < len(texts) else n, seed=seed)
    doubt = _doubts(corpus)
    rest = sorted(texts.keys() - set(at_random), key=lambda report: (*doubt.get(report, (0.0, 0.0)), report))
    chosen: dict[int, str] = {}
    for report in reversed(rest):
        if len(chosen) == n // 2:
            break
        chosen.setdefault(texts[report], report)
    return [*(Drawn(r, RANDOM) for r in at_random), *(Drawn(r, DOUBTFUL) for r in chosen.values())]


def doubtful_first(corpus: Corpus, findings: Collection[str]) -> list[str]:
    """Return the reports that have a text, those first whose labels on some findings are the most doubtful (as `draw` has it)."""
    doubt = _doubts(corpus, findings)

    def order(report: str) -> tuple[float, float, str]:
        largest, total = doubt.get(report, (0.0, 0.0))
        return -largest, -total, digest(report)

    return sorted((report for report, _ in _texts(corpus)), key=order)


def some_of(reports: Iterable[str], n: int, *, seed: int) -> list[str]:
    """Return `n` reports at random, each as likely as any other; more of the same seed begin with the same."""
    return nsmallest(n, reports, key=lambda report: digest(seed, report))


def population(corpus: Corpus) -> int:
    """Return how many reports there are to draw from: those with a text."""
    return sum(1 for _ in _texts(corpus))


def _texts(corpus: Corpus) -> Iterator[tuple[str, int]]:
    """Yield the reports that have a text, with a number that is the same for the same words."""
    for shard in corpus.shards("reports"):
        table = corpus.read_shard("reports", shard, columns=["report_id", "text"])
        for report, text in zip(*(column.to_pylist() for column in table.columns), strict=True):
            words = text.lower().split()
            if words:
                yield report, hash(" ".join(words))


def _doubts(corpus: Corpus, findings: Collection[str] | None = None) -> Mapping[str, tuple[float, float]]:
    """Return the largest and the summed doubt of the labels of each report: of all findings, or of these."""
    found: dict[str, tuple[float, float]] = {}
    rows = _of_reports(findings)
    for shard in corpus.shards("labels"):
        columns = ["report_id", "image_id", "finding", "probability", "voters"]
        labels = corpus.read_shard("labels", shard, columns=columns, rows=rows)
        labels = labels.filter(
            pa.array(
                [not any(map(is_decision, by)) for by in labels.column("voters").to_pylist()], pa.bool_()
            )
        )
        doubt = pa.table(
            {"report": labels.column("report_id"), "doubt": _entropy(labels.column("probability"))}
        )
        grouped = doubt.group_by("report").aggregate([("doubt", "max"), ("doubt", "sum")])
        for row in grouped.to_pylist():
            found[row["report"]] = row["doubt_max"], row["doubt_sum"]
    for report, contradictions in _contradictions(corpus, rows).items():
        largest, total = found.get(report, (0.0, 0.0))
        found[report] = largest + 1, total + contradictions
    return found


def _entropy(probabilities: pa.ChunkedArray) -> pa.Array:
    p = np.clip(probabilities.to_numpy(), 1e-9, 1 - 1e-9)
    return pa.array(-(p * np.log2(p) + (1 - p) * np.log2(1 - p)))


def _of_reports(findings: Collection[str] | None) -> pc.Expression:
    on_reports = pc.field("image_id").is_null()
    return on_reports if findings is None else on_reports & pc.field("finding").isin(sorted(findings))


def _contradictions(corpus: Corpus, rows: pc.Expression) -> dict[str, int]:
    """Return of how many findings of a report its voters say different things; of those that people decided they do not count."""
    found: dict[str, int] = {}
    strength = {str(said): said.strength for said in Assertion}
    for shard in corpus.shards("votes"):
        columns = ["report_id", "image_id", "finding", "voter", "assertion"]
        votes = corpus.read_shard("votes", shard, columns=columns, rows=rows)
        who = [speaker_of(voter) for voter in votes.column("voter").to_pylist()]
        if len(set(who)) < 2:
            continue
        said = [strength[word] for word in votes.column("assertion").to_pylist()]
        each = pa.table(
            {
                "report": votes.column("report_id"),
                "finding": votes.column("finding"),
                "who": who,
                "said": said,
            }
        )
        decided = pa.array([is_decision(voter) for voter in votes.column("voter").to_pylist()], pa.bool_())
        settled = each.filter(decided).select(["report", "finding"])
        each = each.join(settled, keys=["report", "finding"], join_type="left anti")
        words = each.group_by(["report", "finding", "who"]).aggregate([("said", "max")])
        spread = words.group_by(["report", "finding"]).aggregate([("said_max", "min"), ("said_max", "max")])
        differing = spread.filter(pc.not_equal(spread.column("said_max_min"), spread.column("said_max_max")))
        for report in differing.column("report").to_pylist():
            found[report] = found.get(report, 0) + 1
    return found
