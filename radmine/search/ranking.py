"""Ranking: reports by what a text asks for, images by nearness, cases by both."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from radmine.search.entries import ASSERTIONS, Entries
from radmine.search.fusion import CONSTANT, reciprocal_ranks
from radmine.search.question import AGREEMENT, STEP, Wanted, quoted_in
from radmine.search.text import Added, TextIndex, label_term
from radmine.search.vectors import Vectors

Case: TypeAlias = tuple[str, int | str]  # report, study or image, and its row or id


@dataclass(frozen=True, slots=True)
class TextQuestion:
    """A query by text, understood."""

    text: str
    wanted: tuple[Wanted, ...]
    vector: np.ndarray | None  # of the text, where the index has report vectors and their encoder takes text
    added: tuple[Added, ...] = ()  # words that may stand in for some of its own
    unread: tuple[str, ...] = ()  # words in the place of which the vector has others


@dataclass(frozen=True, slots=True)
class Ranked:
    """An entry found, and how well it fits."""

    row: int
    score: float


def rank_reports(
    question: TextQuestion,
    *,
    entries: Entries,
    text_index: TextIndex,
    vectors: Vectors | None,
    allowed: np.ndarray | None,
    depth: int,
) -> list[Ranked]:
    """Return the reports that a text asks for, best first, ties by id.

    First by how well a report's labels agree with the findings that the query wants (`question.AGREEMENT`), so that
    a report which asserts a finding stands before one that denies it, whatever their words; within equal agreement by
    the reciprocal ranks of its words (BM25) and, where there are report vectors, of its meaning, those that have a word or a
    finding of the query first. The score is the agreement plus a part in [0, 0.5) for these ranks.
    """
    agreements: dict[str, float] = {}
    for wanted in question.wanted:
        for assertion, agreement in AGREEMENT[wanted.assertion].items():
            agreements[label_term(wanted.finding, assertion)] = agreement
    deep = max(100, 4 * depth)  # a report far down in one ranking may lead when fused
    said = text_index.search(
        question.text, agreements=agreements, depth=deep, allowed=allowed, added=question.added
    )
    rankings, with_words = [said], set(said)
    if question.vector is not None and vectors is not None:
        near = [
            row for row, cosine in vectors.nearest(question.vector, depth=deep, allowed=allowed) if cosine > 0
        ]
        for (
            words
        ) in question.unread:  # a report that has them is as near as one that has the others, and nearer
            own = text_index.search(f'"{words}"', agreements={}, depth=deep, allowed=allowed)
            near = list(dict.fromkeys((*own, *near)))
        if quoted_in(question.text):
            near = [row for row in near if row in with_words]
        rankings.append(near)
    scale = 0.98 * STEP * (CONSTANT + 1) / len(rankings)
    fused = reciprocal_ranks(rankings)
    totals = total_agreement(question.wanted, np.fromiter(fused, np.int64, len(fused)), entries)
    found = [
        Ranked(row, a + (scale * f + STEP * (row in with_words)) / 2)
        for (row, f), a in zip(fused.items(), totals.tolist(), strict=True)
    ]
    return sorted(found, key=lambda f: (-f.score, f.row))[:depth]


def total_agreement(wanted: Sequence[Wanted], rows: np.ndarray, entries: Entries) -> np.ndarray:
    """Return for each report, by row, the sum of its labels' agreements with all that a query wants."""
    total = np.zeros(len(rows))
    for want in wanted:
        worth = AGREEMENT[want.assertion]
        by_code = np.array([*(worth[assertion] for assertion in ASSERTIONS), 0.0])  # the last: not mentioned
        total += by_code[entries.label_codes(want.finding, rows)]
    return total


@dataclass(frozen=True, slots=True)
class FoundCase:
    """A case found by text, by image, or by both."""

    score: float
    report: int | None  # its row
    image: int | None  # row of its best image among those found
    similarity: float | None  # of that image


def list_cases(entries: Entries, allowed: np.ndarray, k: int) -> tuple[list[FoundCase], int]:
    """Return the first cases that fit, and how many there are: reports, and of each study that none of them speaks of an image.
    The newest study comes first, those without a date last, then by id.
    """
    reports, images = entries.linked
    with_report = np.zeros(len(allowed), dtype=bool)
    with_report[: entries.reports] = allowed[: entries.reports]
    with_report[images[allowed[reports]]] = True
    studies = entries.ids["study_id"].combine_chunks().dictionary_encode()
    codes = studies.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    alone = np.flatnonzero(allowed & ~with_report & ~((codes >= 0) & np.isin(codes, codes[with_report])))
    # The first of a study stands for it; images of no study stand for themselves.
    _, first = np.unique(np.where(codes[alone] < 0, -1 - alone, codes[alone]), return_index=True)
    rows = pa.array(np.concatenate([np.flatnonzero(allowed[: entries.reports]), np.sort(alone[first])]))
    dated = pa.table({"row": rows, "date": entries.ids["study_date"].take(rows)})
    order = pc.sort_indices(dated, sort_keys=[("date", "descending"), ("row", "ascending")])
    found = rows.take(order[:k]).to_pylist()
    of_reports = [(row, None) if row < entries.reports else (None, row) for row in found]
    return [FoundCase(0.0, report, image, None) for report, image in of_reports], len(rows)


def fuse_cases(reports: Sequence[Ranked], images: Sequence[Ranked], *, entries: Entries) -> list[FoundCase]:
    """Return the cases of two rankings, best first, by reciprocal rank fusion (`fusion.reciprocal_ranks`).

    A case is a report with the images linked to it; images without a report make a case by study, or alone. A case's
    rank among the images is that of its best one. Of equal scores, cases with a report come first, then by id.
    """
    cases = [_case_of(found.row, entries) for found in images]
    best: dict[Case, Ranked] = {}
    for case, found in zip(cases, images, strict=True):
        best.setdefault(case, found)
    asked: list[Case] = [("report", found.row) for found in reports]
    scores = reciprocal_ranks([asked, cases])
    fused = []
    for (kind, key), score in scores.items():
        image = best.get((kind, key))
        report = int(key) if kind == "report" else None
        fused.append(FoundCase(score, report, *((image.row, image.score) if image else (None, None))))
    return sorted(fused, key=lambda c: (-c.score, c.report is None, c.report, c.image))


def _case_of(image: int, entries: Entries) -> Case:
    report = entries.report_of_image(image)
    if report is not None:
        return "report", report
    study = entries.value(image, "study_id")
    return ("study", study) if study else ("image", image)
