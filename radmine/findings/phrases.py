"""The phrases by which a text names a finding: synonyms, their plurals, British spellings."""

import functools
from collections.abc import Iterator, Mapping
from itertools import pairwise
from types import MappingProxyType

from radmine.findings.lexicon import Finding, load_findings

# American spelling -> British spelling, as parts of words.
BRITISH = (
    ("edema", "oedema"),
    ("hemorrhag", "haemorrhag"),
    ("hematoma", "haematoma"),
    ("hemangioma", "haemangioma"),
    ("hemothorax", "haemothorax"),
    ("hemopneumo", "haemopneumo"),
    ("hemoperitoneum", "haemoperitoneum"),
    ("ischemi", "ischaemi"),
    ("tumor", "tumour"),
    ("fecal", "faecal"),
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


def phrases_of(finding: Finding) -> Iterator[str]:
    """Yield every phrase that names a finding, in lower case; hyphens stand for spaces as in the text's reading."""
    nouns = [s for s in finding.synonyms if s not in finding.forms]
    for phrase in (*nouns, *map(plural, nouns), *finding.forms):
        yield phrase
        british = phrase
        for american, other in BRITISH:
            british = british.replace(american, other)
        if british != phrase:
            yield british


@functools.cache
def word_pairs() -> frozenset[tuple[str, str]]:
    """Return every two words that stand side by side in a phrase."""
    return frozenset(pair for phrase in load_phrases() for pair in pairwise(phrase.split()))


@functools.cache
def load_phrases() -> Mapping[str, tuple[str, ...]]:
    """Return the findings that each phrase names: mostly one, "pleural or pericardial effusion" names two."""
    found: dict[str, dict[str, None]] = {}
    for name, finding in load_findings().items():
        for phrase in phrases_of(finding):
            found.setdefault(phrase.replace("-", " ").lower(), {})[name] = None
    return MappingProxyType({phrase: tuple(names) for phrase, names in found.items()})
