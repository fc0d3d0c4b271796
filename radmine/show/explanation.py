"""The rows of an explanation, for the terminal and for pages."""

from collections.abc import Iterator

from radmine.label import Explanation, ReadMention
from radmine.records import Assertion, Experiencer, Mention, Temporality

MENTION_COLUMNS = ("span", "phrase", "finding", "said", "by", "attributes", "left out because")
SHORT_COLUMNS = ("span", "finding", "said", "by")
VOTE_COLUMNS = ("finding", "label", "probability", "voter", "its vote", "its probability")
_USUAL = (Temporality.CURRENT, Experiencer.PATIENT)


def mention_row(read: ReadMention, text: str) -> tuple[str, ...]:
    """Return a mention in words: where, the phrase, the finding, what is said of it and by which rule, its attributes."""
    m = read.mention
    said = [in_words(m), *(str(v) for v in (m.temporality, m.experiencer) if v not in _USUAL)]
    by = m.rule
    if m.trigger is not None:
        by += f': "{text[slice(*m.trigger)]}" at {m.trigger[0]}'
    if m.scope is not None:
        by += f", reaches {m.scope[0]}-{m.scope[1]}"
    return (
        f"{m.start}-{m.end}",
        text[m.start : m.end],
        m.finding,
        ", ".join(said),
        by,
        ", ".join(filter(None, (attributes(m), _site(m, text)))),
        read.left_out or "",
    )


def _site(mention: Mention, text: str) -> str:
    """Return the words that name the site, and where they stand, where they are no part of the phrase."""
    site = mention.site
    if site is None or (mention.start <= site[0] and site[1] <= mention.end):
        return ""
    return f'"{text[slice(*site)]}" at {site[0]}'


def in_words(mention: Mention) -> str:
    """Return what is said of a finding, of an uncertain one with how likely its words make it."""
    if mention.assertion is not Assertion.UNCERTAIN:
        return str(mention.assertion)
    return f"{mention.assertion} {mention.certainty:g}"


def short_row(read: ReadMention, text: str) -> tuple[str, ...]:
    """Return the same in four cells, which stand side by side in 80 columns."""
    span, phrase, finding, said, by, more, why_not = mention_row(read, text)
    more = f"; {more}" if more else ""
    return span, finding, f'"{phrase}" {said}{more}' + (f"; left out: {why_not}" if why_not else ""), by


def attributes(mention: Mention) -> str:
    """Return where a finding is, how large, how severe and how it has changed, as far as its sentence says."""
    size = " x ".join(f"{value:g}" for value in mention.size_mm)
    known = (
        mention.laterality,
        mention.anatomy,
        size and f"{size} mm",
        mention.severity,
        mention.change,
    )
    return ", ".join(value for value in known if value)


def vote_rows(explanation: Explanation) -> Iterator[tuple[str, ...]]:
    """Yield a row for each vote; the first on each finding begins with the finding and its label."""
    for finding, label in explanation.labels.items():
        said = said_of(label.assertion, implied=label.implied)
        outcome = (finding, said, f"{label.probability:.2f}")
        for vote in label.evidence:
            word = said_of(vote.assertion, implied=vote.implied)
            yield (*outcome, vote.voter, word, f"{vote.probability:.2f}")
            outcome = ("", "", "")


def said_of(assertion: Assertion, *, implied: bool) -> str:
    """Return what is said of a finding, and whether only what is said of others says so."""
    return f"{assertion}, implied" if implied else str(assertion)
