"""Label schemes, published and of users' own: how our findings become the labels of a data set."""

import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from radmine.errors import InputError
from radmine.findings.anatomy import sites_above
from radmine.findings.ancestry import ancestors_in
from radmine.findings.composed import AT, finding_of
from radmine.findings.lexicon import DATA, Finding, load_findings, read_toml
from radmine.findings.near import nearest, phrases_meant
from radmine.findings.pairs import denies, is_pair, pair_named, read_pairs
from radmine.records import Assertion, Label, Labels, Vote

_Names = tuple[str, ...]
_ABSENT = Assertion.ABSENT


@dataclass(frozen=True, slots=True)
class Scheme:
    """A label scheme: which findings speak for and against each of its labels.

    A finding speaks for a label where the label is that finding or something more general. It speaks against a label
    where the label is that finding or something more special: "no fracture" denies a rib fracture too, while "no rib
    fracture" says nothing of fractures.
    """

    name: str
    title: str
    labels: _Names
    speaks_for: Mapping[str, _Names]  # finding -> labels that its presence makes present
    speaks_alone: Mapping[str, _Names]  # of these, those that are no parent of another of these
    speaks_against: Mapping[str, _Names]  # finding -> labels that its absence makes absent
    no_finding: str | None  # the label of a normal image, where the scheme has one
    no_finding_ignores: _Names  # labels that do not contradict it
    no_finding_by: _Names  # findings that say by their absence that the image is normal
    no_finding_against: frozenset[str]  # other findings that contradict it
    no_finding_against_at: frozenset[str]  # sites of pairs that do
    parents: bool  # whether what a finding says of a label may be said of the label's parents too
    pairs: Mapping[str, _Names]  # label -> the pairs (`read_pairs`) that speak for it
    same_pairs: Mapping[str, _Names]  # label -> of these, those that it is


@functools.cache
def schemes() -> Mapping[str, Scheme]:
    """Return every published label scheme by name.

    Raises
    ------
    InputError
        A data file names a finding that the lexicon does not have.
    """
    return MappingProxyType({p.stem: read_scheme(p) for p in sorted((DATA / "schemes").glob("*.toml"))})


def find_scheme(name: str, *, findings: Mapping[str, Finding] | None = None) -> Scheme:
    """Return the published scheme of this name, or that of a file of one's own (`mine.toml`).

    Parameters
    ----------
    findings
        Those that a file of one's own may name; None: ours.

    Raises
    ------
    InputError
        There is none, or the file is no label scheme.
    """
    if name in schemes():
        return schemes()[name]
    path = Path(name)
    if path.suffix != ".toml":
        raise InputError(
            f"There is no label scheme {name!r}.",
            where=name,
            do=f"Valid: {', '.join(schemes())}, or a file of your own that ends in .toml.",
        )
    if findings is not None:
        return read_scheme(path, findings=findings)
    return _read_once(path, path.stat().st_mtime_ns if path.is_file() else 0)


@functools.lru_cache(maxsize=8)
def _read_once(path: Path, _changed: int) -> Scheme:
    return read_scheme(path)


