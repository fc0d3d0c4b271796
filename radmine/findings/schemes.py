"""Published label schemes: how our findings become the labels of a public data set."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from radmine.errors import InputError
from radmine.findings.lexicon import DATA, Finding, ancestors, ancestors_in, load_findings, read_toml
from radmine.records import Assertion, Label, Labels


@dataclass(frozen=True, slots=True)
class Scheme:
    """A label scheme: which findings speak for and against each of its labels.

    A finding speaks for a label where the label is that finding or something more general. It speaks against a label
    where the label is that finding or something more special: "no fracture" denies a rib fracture too, while "no rib
    fracture" says nothing of fractures.
    """

    name: str
    title: str
    labels: tuple[str, ...]
    speaks_for: Mapping[str, tuple[str, ...]]  # finding -> labels that its presence makes present
    speaks_against: Mapping[str, tuple[str, ...]]  # finding -> labels that its absence makes absent
    no_finding: str | None  # the label of a normal image, where the scheme has one
    no_finding_ignores: tuple[str, ...]  # labels that do not contradict it


@functools.cache
def schemes() -> Mapping[str, Scheme]:
    """Return every label scheme by name.

    Raises
    ------
    InputError
        A data file names a finding that the lexicon does not have.
    """
    return MappingProxyType({p.stem: read_scheme(p) for p in sorted((DATA / "schemes").glob("*.toml"))})


def read_scheme(path: Path) -> Scheme:
    """Return the label scheme of a data file; its file name is its name."""
    data = read_toml(path)
    known = load_findings()
    speaks_for: dict[str, list[str]] = {name: [] for name in known}
    speaks_against: dict[str, list[str]] = {name: [] for name in known}
    for label, entry in data["labels"].items():
        same, kinds = entry["is"], entry.get("includes", [])
        unknown = sorted({*same, *kinds} - set(known))
        if unknown:
            raise InputError(
                f"The label {label!r} names unknown findings: {', '.join(unknown)}.",
                where=str(path),
                do="Add them to the lexicon or correct their names.",
            )
        for name in known:
            if not {name, *ancestors(name)}.isdisjoint((*same, *kinds)):
                speaks_for[name].append(label)
        for name in {general for finding in same for general in (finding, *ancestors(finding))}:
            speaks_against[name].append(label)
    return Scheme(
        name=path.stem,
        title=data["title"],
        labels=tuple(data["labels"]),
        speaks_for=MappingProxyType({n: tuple(labels) for n, labels in speaks_for.items()}),
        speaks_against=MappingProxyType({n: tuple(labels) for n, labels in speaks_against.items()}),
        no_finding=data.get("no_finding"),
        no_finding_ignores=tuple(data.get("no_finding_ignores", ())),
    )


def to_scheme(
    labels: Mapping[str, Label], scheme: str, *, findings: Mapping[str, Finding] | None = None
) -> Labels:
    """Return the labels of a published scheme, in its order; what no finding speaks of is not there.

    Where several findings speak of one label, present wins over uncertain over absent; the evidence of all that agree
    with the outcome is kept. The label of a normal image ("No Finding") is there only where it holds: no other label is
    present or uncertain. Findings that only another lexicon has (`findings`, of `load_lexicon`) speak for what their
    ancestors among ours speak for.

    Raises
    ------
    InputError
        There is no such scheme, or a finding is not in the lexicon.
    """
    if scheme not in schemes():
        raise InputError(
            f"There is no label scheme {scheme!r}.", where=scheme, do=f"Valid: {', '.join(schemes())}."
        )
    rules = schemes()[scheme]
    words: dict[str, list[Label]] = {}
    for finding, label in labels.items():
        absent = label.assertion is Assertion.ABSENT
        if finding in rules.speaks_for:
            names = (rules.speaks_against if absent else rules.speaks_for)[finding]
        elif finding not in (load_findings() if findings is None else findings):
            raise InputError(
                f"There is no finding {finding!r}.",
                where=finding,
                do="Use names of radmine.findings.load_findings(), or give the findings of the lexicon that has it.",
            )
        else:  # its absence says nothing of what is more general
            above = ancestors_in(findings or {}, finding)
            names = tuple(dict.fromkeys(n for a in above for n in rules.speaks_for.get(a, ()) if not absent))
        for name in names:
            words.setdefault(name, []).append(label)
    result = Labels({name: _strongest(words[name]) for name in rules.labels if name in words})
    if rules.no_finding is not None:
        others = [label for name, label in result.items() if name not in rules.no_finding_ignores]
        if all(label.assertion is Assertion.ABSENT for label in others):
            probability = 1.0 - max((label.probability for label in others), default=0.0)
            evidence = tuple(vote for label in others for vote in label.evidence)
            result[rules.no_finding] = Label(Assertion.PRESENT, probability, evidence)
    return result


def _strongest(words: list[Label]) -> Label:
    """Return what several labels say together."""
    assertion = max((label.assertion for label in words), key=lambda said: said.strength)
    agreeing = [label for label in words if label.assertion is assertion]
    probability = max(label.probability for label in agreeing)
    evidence = tuple(dict.fromkeys(vote for label in agreeing for vote in label.evidence))
    return Label(assertion, probability, evidence)
