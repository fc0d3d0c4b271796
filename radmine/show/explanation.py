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
        attributes(m, places=True),
        read.left_out or "",
    )


def in_words(mention: Mention) -> str:
    """Return what is said of a finding, of an uncertain one with how likely its words make it."""
    if mention.assertion is not Assertion.UNCERTAIN:
        return str(mention.assertion)
    return f"{mention.assertion} {mention.certainty:g}"


def short_row(read: ReadMention, text: str) -> tuple[str, ...]:
    """Return the same in four cells, which stand side by side in 80 columns."""
    span, phrase, finding, said, by, _, why_not = mention_row(read, text)
    more = attributes(read.mention)
    more = f"; {more}" if more else ""
    return span, finding, f'"{phrase}" {said}{more}' + (f"; left out: {why_not}" if why_not else ""), by


def attributes(mention: Mention, *, places: bool = False) -> str:
    """Return where a finding is, how large, how severe, how it has changed and how it looks; with where its sentence says so."""
    size = " x ".join(f"{value:g}" for value in mention.size_mm)
    known = {
        "laterality": mention.laterality,
        "anatomy": " and ".join(mention.sites) or mention.anatomy,
        "size": size and f"{size} mm",
        "severity": mention.severity,
        "change": mention.change,
        **{tag: tag.replace("_", " ") for tag in _looks(mention)},
    }
    at: dict[str, list[str]] = {}
    if places:
        for said in mention.described:
            at.setdefault(said.kind, []).append(str(said.start))
        if mention.site is not None:
            at["anatomy"] = [str(mention.site[0])]
        at.update(
            (tag, [str(start)]) for tag, (start, _) in zip(mention.tags, mention.tag_spans, strict=True)
        )
    return ", ".join(
        f"{value} at {' and '.join(at[kind])}" if kind in at else value
        for kind, value in known.items()
        if value
    )


def _looks(mention: Mention) -> list[str]:
    """Return the tags of a mention but for those whose words give another of its attributes: "large" is a severity."""
    told = {(said.start, said.end) for said in mention.described}
    return [tag for tag, span in zip(mention.tags, mention.tag_spans, strict=True) if span not in told]


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
