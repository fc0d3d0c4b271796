"""Our lexicon, and ours with published ontologies added to it."""

import functools
import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from types import MappingProxyType

from radmine.errors import CorpusError, InputError
from radmine.files import read_bytes, sealed, unsealed, write_whole
from radmine.findings.anatomy import load_site_phrases
from radmine.findings.ancestry import ancestors_in
from radmine.findings.composed import finding_of
from radmine.findings.lexicon import Finding, check_parents, lexicon_digest, load_findings
from radmine.findings.ontologies import read_ontology
from radmine.findings.pairs import pairs_below
from radmine.findings.phrases import fold_phrase, load_phrases, phrases_of, phrases_of_all
from radmine.records import Assertion

# Words that mean nothing of their own in a report; ontologies have classes for many of them.
_STOP_WORDS = frozenset(
    [
        "and",
        "are",
        "but",
        "for",
        "has",
        "left",
        "may",
        "new",
        "not",
        "now",
        "old",
        "one",
        "see",
        "the",
        "two",
        "was",
        "with",
        "right",
        "bilateral",
        "mild",
        "moderate",
        "severe",
        "normal",
        "abnormal",
        "absent",
        "present",
        "small",
        "large",
        "finding",
        "findings",
        "disease",
        "disorder",
        "other",
        "none",
        "unknown",
        "change",
        "image",
        "view",
        "acute",
        "chronic",
        "stable",
        "site",
        "size",
        "type",
        "all",
        "yes",
        "lateral",
        "medial",
        "anterior",
        "posterior",
        "history",
        "patient",
    ]
)


FILE = "lexicon.json"
FORMAT = 1


class Lexicon:
    """Findings and the phrases that name them. `load_lexicon()` is ours; a corpus that was read with more carries its own.

    Attributes
    ----------
    findings
        Every finding by name: ours first, in their order.
    digest
        The fingerprint of all of it.
    left_out
        Why terms and synonyms of ontologies were left out -> how many.

    Examples
    --------
    >>> load_lexicon().ancestors("vertebral_compression_fracture")
    ('vertebral_fracture', 'fracture')
    """

    def __init__(
        self, findings: Mapping[str, Finding], *, digest: str, left_out: Mapping[str, int] | None = None
    ) -> None:
        self.findings = findings
        self.digest = digest
        self.left_out: Mapping[str, int] = MappingProxyType(dict(left_out or {}))
        self._above: dict[str, tuple[str, ...]] = {}
        self._kinds: dict[str, frozenset[str]] = {}

    @functools.cached_property
    def phrases(self) -> Mapping[str, tuple[str, ...]]:
        """Folded phrases, each with the names of the findings that it names."""
        return load_phrases() if self.findings is load_findings() else phrases_of_all(self.findings.values())

    def find(self, name: str) -> Finding | None:
        """Return the finding of a name, also of a pair that has no entry (`finding_of`); None where there is none."""
        return finding_of(name, self.findings)

    def ancestors(self, name: str) -> tuple[str, ...]:
        """Return the parents of a finding, their parents and so on, nearest first, each once; none of one that is unknown."""
        above = self._above.get(name)
        if above is None:
            above = self._above[name] = ancestors_in(self.findings, name)
        return above

    def kinds_of(self, name: str) -> frozenset[str]:
        """Return a finding and all that are kinds of it, pairs without an entry too."""
        kinds = self._kinds.get(name)
        if kinds is None:
            own = [f for f in self.findings if name in self.ancestors(f)]
            kinds = frozenset((name, *own)).union(*map(pairs_below, (name, *own)))
            self._kinds[name] = kinds
        return kinds

    def said_with(self, name: str, assertion: Assertion) -> tuple[str, ...]:
        """Return the findings of which the same is said as of one: itself and, unless it is absent, its ancestors."""
        return (name,) if assertion is Assertion.ABSENT else (name, *self.ancestors(name))

    def save(self, folder: Path) -> None:
        """Write it into a folder, whole or not at all; `lexicon_in` reads it."""
        content = {
            "format": FORMAT,
            "digest": self.digest,
            "left_out": dict(self.left_out),
            "findings": [asdict(finding) for finding in self.findings.values()],
        }
        write_whole(folder / FILE, sealed(content))


def lexicon_in(folder: str | os.PathLike[str] | None) -> Lexicon:
    """Return the lexicon that a corpus or an index carries in a folder; None: ours.

    Raises
    ------
    CorpusError
        The folder holds none, or one that another version of radmine wrote.
    """
    if folder is None:
        return load_lexicon()
    path = Path(folder) / FILE
    try:
        state = path.stat()
        return _read(path, state.st_mtime_ns, state.st_size)
    except (OSError, ValueError, KeyError, TypeError, InputError) as error:
        raise CorpusError(
            f"The lexicon cannot be read: {type(error).__name__}.",
            where=str(path),
            do="Run `radmine check NAME`: it is made anew.",
        ) from error


@functools.lru_cache(maxsize=8)
def _read(path: Path, _written: int, _size: int) -> Lexicon:
    content = unsealed(read_bytes(path))
    if content.keys() != {"format", "digest", "left_out", "findings"}:
        raise ValueError("keys")
    if content["format"] != FORMAT:
        raise ValueError(f"format {content['format']}")
    findings = {}
    for entry in content["findings"]:
        lists = {key: tuple(value) for key, value in entry.items() if isinstance(value, list)}
        findings[entry["name"]] = Finding(**entry | lists)
    check_parents(findings)
    return Lexicon(MappingProxyType(findings), digest=content["digest"], left_out=content["left_out"])


