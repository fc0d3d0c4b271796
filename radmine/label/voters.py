"""Voters: each reads a report and casts votes on findings. `VOTERS` lists those that need nothing but the rules.

A voter is any function from a `ReadReport` to pairs of a finding and a `Vote`. It casts no vote on a finding of which it
knows nothing. The rules vote once for each part of the report, as "rules:findings", "rules:impression", ...
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from radmine.findings import ancestors
from radmine.label.reading import NOT_FOUND, ReadReport, counts
from radmine.records import Assertion, Mention, Vote

Voter: TypeAlias = Callable[[ReadReport], Iterable[tuple[str, Vote]]]

STRENGTH = {Assertion.ABSENT: 0, Assertion.UNCERTAIN: 1, Assertion.PRESENT: 2}

# How often a finding is there when a report says so; the last for a possibility, "cannot be excluded", "versus".
PROBABILITY = {Assertion.PRESENT: 0.95, Assertion.ABSENT: 0.03, Assertion.UNCERTAIN: 0.5}

_PARTS = {
    "impression": "impression",
    "findings_and_impression": "impression",
    "recommendation": "recommendation",
    "addendum": "addendum",
    "caption": "caption",
}


def rule_votes(read: ReadReport) -> Iterator[tuple[str, Vote]]:
    """Yield what each part of a report says of each finding it names: findings, impression, addendum, caption, ...

    All sections count but those that say what was asked, known or done; a section of any other name counts as findings.
    """
    parts: dict[str, list[Mention]] = {}
    for mention in read.mentions:
        section = read.section_of(mention)
        if counts(mention) and section not in NOT_FOUND:
            parts.setdefault(_PARTS.get(section, "findings"), []).append(mention)
    for part, mentions in parts.items():
        yield from mention_votes(mentions, voter=f"rules:{part}")


def mention_votes(mentions: Iterable[Mention], *, voter: str) -> Iterator[tuple[str, Vote]]:
    """Yield one vote for each finding that mentions name or imply; it rests on the mentions that decided.

    Present wins over uncertain over absent: "no effusion on the left" does not take back an effusion on the right. What is
    present is present under its more general names too, what is uncertain at least uncertain.
    """
    decided: dict[str, tuple[Assertion, list[Mention]]] = {}
    for mention in mentions:
        _raise(decided, mention.finding, mention.assertion, (mention,))
    for finding, (assertion, deciding) in list(decided.items()):
        if assertion is not Assertion.ABSENT:
            for general in ancestors(finding):
                _raise(decided, general, assertion, deciding)
    for finding, (assertion, deciding) in decided.items():
        yield finding, Vote(voter, assertion, PROBABILITY[assertion], tuple(deciding))


def _raise(
    decided: dict[str, tuple[Assertion, list[Mention]]],
    finding: str,
    assertion: Assertion,
    why: Sequence[Mention],
) -> None:
    """Add mentions to what decides a finding; a stronger assertion replaces the weaker one and its mentions."""
    known = decided.get(finding)
    if known is None or STRENGTH[assertion] > STRENGTH[known[0]]:
        decided[finding] = (assertion, list(why))
    elif known[0] is assertion:
        known[1].extend(why)


VOTERS: dict[str, Voter] = {"rules": rule_votes}
