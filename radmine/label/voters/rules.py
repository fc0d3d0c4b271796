"""Voters: each reads a report and casts votes on findings. `VOTERS` lists those that need nothing but the rules.

A voter is any function from a `ReadReport` to pairs of a finding and a `Vote`. It casts no vote on a finding of which it
knows nothing. The rules vote once for each part of the report, as "rules:findings", "rules:impression", ...
"""

from collections.abc import Iterable, Iterator, Sequence, Set
from typing import TypeVar

from radmine.findings import Lexicon, ancestors
from radmine.label.voters.voter import ReportVoter
from radmine.label.weigh.combine import PROBABILITY
from radmine.label.weigh.versions import (
    ADDENDUM,
    FINAL,
    PARTS,
    TITLES,
    Said,
    by_version,
    has_versions,
    speaks_of_more,
    versions_of,
)
from radmine.parse import makes_label, section_role
from radmine.records import STRUCTURE, Assertion, Mention, ReadReport, Vote

T = TypeVar("T")

_ABSENT = Assertion.ABSENT
_LATER = (PARTS[FINAL], PARTS[ADDENDUM])  # parts that overrule the report
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
    if has_versions(section.name for section in read.sections):
        for voter, of_part in decide_versions(list(_said(read)), lexicon).items():
            for finding, (assertion, deciding) in of_part.items():
                yield finding, _vote(f"rules:{voter}", finding, assertion, PROBABILITY[assertion], deciding)
        return
    parts: dict[str, list[Mention]] = {}
    for mention in read.mentions:
        part = part_of(read.section_of(mention))
        if part is not None and mention.of_patient_now:
            parts.setdefault(part, []).append(mention)
    for part, mentions in parts.items():
        yield from mention_votes(mentions, voter=f"rules:{part}", lexicon=lexicon)


def _said(read: ReadReport) -> Iterator[Said[Mention]]:
    """Yield what a report's versions say."""
    filled = {sentence.section for sentence in read.sentences}
    names = [section.name for section in read.sections]
    versions = versions_of(names, [place not in filled for place in range(len(names))])
    for mention in read.mentions:
        section = read.sentences[mention.sentence].section
        part = part_of(names[section])
        if part is None or not mention.of_patient_now:
            continue
        version = versions[section]
        yield Said(
            version,
            PARTS.get(version, part),
            mention.finding,
            mention.assertion,
            mention.laterality,
            mention.anatomy,
            speaks_of_more(read.text, mention.start, mention.end, mention.assertion),
            mention,
        )


def decide_versions(
    said: Sequence[Said[T]], lexicon: Lexicon | None = None
) -> dict[str, dict[str, tuple[Assertion, list[T]]]]:
    """Return for each part of a report of several versions what `decide` does; what a later version overrules implies nothing.

    Who denies a finding denies all kinds of it; who names a kind does not take back what else speaks for the general finding.
    """
    said = by_version(said, ancestors if lexicon is None else lexicon.ancestors)
    overruled, denied = _overruled(said, lexicon)
    standing: dict[str, list[Said[T]]] = {}
    taken: dict[str, list[Said[T]]] = {}
    for place, one in enumerate(said):
        (taken if place in overruled else standing).setdefault(one.part, []).append(one)
    parts = dict.fromkeys(one.part for one in said)
    decided = {
        part: decide(((o.finding, o.assertion, o.item) for o in standing.get(part, ())), lexicon)
        for part in parts
    }
    plain: dict[str, int] = {}
    for part, of_part in decided.items():
        if part not in _LATER:
            for finding, (assertion, _) in of_part.items():
                plain[finding] = max(plain.get(finding, -1), assertion.strength)
    for part, of_part in decided.items():
        if part in _LATER:
            named = {one.finding for one in standing.get(part, ())}
            for finding in [
                f for f, (a, _) in of_part.items() if f not in named and a.strength < plain.get(f, -1)
            ]:
                del of_part[finding]
        named_once = _decide_named((o.finding, o.assertion, o.item) for o in taken.get(part, ()))
        for finding, what in {**denied.get(part, {}), **named_once}.items():
            of_part.setdefault(finding, what)
    return decided


def _overruled(
    said: Sequence[Said[T]], lexicon: Lexicon | None
) -> tuple[dict[int, int], dict[str, dict[str, tuple[Assertion, list[T]]]]]:
    """Return which of the things said a later version overrules, and which; and the kinds of what it denies that each part denies so."""
    above = ancestors if lexicon is None else lexicon.ancestors
    versions = sorted({one.version for one in said}, reverse=True)
    of_version = {
        v: _decide_named((o.finding, o.assertion, o.item) for o in said if o.version == v) for v in versions
    }
    overruled: dict[int, int] = {}
    denied: dict[str, dict[str, tuple[Assertion, list[T]]]] = {}
    for place, one in enumerate(said):
        later = [v for v in versions if v > one.version]
        named = next((v for v in later if one.finding in of_version[v]), None)
        if named is not None:
            overruled[place] = named
        elif later and one.assertion is not _ABSENT:
            for version in later:
                told = (of_version[version].get(general) for general in above(one.finding))
                denial = next((what for what in told if what is not None and what[0] is _ABSENT), None)
                if denial is not None:
                    overruled[place] = version
                    denied.setdefault(PARTS.get(version, "findings"), {})[one.finding] = denial
                    break
    return overruled, denied


def overruled_mentions(read: ReadReport, lexicon: Lexicon | None = None) -> dict[Mention, str]:
    """Return the mentions of a report that a later version of it takes back, each with what that version is."""
    if not has_versions(section.name for section in read.sections):
        return {}
    said = by_version(list(_said(read)), ancestors if lexicon is None else lexicon.ancestors)
    return {said[place].item: TITLES[version] for place, version in _overruled(said, lexicon)[0].items()}


def part_of(section: str) -> str | None:
    """Return as which part of the report a section votes, None where it makes no label."""
    return _PARTS.get(section_role(section), "findings") if makes_label(section) else None


def mention_votes(
    mentions: Iterable[Mention], *, voter: str, lexicon: Lexicon | None = None
) -> Iterator[tuple[str, Vote]]:
    """Yield one vote for each finding that mentions name or imply (`decide`); it rests on the mentions that decided."""
    said = ((m.finding, m.assertion, m) for m in mentions)
    for finding, (assertion, deciding) in decide(said, lexicon).items():
        yield finding, _vote(voter, finding, assertion, _chance(assertion, deciding), deciding)


def _vote(
    voter: str, finding: str, assertion: Assertion, probability: float, deciding: Sequence[Mention]
) -> Vote:
    """Return a vote that rests on mentions: those that name the finding itself stand first."""
    return Vote(voter, assertion, probability, tuple(deciding), deciding[0].finding != finding)


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
    decided = _decide_named(said)
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


def _decide_named(said: Iterable[tuple[str, Assertion, T]]) -> dict[str, tuple[Assertion, list[T]]]:
    """Return what is said of each finding that is named, and the items that decided it; structures alone are none."""
    decided: dict[str, tuple[Assertion, list[T]]] = {}
    for finding, assertion, item in said:
        if finding == STRUCTURE:
            continue
        known = decided.get(finding)
        if known is None or (known[0] is not assertion and assertion.strength > known[0].strength):
            decided[finding] = (assertion, [item])
        elif known[0] is assertion:
            known[1].append(item)
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
            if one.start < mention.end and mention.start < one.end and mention.finding in above(one.finding)
        ),
    }


VOTERS: dict[str, ReportVoter] = {"rules": rule_votes}
