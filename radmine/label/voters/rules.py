"""Voters: each reads a report and casts votes on findings. `VOTERS` lists those that need nothing but the rules.

A voter is any function from a `ReadReport` to pairs of a finding and a `Vote`. It casts no vote on a finding of which it
knows nothing. The rules vote once for each part of the report, as "rules:findings", "rules:impression", ...
"""

from collections.abc import Iterable, Iterator, Sequence, Set
from typing import TypeVar

from radmine.findings import Lexicon, ancestors
from radmine.label.voters.voter import ReportVoter
from radmine.label.weigh.combine import PROBABILITY
from radmine.parse import unlabelled_sections
from radmine.records import Assertion, Mention, ReadReport, Vote

T = TypeVar("T")

_ABSENT = Assertion.ABSENT
_PARTS = {
    "impression": "impression",
    "findings_and_impression": "impression",
    "recommendation": "recommendation",
    "addendum": "addendum",
    "caption": "caption",
}


def rule_votes(read: ReadReport, lexicon: Lexicon | None = None) -> Iterator[tuple[str, Vote]]:
    """Yield what each part of a report says of each finding it names: findings, impression, addendum, caption, ...

    All sections count but those that say what was asked, known or done; a section of any other name counts as findings.
    `lexicon` has the parents of the findings; None: ours.
    """
    parts: dict[str, list[Mention]] = {}
    for mention in read.mentions:
        part = part_of(read.section_of(mention))
        if part is not None and mention.of_patient_now:
            parts.setdefault(part, []).append(mention)
    for part, mentions in parts.items():
        yield from mention_votes(mentions, voter=f"rules:{part}", lexicon=lexicon)


def part_of(section: str) -> str | None:
    """Return as which part of the report a section votes, None where it makes no label."""
    return None if section in unlabelled_sections() else _PARTS.get(section, "findings")


def mention_votes(
    mentions: Iterable[Mention], *, voter: str, lexicon: Lexicon | None = None
) -> Iterator[tuple[str, Vote]]:
    """Yield one vote for each finding that mentions name or imply (`decide`); it rests on the mentions that decided."""
    said = ((m.finding, m.assertion, m) for m in mentions)
    for finding, (assertion, deciding) in decide(said, lexicon).items():
        yield finding, Vote(voter, assertion, _chance(assertion, deciding), tuple(deciding))


def _chance(assertion: Assertion, deciding: Iterable[Mention]) -> float:
    """Return how likely a finding is there by the mentions that decided: of an uncertain one, what the boldest of them says."""
    if assertion is Assertion.UNCERTAIN:
        return max(mention.certainty for mention in deciding)
    return PROBABILITY[assertion]


def decide(
    said: Iterable[tuple[str, Assertion, T]], lexicon: Lexicon | None = None
) -> dict[str, tuple[Assertion, list[T]]]:
    """Return what is said of each finding that is named or implied, and the items that decided it.

    `said` has a finding, what is said of it, and the item that says so. Present wins over uncertain over absent: "no effusion
    on the left" does not take back an effusion on the right. What is present is present under its more general names too,
    what is uncertain at least uncertain. `lexicon` has these; None: ours.
    """
    above = ancestors if lexicon is None else lexicon.ancestors
    decided: dict[str, tuple[Assertion, list[T]]] = {}
    for finding, assertion, item in said:
        known = decided.get(finding)
        if known is None or (known[0] is not assertion and assertion.strength > known[0].strength):
            decided[finding] = (assertion, [item])
        elif known[0] is assertion:
            known[1].append(item)
    implied = [
        (general, assertion, tuple(deciding))
        for finding, (assertion, deciding) in decided.items()
        if assertion is not _ABSENT
        for general in above(finding)
    ]
    for finding, assertion, items in implied:
        known = decided.get(finding)
        if known is None or assertion.strength > known[0].strength:
            decided[finding] = (assertion, list(items))
        elif known[0] is assertion:
            known[1].extend(items)
    return decided


def said_by(mentions: Sequence[Mention], findings: Set[str], lexicon: Lexicon | None = None) -> set[Mention]:
    """Return the mentions of some findings, and those that say nothing without them: of a more general finding, in the same words.

    "Fracture" in "fracture of the left sixth rib" is one.
    """
    above = ancestors if lexicon is None else lexicon.ancestors
    named = [mention for mention in mentions if mention.finding in findings]
    return {
        *named,
        *(
            mention
            for one in named
            for mention in mentions
            if one.start <= mention.start and mention.end <= one.end and mention.finding in above(one.finding)
        ),
    }


VOTERS: dict[str, ReportVoter] = {"rules": rule_votes}
