"""The voter that truth teaches: how often a finding is there when the rules read it so.

Stacking (Wolpert, Neural Networks 5, 1992): one logistic regression over all findings together sees how the rules read a
finding - present or possible, by which rule and trigger, in which section, in which words - and learns from reports with
known answers what that reading is worth. It has weighed the rules, so its word is the label. It says nothing of a finding
that the rules do not read as present or possible, nor of one on which it did clearly worse than the rules on reports
that it had not seen (by more than chance: McNemar, Psychometrika 12, 1947), nor of what they doubt where the truth answered
few doubts: answers that are uncertain teach nothing.
"""

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np

from radmine.errors import InputError
from radmine.findings import Lexicon, load_lexicon
from radmine.label.voters.folds import fold_of
from radmine.label.voters.rules import rule_votes
from radmine.label.voters.text_model import (
    Block,
    TextModel,
    count_terms,
    text_model_of,
    text_terms,
)
from radmine.label.weigh.combine import speaks_for
from radmine.models import SavedModel, load_model
from radmine.parse import makes_label
from radmine.records import Assertion, Mention, ReadReport, Vote

VOTER = "taught:reading"
KIND = "voter taught by truth"
FOLDS = 5
STRENGTHS = (0.05, 0.1, 0.2, 0.4, 1.0)  # inverses of the L2 penalty to choose from
PRESENT_FROM = 0.5
LEAST_ITEMS = 4  # readings of a finding whose truth is known; of fewer it learns nothing of the finding
LEAST_DOUBTS = 20  # such readings as possible, of all findings; of fewer it learns nothing of doubts

Groups: TypeAlias = Mapping[str, Collection[str]]
_BLOCKS = (Block("reading", flags=True, least=1, most=100_000),)


class Reading(NamedTuple):
    """A finding that the rules read as present or possible, and what the classifier sees of it."""

    finding: str
    verdict: Assertion
    said: dict[str, Assertion]  # the findings of its group that the rules speak of
    mentions: tuple[Mention, ...]  # that name one of the group
    terms: list[str]


@dataclass(frozen=True)
class TaughtVoter:
    """A classifier of readings, and for each finding that it knows the group of findings that speak for it."""

    model: TextModel
    groups: dict[str, frozenset[str]]
    lexicon: Lexicon = field(default_factory=load_lexicon)
    doubts: bool = True  # whether it has learnt what is there where the rules doubt

    def __call__(self, read: ReadReport) -> Iterator[tuple[str, Vote]]:
        """Yield a vote on each finding that the rules read as present or possible."""
        for reading in readings(read, self.groups, self.lexicon):
            if reading.verdict is Assertion.UNCERTAIN and not self.doubts:
                continue
            yield from self.votes(reading, self.model.probabilities({"reading": reading.terms})["present"])

    def votes(self, reading: Reading, probability: float) -> Iterator[tuple[str, Vote]]:
        """Yield the votes that a probability makes: present, else uncertain, since the text does speak of it."""
        present = probability >= PRESENT_FROM
        vote = Vote(
            VOTER, Assertion.PRESENT if present else Assertion.UNCERTAIN, probability, reading.mentions
        )
        own = [f for f in reading.said if self._owner[f] == reading.finding]
        if not present:
            yield from ((f, self._on(f, vote)) for f in own if reading.said[f] is not Assertion.ABSENT)
            return
        meant = {f for f in own if reading.said[f] is reading.verdict} or {reading.finding}
        general = {
            a
            for f in meant
            for a in self.lexicon.ancestors(f)
            if self._owner.get(a, reading.finding) == reading.finding
        }
        for finding in sorted(meant | general):
            yield finding, self._on(finding, vote)

    @staticmethod
    def _on(finding: str, vote: Vote) -> Vote:
        """Return a vote on a finding, which is implied where its mentions name others."""
        return replace(vote, implied=all(mention.finding != finding for mention in vote.mentions))

    @cached_property
    def _owner(self) -> dict[str, str]:
        """Each finding of a group, and the finding with the smallest group that it is of."""
        return owners(self.groups)

    def save(self, folder: Path) -> None:
        """Write it into a folder."""
        groups = {f: sorted(group) for f, group in self.groups.items()}
        self.model.save(folder, kind=KIND, groups=groups, doubts=self.doubts)


def owners(groups: Groups) -> dict[str, str]:
    """Return each finding of a group with the finding that it speaks for: itself, else the one of the smallest group."""
    by_size = sorted(groups, key=lambda f: (-len(groups[f]), f))
    return {member: f for f in by_size for member in groups[f]} | {f: f for f in groups}


def load_taught(folder: Path) -> TaughtVoter:
    """Return the voter of a folder; raises CorpusError where it holds none."""
    make = "radmine voters train NAME --truth FILE"
    return load_model(folder, kind=KIND, make=make, build=_taught_voter)


def _taught_voter(saved: SavedModel) -> TaughtVoter:
    groups = {finding: frozenset(group) for finding, group in saved.facts["groups"].items()}
    return TaughtVoter(text_model_of(saved), groups, doubts=saved.facts.get("doubts", True))


