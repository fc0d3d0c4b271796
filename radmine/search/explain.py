"""Why an entry was found: findings, words, links and similarities, each with its place in the report's text, and the sentence."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from radmine.findings import Lexicon
from radmine.parse import read_sentences
from radmine.records import Assertion, Condition, Hit, Reason, Span
from radmine.search.entries import Entries, EntryLink
from radmine.search.ranking import FoundCase, TextQuestion
from radmine.search.text import TextIndex
from radmine.search.vectors import Vectors

_FOUND = ("finding", "terms")  # reasons that are words of the report


@dataclass(frozen=True, slots=True)
class Explainer:
    """What hits are made with: the parts of an open index."""

    entries: Entries
    text_index: Callable[[], TextIndex]
    report_vectors: Callable[[], Vectors | None]
    lexicon: Lexicon

    def hit(
        self,
        rank: int,
        case: FoundCase,
        question: TextQuestion | None,
        *,
        conditions: Iterable[Condition],
        allowed: np.ndarray | None,
    ) -> Hit:
        """Return the hit of a case: of a report with its best image, or of an image with its report.

        Parameters
        ----------
        conditions
            What a filter alone asks for; none where a question ranks.
        allowed
            Whether an entry's row may be found; None: all may.
        """
        entries, why = self.entries, list[Reason]()
        image = case.image
        if case.report is None:
            assert image is not None
            links = entries.links_of_image(image)
        else:
            links = entries.links_of_report(case.report)
            links = [
                k
                for k in links
                if (k.image == image if image is not None else allowed is None or allowed[k.image])
            ]
        report = case.report if case.report is not None or not links else links[0].report
        text = None if report is None else self.text_index().text(report)
        if case.report is not None and question is not None:
            assert text is not None
            why += self._finding_reasons(case.report, [w.finding for w in question.wanted])
            why += self._term_reasons(text, question)
            why += self._nearness(case.report, question)
        why += self._filter_reasons(case, conditions)
        if case.similarity is not None:
            why.append(Reason("image", f"similarity {case.similarity:.3f}"))
        if links:
            why.append(Reason("link", links[0].method, links[0].start, links[0].end))
            image = links[0].image
        sentence, marks = None, tuple[Span, ...]()
        if text is not None and report is not None:
            found = [
                _Said(r.start, r.end, _worth(r))
                for r in why
                if r.by in _FOUND and r.start is not None and r.end is not None
            ]
            sentence, marks = _sentence(text, found or self._shown(report, image, links))
        entry = image if case.report is None else case.report
        assert entry is not None
        return Hit(
            rank=rank,
            score=case.score,
            kind=entries.value(entry, "kind"),
            image_id=None if image is None else entries.value(image, "image_id"),
            report_id=entries.value(entry, "report_id"),
            study_id=entries.value(entry, "study_id"),
            patient_id=entries.value(entry, "patient_id"),
            path=None if image is None else entries.value(image, "path"),
            why=tuple(why),
            study_date=entries.value(entry, "study_date"),
            modality="/".join(entries.value(entry, "modality")).upper() or None,
            sentence=sentence,
            marks=marks,
        )

    def _finding_reasons(self, row: int, findings: Iterable[str]) -> Iterator[Reason]:
        """Yield what a report's labels say of findings, each with the first place that says so."""
        labels = self.entries.labels_of(row, findings)
        mentions = self.entries.mentions_of(row) if labels else []
        for finding, assertion in labels.items():
            family = self.lexicon.kinds_of(finding)
            said = (m for m in mentions if m.finding in family and m.assertion is assertion)
            first = next(said, None)
            yield Reason(
                "finding", f"{finding} {assertion}", *((first.start, first.end) if first else (None, None))
            )

    def _term_reasons(self, text: str, question: TextQuestion) -> Iterator[Reason]:
        """Yield the words that a report shares with a question."""
        index = self.text_index()
        for start, end in index.first_spans(text, index.terms(question.text)).values():
            yield Reason("terms", text[start:end].lower(), start, end)

    def _nearness(self, report: int, question: TextQuestion) -> Iterator[Reason]:
        vectors = self.report_vectors()
        if question.vector is None or vectors is None:
            return
        stored = vectors.of(report)
        if stored is not None:
            yield Reason("text_vector", f"similarity {float(stored @ question.vector):.3f}")

    def _filter_reasons(self, case: FoundCase, conditions: Iterable[Condition]) -> Iterator[Reason]:
        """Yield the findings of a filter that a case has."""
        asked = [f for condition in conditions if condition.field == "finding" for f in condition.values]
        if case.report is not None:
            reasons = self._finding_reasons(case.report, asked)
            yield from (reason for reason in reasons if reason.detail.endswith(f" {Assertion.PRESENT}"))
        else:
            shown = self.entries.value(case.image, "finding") if case.image is not None else []
            yield from (Reason("finding", f"{f} {Assertion.PRESENT}") for f in asked if f in shown)

    def _shown(self, report: int, image: int | None, links: list[EntryLink]) -> list["_Said"]:
        """Return what in a report speaks of an image, though no word was asked for: the span of the link, with the findings that
        are present there; else the first finding that the image shows.
        """
        mentions = [m for m in self.entries.mentions_of(report) if m.assertion is Assertion.PRESENT]
        if links and links[0].start is not None and links[0].end is not None:
            span = _Said(links[0].start, links[0].end, 1000, marked=False)
            return [span, *(_Said(m.start, m.end, 1) for m in mentions)]
        shown = set() if image is None else set(self.entries.value(image, "finding"))
        return [_Said(m.start, m.end, 1) for m in mentions if m.finding in shown][:1]


class _Said(NamedTuple):
    """Words of a report that speak for a hit, and how much; `marked` are those that a reader looks for."""

    start: int
    end: int
    worth: int
    marked: bool = True


def _worth(reason: Reason) -> int:
    """Return how much a reason speaks for a sentence to be the one that is shown: what is present before what is not, then words."""
    if reason.by == "terms":
        return 1
    return 1000 if reason.detail.endswith(f" {Assertion.PRESENT}") else 100


def _sentence(text: str, said: Sequence[_Said]) -> tuple[str | None, tuple[Span, ...]]:
    """Return the sentence that holds most of what speaks for a hit, the first of equals, and the words in it to mark."""
    best, most = None, 0
    for start, end, _ in read_sentences(text) if said else ():
        worth = sum(words.worth for words in said if words.start < end and words.end > start)
        if worth > most:
            best, most = (start, end), worth
    if best is None:
        return None, ()
    start, end = best
    spans = sorted((w.start, w.end) for w in said if w.marked and w.start < end and w.end > start)
    marks: list[Span] = []
    for a, b in ((max(a, start) - start, min(b, end) - start) for a, b in spans):
        if marks and a <= marks[-1][1]:
            marks[-1] = marks[-1][0], max(b, marks[-1][1])
        else:
            marks.append((a, b))
    return text[start:end], tuple(marks)
