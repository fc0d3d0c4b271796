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
        attributes(m),
        read.left_out or "",
    )


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
    """Return where a finding is, how large, how severe, how it has changed and how it looks, as far as its sentence says."""
    size = " x ".join(f"{value:g}" for value in mention.size_mm)
    known = (
        mention.laterality,
        " and ".join(mention.sites) or mention.anatomy,
        size and f"{size} mm",
        mention.severity,
        mention.change,
        *(tag.replace("_", " ") for tag in mention.tags),
    )
    return ", ".join(value for value in known if value)


def vote_rows(explanation: Explanation) -> Iterator[tuple[str, ...]]:
    """Yield a row for each vote; the first on each finding begins with the finding and its label."""
    for finding, label in explanation.labels.items():
        outcome = (finding, str(label.assertion), f"{label.probability:.2f}")
        for vote in label.evidence:
            yield (*outcome, vote.voter, str(vote.assertion), f"{vote.probability:.2f}")
            outcome = ("", "", "")