def readings(read: ReadReport, groups: Groups, lexicon: Lexicon) -> Iterator[Reading]:
    """Yield the findings of the groups that the rules read as present or possible."""
    votes: dict[str, list[Vote]] = {}
    for finding, vote in rule_votes(read, lexicon):
        votes.setdefault(finding, []).append(vote)
    said = {finding: speaks_for(cast).assertion for finding, cast in votes.items()}
    for finding, group in groups.items():
        spoken = {f: said[f] for f in group if f in said}
        verdict = max(spoken.values(), key=lambda said: said.strength, default=Assertion.ABSENT)
        if verdict is not Assertion.ABSENT:
            mentions = tuple(m for m in read.mentions if m.finding in group)
            yield Reading(
                finding,
                verdict,
                spoken,
                mentions,
                list(dict.fromkeys(_terms(read, finding, verdict, mentions))),
            )


def _terms(read: ReadReport, finding: str, verdict: Assertion, mentions: Iterable[Mention]) -> Iterator[str]:
    """Yield what the classifier sees of a reading."""
    yield from (f"verdict={verdict}", f"finding={finding}", f"verdict={verdict},{finding}")
    for m in mentions:
        section = read.section_of(m)
        said = str(m.assertion) if m.of_patient_now and makes_label(section) else "left out"
        yield from (f"said={said}", f"rule={m.rule}", f"rule={m.rule},{said}")
        yield from (f"section={section},{said}", f"named={m.finding},{said}")
        if m.trigger is not None:
            yield f"trigger={read.text[slice(*m.trigger)].lower()}"
        if said != "absent":
            sentence = read.sentences[m.sentence]
            yield f"phrase={read.text[m.start : m.end].lower()}"
            words = read.text[sentence.start : sentence.end]
            yield from (f"word={word}" for word in text_terms(words))


class Lesson(NamedTuple):
    """A voter that truth has taught, with its votes on the reports it learnt from, made as if it had not seen them."""

    voter: TaughtVoter
    votes: list[list[tuple[str, Vote]]]


def teach(
    reports: Sequence[ReadReport],
    truth: Sequence[Mapping[str, bool] | None],
    *,
    groups: Groups | None = None,
    lexicon: Lexicon | None = None,
) -> Lesson | None:
    """Return the voter that learns from known answers, None where it does better than the rules on no finding.

    How strongly it is held back, and on which findings it votes, is decided on reports that it was not fitted on.

    Parameters
    ----------
    truth
        For each report what is known to be there (True) and not (False); None where nothing is.
    groups
        For a finding of the truth, the findings that speak for it; else itself and its kinds.
    lexicon
        That the reports were read by; None: ours.

    Raises
    ------
    InputError
        A finding of the truth is not in the lexicon.
    """
    lexicon = lexicon or load_lexicon()
    names = sorted({finding for known in truth if known for finding in known})
    unknown = [name for name in names if lexicon.find(name) is None]
    if unknown:
        raise InputError(
            f"The truth names findings that the lexicon lacks: {', '.join(unknown)}.",
            where="truth",
            do="Use names of radmine.findings.load_findings().",
        )
    all_groups = {f: frozenset((groups or {}).get(f) or lexicon.kinds_of(f)) | {f} for f in names}
    items = [
        (place, reading, known[reading.finding])
        for place, (read, known) in enumerate(zip(reports, truth, strict=True))
        if known
        for reading in readings(read, {f: all_groups[f] for f in all_groups if f in known}, lexicon)
    ]
    if len({true for *_, true in items}) < 2:
        return None
    said = [reading.verdict is Assertion.PRESENT for _, reading, _ in items]
    true = np.array([t for *_, t in items])
    fold = [fold_of(reports[place].text, FOLDS) for place, *_ in items]
    table = count_terms([{"reading": reading.terms} for _, reading, _ in items], _BLOCKS)
    strength, chances = table.choose(true, fold, STRENGTHS)
    right = (chances >= PRESENT_FROM) == true, np.array(said) == true  # it is right, the rules are right
    kept = {}
    for finding, group in all_groups.items():
        of = [i for i, (_, reading, _) in enumerate(items) if reading.finding == finding]
        won, lost = (int((right[a][of] & ~right[b][of]).sum()) for a, b in ((0, 1), (1, 0)))
        if len(of) >= LEAST_ITEMS and lost - won <= math.sqrt(won + lost):
            kept[finding] = group
    if not kept:
        return None
    model = table.fit({"present": true.tolist()}, strength=strength)
    doubts = len(said) - sum(said) >= LEAST_DOUBTS
    voter = TaughtVoter(model, kept, lexicon, doubts)
    votes: list[list[tuple[str, Vote]]] = [[] for _ in reports]
    for (place, reading, _), chance in zip(items, chances.tolist(), strict=True):
        if reading.finding in kept and (doubts or reading.verdict is Assertion.PRESENT):
            votes[place] += voter.votes(reading, chance)
    return Lesson(voter, votes)
