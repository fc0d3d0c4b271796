"""The phrases by which a text names a finding: synonyms, their plurals, British spellings."""

import functools
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from types import MappingProxyType

from radmine.findings.lexicon import Finding, load_findings

# American spelling -> British spelling, as parts of words.
BRITISH = (
    ("edema", "oedema"),
    ("hemo", "haemo"),
    ("hemat", "haemat"),
    ("hemangioma", "haemangioma"),
    ("ischemi", "ischaemi"),
    ("tumor", "tumour"),
    ("fecal", "faecal"),
    ("cecal", "caecal"),
    ("fetal", "foetal"),
    ("caliber", "calibre"),
    ("gynecomastia", "gynaecomastia"),
    ("esophag", "oesophag"),
    ("leukoaraiosis", "leucoaraiosis"),
    ("orthopedic", "orthopaedic"),
)

# The end of a noun -> the end of its plural; the first that fits.
PLURALS = (
    ("thorax", "thoraces"),
    ("varix", "varices"),
    ("hilum", "hila"),
    ("bulla", "bullae"),
    ("calculus", "calculi"),
    ("embolus", "emboli"),
    ("thrombus", "thrombi"),
    ("diverticulum", "diverticula"),
    ("apex", "apices"),
    ("ventricle", "ventricles"),
    ("sis", "ses"),
    ("ss", "sses"),
    ("sh", "shes"),
    ("ch", "ches"),
    ("x", "xes"),
    ("ay", "ays"),
    ("ey", "eys"),
    ("y", "ies"),
    ("us", "uses"),
    ("s", "s"),
)


def plural(noun: str) -> str:
    """Return the plural of a phrase that ends in a noun."""
    for end, ends in PLURALS:
        if noun.endswith(end):
            return noun[: -len(end)] + ends
    return noun + "s"


def spellings(nouns: Iterable[str], forms: Iterable[str]) -> Iterator[str]:
    """Yield nouns, their plurals, and forms as they stand, each in American and British spelling."""
    nouns = tuple(nouns)
    for phrase in (*nouns, *map(plural, nouns), *forms):
        yield phrase
        british = phrase
        for american, other in BRITISH:
            british = british.replace(american, other)
        if british != phrase:
            yield british


def fold_phrase(phrase: str) -> str:
    """Return a phrase as texts are read: lower case, hyphens and white space as single spaces."""
    return " ".join(phrase.replace("-", " ").lower().split())


def phrases_of(finding: Finding) -> Iterator[str]:
    """Yield every phrase that names a finding."""
    return spellings((s for s in finding.synonyms if s not in finding.forms), finding.forms)


@functools.cache
def word_pairs() -> frozenset[tuple[str, str]]:
    """Return every two words that stand side by side in a phrase."""
    return frozenset(pair for phrase in load_phrases() for pair in pairwise(phrase.split()))


@functools.cache
def load_phrases() -> Mapping[str, tuple[str, ...]]:
    """Return the findings that each phrase names: mostly one, "pleural or pericardial effusion" names two."""
    return phrases_of_all(load_findings().values())


def phrases_of_all(findings: Iterable[Finding]) -> Mapping[str, tuple[str, ...]]:
    """Return the findings that each phrase of some findings names."""
    found: dict[str, dict[str, None]] = {}
    for finding in findings:
        for phrase in phrases_of(finding):
            found.setdefault(fold_phrase(phrase), {})[finding.name] = None
    return MappingProxyType({phrase: tuple(names) for phrase, names in found.items()})