def read_scheme(path: Path, *, findings: Mapping[str, Finding] | None = None) -> Scheme:
    """Return the label scheme of a file; the file's name is its name.

    Parameters
    ----------
    findings
        Those that it may name; None: ours.

    Raises
    ------
    InputError
        The file cannot be read, is no label scheme, or names a finding that is not there.
    """
    data = read_toml(path)
    known = load_findings() if findings is None else findings
    for fault in _faults(data, known):
        raise InputError(
            fault,
            where=str(path),
            do="Correct it: `radmine docs export` shows such a file, `radmine findings` lists what there is.",
        )
    named = {
        label: {key: tuple(pair_named(n) or n for n in names) for key, names in entry.items()}
        for label, entry in data["labels"].items()
    }
    same = {label: entry["is"] for label, entry in named.items()}
    meant = {label: {*same[label], *entry.get("includes", ())} for label, entry in named.items()}
    excluded = {label: entry.get("excludes", ()) for label, entry in named.items()}
    pairs = {label: tuple(filter(is_pair, sorted(names))) for label, names in meant.items()}
    for label, asked in pairs.items():
        meant[label] |= {n for one in map(read_pairs, asked) if one for n in known if one.hold(n)}
    speaks_for: dict[str, _Names] = {}
    for name in known:
        above = {name, *ancestors_in(known, name)}
        speaks_for[name] = tuple(
            label
            for label, names in meant.items()
            if not names.isdisjoint(above) and above.isdisjoint(excluded[label])
        )
    below = {
        (a, b)
        for a, names in same.items()
        for name in names
        for above in (name, *ancestors_in(known, name))
        for b in speaks_for.get(above, ())
        if a != b
    }
    parents = {(a, b) for a, b in below if (b, a) not in below}
    against: dict[str, list[str]] = {name: [] for name in known}
    for label, names in same.items():
        for name in dict.fromkeys(g for n in names for g in (n, *ancestors_in(known, n))):
            if name in against:
                against[name].append(label)
    return Scheme(
        name=path.stem,
        title=data["title"],
        labels=tuple(same),
        speaks_for=MappingProxyType(speaks_for),
        speaks_alone=MappingProxyType(
            {
                name: tuple(b for b in labels if not any((a, b) in parents for a in labels))
                for name, labels in speaks_for.items()
            }
        ),
        speaks_against=MappingProxyType({n: tuple(labels) for n, labels in against.items()}),
        no_finding=data.get("no_finding"),
        no_finding_ignores=tuple(data.get("no_finding_ignores", ())),
        no_finding_by=tuple(data.get("no_finding_by", ())),
        no_finding_against=frozenset(_against(data.get("no_finding_against", ()), known)),
        no_finding_against_at=frozenset(
            site
            for family in data.get("no_finding_against", ())
            for site in _families().get(family, {}).get("sites", ())
        ),
        parents=data.get("parents", True),
        pairs=MappingProxyType({label: names for label, names in pairs.items() if names}),
        same_pairs=MappingProxyType({label: tuple(filter(is_pair, names)) for label, names in same.items()}),
    )


@functools.cache
def _families() -> Mapping[str, Mapping[str, list[str]]]:
    return MappingProxyType(read_toml(DATA / "families.toml"))


def _against(named: Iterable[str], known: Mapping[str, Finding]) -> Iterator[str]:
    """Yield the findings of families, or named alone, and their kinds."""
    families = [_families().get(entry, {"findings": [entry]}) for entry in named]
    groups = {group for family in families for group in family.get("groups", ())}
    names = {name for family in families for name in family["findings"]}
    for name, finding in known.items():
        if finding.group in groups or not names.isdisjoint((name, *ancestors_in(known, name))):
            yield name


_KEYS = {
    "title": str,
    "labels": dict,
    "no_finding": str,
    "no_finding_ignores": list,
    "no_finding_by": list,
    "no_finding_against": list,
    "parents": bool,
}
_OF_LABELS = frozenset(("is", "includes", "excludes"))
_KINDS = {str: "text", dict: "table", list: "list of names", bool: "true or false"}