def load_lexicon(*paths: str | Path) -> Lexicon:
    """Return our lexicon with the findings of ontologies added; without paths ours alone.

    After a path may stand "#" and, separated by commas, the part of it that is wanted: the ids of the classes below
    which findings are read ("radlex.csv#RID5,RID34785"), or vocabularies of MRCONSO ("MRCONSO.RRF#SNOMEDCT_US").
    A term that our lexicon has a phrase for, be it in another order ("cyst of the liver"), adds its synonyms and codes to that
    finding; others are findings of their own. Terms that name a site of the body, and synonyms that are too short to be safe, are left out and counted.

    Raises
    ------
    InputError
        A file is missing or is not what its suffix says, or parents form a circle.
    """
    files = []
    for path in paths:
        name, _, part = str(path).partition("#")
        try:
            path_of = Path(name)
            within = path_of.rglob("*.json") if path_of.is_dir() else ()
            states = [path_of.stat(), *(file.stat() for file in within)]
        except OSError as error:
            raise InputError(
                f"The ontology cannot be read: {error.strerror}", where=name, do="Correct the path."
            ) from error
        files.append((name, part, max(s.st_mtime_ns for s in states), sum(s.st_size for s in states)))
    return _load(tuple(files))


@functools.lru_cache(maxsize=8)
def _load(files: tuple[tuple[str, str, int, int], ...]) -> Lexicon:
    if not files:
        return Lexicon(load_findings(), digest=lexicon_digest())
    findings = dict(load_findings())
    left_out: Counter[str] = Counter()
    for path, part, *_ in files:
        chosen = tuple(p.strip() for p in part.split(",") if p.strip())
        umls = path.lower().removesuffix(".gz").endswith(".rrf")
        new = read_ontology(path, sources=chosen) if umls else read_ontology(path, under=chosen)
        _add(findings, new, left_out)
    check_parents(findings)
    summary = hashlib.blake2b(lexicon_digest().encode(), digest_size=8)
    for finding in findings.values():
        summary.update(repr(finding).encode())
    return Lexicon(MappingProxyType(findings), digest=summary.hexdigest(), left_out=left_out)


def _add(findings: dict[str, Finding], new: Mapping[str, Finding], left_out: Counter[str]) -> None:
    """Add findings to a lexicon: where one has a phrase of ours, to ours."""
    phrases = {phrase: set(names) for phrase, names in phrases_of_all(findings.values()).items()}
    turned: dict[str, set[str]] = {}
    for phrase, owners in phrases.items():
        turned.setdefault(_turned(phrase), set()).update(owners)
    names: dict[str, str] = {}  # what the new findings are called in the lexicon
    added: list[str] = []
    for name, finding in new.items():
        kept = _usable(finding, left_out)
        if not kept.synonyms:
            left_out["terms without a usable phrase"] += 1
            continue
        known = (
            name
            if name in findings
            else _same(kept.synonyms, phrases) or _same(map(_turned, kept.synonyms), turned)
        )
        if known is None:
            names[name] = name
            findings[name] = kept
            added.append(name)
        else:
            names[name] = known
            findings[known] = _enriched(findings[known], kept, phrases)
        for phrase in phrases_of(findings[names[name]]):
            phrases.setdefault(fold_phrase(phrase), {names[name]})
    for name in added:
        parents = (names.get(p, p) for p in findings[name].parents)
        known_parents = tuple(dict.fromkeys(p for p in parents if p in findings and p != name))
        findings[name] = replace(findings[name], parents=known_parents)


def _usable(finding: Finding, left_out: Counter[str]) -> Finding:
    """Return a finding with the phrases that are safe to look for."""
    synonyms = []
    for synonym in finding.synonyms:
        phrase = fold_phrase(synonym)
        if not any(c.isalnum() for c in phrase) or sum(c.isalpha() for c in phrase) < 3:
            left_out["synonyms too short"] += 1
        elif phrase in _STOP_WORDS:
            left_out["synonyms that are common words"] += 1
        elif phrase in load_site_phrases():
            left_out["synonyms that name a site"] += 1
        else:
            synonyms.append(phrase)
    forms = tuple(form for form in map(fold_phrase, finding.forms) if form in synonyms)
    return replace(finding, synonyms=tuple(dict.fromkeys(synonyms)), forms=forms)


def _turned(phrase: str) -> str:
    """Return a phrase as one that says the same in another order: "cyst of the liver" as "liver cyst"."""
    head, of, rest = phrase.partition(" of ")
    return f"{rest.removeprefix('the ')} {head}" if of else phrase


def _same(synonyms: Iterable[str], phrases: Mapping[str, set[str]]) -> str | None:
    """Return the finding that has one of some phrases: the first that names one finding only."""
    for phrase in synonyms:
        names = phrases.get(phrase, ())
        if len(names) == 1:
            return next(iter(names))
    return None


def _enriched(ours: Finding, new: Finding, phrases: Mapping[str, set[str]]) -> Finding:
    """Return a finding of ours with the codes of another, and those of its phrases that name nothing else."""
    synonyms = tuple(p for p in new.synonyms if phrases.get(p, {ours.name}) == {ours.name})
    return replace(
        ours,
        synonyms=tuple(dict.fromkeys((*ours.synonyms, *synonyms))),
        codes=tuple(dict.fromkeys((*ours.codes, *new.codes))),
        forms=tuple(dict.fromkeys((*ours.forms, *(f for f in new.forms if f in synonyms)))),
    )
