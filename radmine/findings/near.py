"""What people may call a finding, and what is near to what they wrote: `phrases_meant`, `nearest`."""

from collections.abc import Mapping
from difflib import get_close_matches

from radmine.findings.lexicon import Finding
from radmine.findings.phrases import plural


def plain_name(name: str) -> str:
    """Return a name as names are compared.

    Examples
    --------
    >>> plain_name("Pleural_Effusion")
    'pleural effusion'
    """
    return " ".join(name.lower().replace("_", " ").replace("-", " ").split())


def phrases_meant(findings: Mapping[str, Finding]) -> Mapping[str, str]:
    """Return each title, name, synonym and plural with its finding; what several share belongs to none."""
    meant: dict[str, set[str]] = {}
    for finding in findings.values():
        for phrase in (finding.name, finding.title, *finding.synonyms):
            for form in (phrase, plural(phrase)):
                meant.setdefault(plain_name(form), set()).add(finding.name)
    return {phrase: next(iter(names)) for phrase, names in meant.items() if len(names) == 1}


def nearest(word: str, phrases: Mapping[str, str], *, most: int = 3) -> tuple[str, ...]:
    """Return the findings that a phrase means, or that phrases near to it mean, the nearest first."""
    plain = plain_name(word)
    near = [plain] if plain in phrases else get_close_matches(plain, phrases, n=2 * most, cutoff=0.7)
    return tuple(dict.fromkeys(phrases[phrase] for phrase in near))[:most]