def _faults(data: Mapping[str, Any], known: Mapping[str, Finding]) -> Iterator[str]:
    """Yield what is wrong with what a file of a label scheme holds."""
    for key, value in data.items():
        if key not in _KEYS:
            yield f"A label scheme has no {key!r}; it has {', '.join(_KEYS)}."
        elif not isinstance(value, _KEYS[key]) or (isinstance(value, list) and not _are_names(value)):
            yield f"{key!r} is no {_KINDS[_KEYS[key]]}."
    labels = data.get("labels")
    if not isinstance(data.get("title"), str) or not labels:
        yield "A label scheme has a title and a table [labels] with one label at least."
        return
    for label, entry in labels.items():
        if not isinstance(entry, dict) or not entry.get("is") or not set(entry) <= _OF_LABELS:
            yield f'The label {label!r} is not written {{ is = ["FINDING"], includes = ["FINDING"], excludes = ["FINDING"] }}.'
            return
        if not all(map(_are_names, entry.values())):
            yield f"What the label {label!r} is, includes or excludes is no list of findings."
            return
        yield from _unknown(f"The label {label!r}", (n for names in entry.values() for n in names), known)
    yield from _unknown("'no_finding_by'", data.get("no_finding_by", ()), known)
    against = (n for n in data.get("no_finding_against", ()) if n not in _families())
    yield from _unknown("'no_finding_against'", against, known)
    if data.get("no_finding") in labels:
        yield "'no_finding' is one of the labels: it has no findings of its own."
    if not set(data.get("no_finding_ignores", ())) <= set(labels):
        yield "'no_finding_ignores' names what is no label."


def _are_names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _unknown(where: str, names: Iterable[str], known: Mapping[str, Finding]) -> Iterator[str]:
    asked = (n for n in names if read_pairs(n) is None)
    if unknown := sorted(set(asked) - set(known)):
        phrases = phrases_meant(known)
        near = dict.fromkeys(name for word in unknown for name in nearest(word, phrases))
        yield f"{where} names unknown findings: {', '.join(unknown)}." + (
            f" Near: {', '.join(near)}." if near else ""
        )


def to_scheme(
    labels: Mapping[str, Label],
    scheme: str | Scheme,
    *,
    findings: Mapping[str, Finding] | None = None,
    parents: bool = True,
) -> Labels:
    """Return the labels of a scheme, in its order; what no finding speaks of is not there.

    Where several findings speak of one label, present wins over uncertain over absent; the evidence of all that agree
    with the outcome is kept. The label of a normal image ("No Finding") is there only where something says so: a label of
    the scheme is absent, or so is a finding by which the scheme knows a normal image ("no acute disease"); and no label, no
    such finding, and none of those that the scheme sets against it, is present or uncertain. What denied is its evidence.
    Silence is no evidence: of a report that says nothing that the scheme knows, nothing is returned. Findings that only
    another lexicon has (`findings`, of `load_lexicon`) speak for what their ancestors among ours speak for.

    Parameters
    ----------
    scheme
        The name of a published one (`schemes()`), a file of one's own that ends in .toml, or one that was read.
    parents
        Whether what a finding says of a label it says of the label's parents in the scheme too: CheXpert has Lung Opacity
        above Edema, Consolidation, ... Without, a parent is present only where a finding is named that speaks for it and for no
        more special label.

    Raises
    ------
    InputError
        There is no such scheme, or a finding is not in the lexicon.
    """
    rules = find_scheme(scheme) if isinstance(scheme, str) else scheme
    parents = parents and rules.parents
    words: dict[str, list[Label]] = {}
    for finding, label in labels.items():
        if finding in rules.speaks_for:
            names = _spoken_of(rules, finding, label, labels, findings, parents)
        elif finding_of(finding, findings) is None:
            raise InputError(
                f"There is no finding {finding!r}.",
                where=finding,
                do="Use names of radmine.findings.load_findings(), or give the findings of the lexicon that has it.",
            )
        else:  # its absence says nothing of what is more general
            names = _spoken_of_other(rules, finding, label, findings, parents)
        for name in names:
            words.setdefault(name, []).append(label)
    result = Labels({name: _strongest(words[name]) for name in rules.labels if name in words})
    if rules.no_finding is not None:
        others = [label for name, label in result.items() if name not in rules.no_finding_ignores]
        others += [labels[finding] for finding in rules.no_finding_by if finding in labels]
        normal = others and all(label.assertion is _ABSENT for label in others)
        if normal and not any(_contradicts(rules, name, label, findings) for name, label in labels.items()):
            probability = 1.0 - max(label.probability for label in others)
            evidence = tuple(dict.fromkeys(vote for label in others for vote in label.evidence))
            result[rules.no_finding] = Label(Assertion.PRESENT, probability, evidence)
    return result


