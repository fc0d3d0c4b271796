"""Why an entry was found: findings, words, links and similarities, each with its place in the report's text, and the sentence."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from radmine.findings import Lexicon, read_pairs
from radmine.parse import find_sections, parse_report, read_sentences
from radmine.records import Assertion, Condition, Experiencer, Hit, Reason, Span
from radmine.search.entries import Entries, EntryLink
from radmine.search.ranking import FoundCase, TextQuestion
from radmine.search.text import TextIndex
from radmine.search.vectors import Vectors

_FOUND = ("finding", "terms", "near")  # reasons that are words of the report


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
        links = self._links(case, allowed)
        report = case.report if case.report is not None or not links else links[0].report
        text = None if report is None else self.text_index().text(report)
        asked = self._asked(case, conditions)
        if case.report is not None and question is not None:
            assert text is not None
            asked = [w.finding for w in question.wanted]
            why += self._said_of(case.report, text, question)
            why += self._nearness(case.report, question)
        why += self._filter_reasons(case, conditions)
        if case.similarity is not None:
            why.append(Reason("image", f"similarity {case.similarity:.3f}"))
        image = links[0].image if links else case.image
        if links:
            why.append(Reason("link", links[0].method, links[0].start, links[0].end))
        elif image is None and case.report is not None:
            image = self._of_study(case.report, allowed)
            why += [Reason("study", "of this study; no sentence names it")] if image is not None else []
        if image is not None and case.report is not None:
            why += self._image_reasons(image, case.report, asked)
        sentence, marks = None, tuple[Span, ...]()
        if text is not None and report is not None:
            found = [
                _Said(r.start, r.end, _worth(r))
                for r in why
                if r.by in _FOUND and r.start is not None and r.end is not None
            ]
            if not found and (question is None or case.report is None or case.similarity is not None):
                found = self._shown(report, image, links)
            sentence, marks = _sentence(text, found)
            if sentence is None and case.report is not None:
                sentence = _first_sentence(text)
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

    def _asked(self, case: FoundCase, conditions: Iterable[Condition]) -> list[str]:
        """Return the findings that a filter asks for; of pairs those that the case has."""
        row = case.report if case.report is not None else case.image
        held = [] if row is None else self.entries.value(row, "finding")
        values = [f for c in conditions if c.field == "finding" for f in c.values]
        pairs = [asked for value in values if (asked := read_pairs(value)) is not None]
        more = (name for name in held if any(asked.hold(name) for asked in pairs))
        return list(dict.fromkeys((*(f for f in values if self.lexicon.find(f)), *more)))

    def _links(self, case: FoundCase, allowed: np.ndarray | None) -> list[EntryLink]:
        """Return the links of a case, those first that speak of its image or, where it has none, of one that may be found."""
        if case.report is None:
            assert case.image is not None
            return self.entries.links_of_image(case.image)
        links = self.entries.links_of_report(case.report)
        if case.image is not None:
            return [k for k in links if k.image == case.image]
        return links if allowed is None else sorted(links, key=lambda k: not allowed[k.image])

    def _of_study(self, report: int, allowed: np.ndarray | None) -> int | None:
        """Return an image of a report's study."""
        study = self.entries.value(report, "study_id")
        images = self.entries.images_of_study(study) if study else []
        return next((i for i in images if allowed is None or allowed[i]), images[0] if images else None)

    def _image_reasons(self, image: int, report: int, findings: Sequence[str]) -> Iterator[Reason]:
        """Yield what the labels of an image itself say of findings, where it is another thing than the report's."""
        said = self.entries.labels_of(report, findings)
        for finding, assertion in self.entries.labels_of(image, findings).items():
            if said.get(finding) is not assertion:
                yield Reason("image_label", self._label_words(image, finding, assertion))

    def _label_words(self, row: int, finding: str, assertion: Assertion) -> str:
        decided = " (decided)" if self.entries.is_decided(row, finding) else ""
        return f"{finding} {assertion}{decided}"

    def _said_of(self, report: int, text: str, question: TextQuestion) -> list[Reason]:
        """Return what a report says of what a question asks for: its labels, what it says of the past or of others, and the
        words; or that it says nothing of it.
        """
        findings = [w.finding for w in question.wanted]
        why = list(self._finding_reasons(report, findings))
        if findings and not why:
            why = list(self._other_mentions(text, findings))
        words = list(self._term_reasons(text, question))
        silent = not why if findings else not words
        return [*why, *words, *([Reason("silent", "does not mention it")] if silent else [])]

    def _other_mentions(self, text: str, findings: Sequence[str]) -> Iterator[Reason]:
        """Yield the first mention of each finding that a report has no label of: of the past, or of another person."""
        mentions = parse_report(text, lexicon=self.lexicon).mentions
        for finding in findings:
            family = self.lexicon.kinds_of(finding)
            said = next((m for m in mentions if m.finding in family), None)
            if said is not None:
                other = said.experiencer is not Experiencer.PATIENT
                of = "of another" if other else said.temporality
                yield Reason("finding", f"{finding} {said.assertion}, {of}", said.start, said.end)

    def _finding_reasons(self, row: int, findings: Iterable[str]) -> Iterator[Reason]:
        """Yield what a report's labels say of findings, each with the first place that says so."""
        labels = self.entries.labels_of(row, findings)
        mentions = self.entries.mentions_of(row) if labels else []
        for finding, assertion in labels.items():
            family = self.lexicon.kinds_of(finding)
            said = (m for m in mentions if m.finding in family and m.assertion is assertion)
            first = next(said, None)
            place = (first.start, first.end) if first else (None, None)
            yield Reason("finding", self._label_words(row, finding, assertion), *place)

    def _term_reasons(self, text: str, question: TextQuestion) -> Iterator[Reason]:
        """Yield the words that a report shares with a question, and those that stand in for words which it lacks."""
        index = self.text_index()
        own = [(term,) for term in index.terms(question.text)]
        spans = index.first_spans(text, [*own, *(add.terms for add in question.added)])
        yield from (Reason("terms", text[slice(*spans[t])].lower(), *spans[t]) for t in spans if t in own)
        for add in question.added:
            if add.terms in spans and not all((term,) in spans for term in add.asked):
                how = "from the lexicon" if add.cosine is None else f"{add.cosine:.2f}"[1:]
                said = text[slice(*spans[add.terms])].lower()
                yield Reason("near", f"{add.instead_of} ~ {said} {how}", *spans[add.terms])

    def _nearness(self, report: int, question: TextQuestion) -> Iterator[Reason]:
        vectors = self.report_vectors()
        if question.vector is None or vectors is None:
            return
        stored = vectors.of(report)
        if stored is not None:
            yield Reason("text_vector", f"similarity {float(stored @ question.vector):.3f}")

    def _filter_reasons(self, case: FoundCase, conditions: Iterable[Condition]) -> Iterator[Reason]:
        """Yield the findings of a filter that a case has."""
        conditions = list(conditions)
        asked = self._asked(case, conditions)
        row = case.image if case.report is None else case.report
        held = self.entries.value(row, "tag") if row is not None else []
        tags = [
            t for condition in conditions if condition.field == "tag" for t in condition.values if t in held
        ]
        yield from (Reason("tag", tag) for tag in tags)
        if case.report is not None:
            reasons = self._finding_reasons(case.report, asked)
            yield from (reason for reason in reasons if _says_present(reason))
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
    if reason.by in ("terms", "near"):
        return 1
    return 1000 if _says_present(reason) else 100


def _says_present(reason: Reason) -> bool:
    return reason.detail.removesuffix(" (decided)").endswith(f" {Assertion.PRESENT}")


def _first_sentence(text: str) -> str | None:
    """Return the first sentence of a report's impression, else of its findings, else of all."""
    sections, sentences = find_sections(text), read_sentences(text)
    bodies = [(s.start, s.end) for name in ("impression", "findings") for s in sections if s.name == name]
    for start, end in (*bodies, (0, len(text))):
        for sentence in sentences:
            if sentence.start >= start and sentence.end <= end:
                return text[sentence.start : sentence.end]
    return None


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
