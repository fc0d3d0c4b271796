"""Voters: each reads a report and casts votes on findings. `VOTERS` lists those that need nothing but the rules.

A voter is any function from a `ReadReport` to pairs of a finding and a `Vote`. It casts no vote on a finding of which it
knows nothing. The rules vote once for each part of the report, as "rules:findings", "rules:impression", ...
"""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from radmine.findings import ancestors
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


def rule_votes(read: ReadReport) -> Iterator[tuple[str, Vote]]:
    """Yield what each part of a report says of each finding it names: findings, impression, addendum, caption, ...

    All sections count but those that say what was asked, known or done; a section of any other name counts as findings.
    """
    parts: dict[str, list[Mention]] = {}
    for mention in read.mentions:
        part = part_of(read.section_of(mention))
        if part is not None and mention.of_patient_now:
            parts.setdefault(part, []).append(mention)
    for part, mentions in parts.items():
        yield from mention_votes(mentions, voter=f"rules:{part}")


def part_of(section: str) -> str | None:
    """Return as which part of the report a section votes, None where it makes no label."""
    return None if section in unlabelled_sections() else _PARTS.get(section, "findings")


def mention_votes(mentions: Iterable[Mention], *, voter: str) -> Iterator[tuple[str, Vote]]:
    """Yield one vote for each finding that mentions name or imply (`decide`); it rests on the mentions that decided."""
    for finding, (assertion, deciding) in decide((m.finding, m.assertion, m) for m in mentions).items():
        yield finding, Vote(voter, assertion, PROBABILITY[assertion], tuple(deciding))


def decide(said: Iterable[tuple[str, Assertion, T]]) -> dict[str, tuple[Assertion, list[T]]]:
    """Return what is said of each finding that is named or implied, and the items that decided it.

    `said` has a finding, what is said of it, and the item that says so. Present wins over uncertain over absent: "no effusion
    on the left" does not take back an effusion on the right. What is present is present under its more general names too,
    what is uncertain at least uncertain.
    """
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
        for general in ancestors(finding)
    ]
    for finding, assertion, items in implied:
        known = decided.get(finding)
        if known is None or assertion.strength > known[0].strength:
            decided[finding] = (assertion, list(items))
        elif known[0] is assertion:
            known[1].extend(items)
    return decided


VOTERS: dict[str, ReportVoter] = {"rules": rule_votes}
