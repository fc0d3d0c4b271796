"""Why an entry was found: findings, words, links and similarities, each with its place in the report's text."""

from collections.abc import Iterator

from radmine.findings import Lexicon
from radmine.records import Reason
from radmine.search.entries import Entries, EntryLink
from radmine.search.ranking import TextQuestion
from radmine.search.text import TextIndex


def text_reasons(
    row: int, question: TextQuestion, *, entries: Entries, text_index: TextIndex, lexicon: Lexicon
) -> Iterator[Reason]:
    """Yield why a report answers a text: its labels for the wanted findings, then the words that it shares."""
    labels = entries.labels_of(row, [w.finding for w in question.wanted])
    mentions = entries.mentions_of(row) if labels else []
    for finding, assertion in labels.items():
        family = lexicon.kinds_of(finding)
        said = (m for m in mentions if m.finding in family and m.assertion is assertion)
        first = next(said, None)
        detail = f"{finding} {assertion}"
        yield Reason("finding", detail, *((first.start, first.end) if first else (None, None)))
    text = text_index.text(row)
    for start, end in text_index.first_spans(text, text_index.terms(question.text)).values():
        yield Reason("terms", text[start:end].lower(), start, end)


def link_reason(link: EntryLink) -> Reason:
    """Return the reason that a link is."""
    return Reason("link", link.method, link.start, link.end)


def similarity_reason(by: str, similarity: float) -> Reason:
    """Return the reason that a near vector is."""
    return Reason(by, f"similarity {similarity:.3f}")