def _spoken_of_other(
    rules: Scheme, finding: str, label: Label, findings: Mapping[str, Finding] | None, parents: bool
) -> _Names:
    """Return the labels of which the label of a pair, or of a finding that only another lexicon has, speaks."""
    if label.assertion is _ABSENT:
        return tuple(n for n, same in rules.same_pairs.items() if any(denies(finding, one) for one in same))
    own = [
        n for n, asked in rules.pairs.items() if any(p and p.hold(finding) for p in map(read_pairs, asked))
    ]
    if own and not parents:
        return tuple(own)
    speaks = rules.speaks_for if parents else rules.speaks_alone
    above = ancestors_in(load_findings() if findings is None else findings, finding)
    return tuple(dict.fromkeys((*own, *(n for a in above for n in speaks.get(a, ())))))


def _contradicts(rules: Scheme, finding: str, label: Label, findings: Mapping[str, Finding] | None) -> bool:
    """Return whether a finding, where it is seen, is one with which nothing is normal."""
    if label.assertion is _ABSENT:
        return False
    if is_pair(finding) and rules.no_finding_against_at:
        _, _, site = finding.partition(AT)
        return not rules.no_finding_against_at.isdisjoint((site, *sites_above().get(site, ())))
    known = load_findings() if findings is None else findings
    names = (finding,) if finding in rules.speaks_for else ancestors_in(known, finding)
    return not rules.no_finding_against.isdisjoint(names)


def _spoken_of(
    rules: Scheme,
    finding: str,
    label: Label,
    labels: Mapping[str, Label],
    findings: Mapping[str, Finding] | None,
    parents: bool,
) -> _Names:
    """Return the labels of which a finding's label speaks."""
    if label.assertion is _ABSENT:
        return rules.speaks_against[finding]
    if parents or not rules.speaks_for[finding]:
        return rules.speaks_for[finding]
    known = load_findings() if findings is None else findings
    alone = {name for named in _named(finding, label, labels, known) for name in _alone(rules, named, known)}
    return tuple(name for name in rules.speaks_for[finding] if name in alone)


def _alone(rules: Scheme, finding: str, known: Mapping[str, Finding]) -> Iterator[str]:
    for name in (finding,) if finding in rules.speaks_alone else ancestors_in(known, finding):
        yield from rules.speaks_alone.get(name, ())


def _named(
    finding: str, label: Label, labels: Mapping[str, Label], known: Mapping[str, Finding]
) -> Iterator[str]:
    """Yield the findings by which something is said of one: itself, or kinds of it that imply it.

    A vote says it of what its mentions name; one that rests on no words, of the finding itself, unless its voter says as much of a kind of it.
    """
    votes: tuple[Vote | None, ...] = tuple(v for v in label.evidence if v.assertion is label.assertion)
    for vote in votes or (None,):
        if vote is not None and vote.implied and not vote.mentions:
            continue
        if vote is not None and vote.mentions:
            yield from {mention.finding for mention in vote.mentions}
        elif not any(
            _says(other, vote) and finding in ancestors_in(known, name) for name, other in labels.items()
        ):
            yield finding


def _says(label: Label, vote: Vote | None) -> bool:
    """Return whether a voter (None: whoever made the label) does not deny a finding."""
    if vote is None:
        return label.assertion is not _ABSENT
    return any(v.voter == vote.voter and v.assertion is not _ABSENT for v in label.evidence)


def _strongest(words: list[Label]) -> Label:
    """Return what several labels say together."""
    if len(words) == 1:
        return words[0]
    assertion = max((label.assertion for label in words), key=lambda said: said.strength)
    agreeing = [label for label in words if label.assertion is assertion]
    probability = max(label.probability for label in agreeing)
    evidence = tuple(dict.fromkeys(vote for label in agreeing for vote in label.evidence))
    return Label(assertion, probability, evidence)
