"""How people's files name findings and say whether they are there: `NameReader`, `ANSWERS`."""

from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from radmine.errors import InputError
from radmine.findings.extension import Lexicon, load_lexicon
from radmine.findings.lexicon import Finding
from radmine.findings.near import nearest, phrases_meant, plain_name
from radmine.findings.pairs import pair_named, read_pairs
from radmine.findings.schemes import schemes
from radmine.records import Assertion

_WORDS = {
    Assertion.PRESENT: ("present", "yes", "y", "true", "positive", "1", "1.0"),
    Assertion.ABSENT: ("absent", "no", "n", "false", "negative", "0", "0.0"),
    Assertion.UNCERTAIN: ("uncertain", "maybe", "possible", "unclear"),
}
ANSWERS: Mapping[str, Assertion] = MappingProxyType(
    {word: assertion for assertion, words in _WORDS.items() for word in words}
)
AMBIGUOUS = frozenset(("-1", "-1.0"))  # uncertain in one field tool, abstain in another
SILENT = frozenset(("", "nan", "none", "null"))  # nothing is said


class Named(NamedTuple):
    """The finding that a name means, and all findings that speak for it."""

    finding: str
    group: frozenset[str]


class NameReader:
    """Reads names of findings: ours, those of a label scheme, and the lexicon's titles and synonyms, in this order.

    Parameters
    ----------
    scheme
        The label scheme; None: the one that has most of `names`, and after it the others.
    lexicon
        Of the corpus that the names speak of; None: ours.
    """

    def __init__(
        self, names: Iterable[str] = (), *, scheme: str | None = None, lexicon: Lexicon | None = None
    ) -> None:
        self._lexicon = lexicon or load_lexicon()
        known = schemes()
        if scheme is not None and scheme not in known:
            raise InputError(
                f"There is no label scheme {scheme!r}.", where=scheme, do=f"Valid: {', '.join(known)}."
            )
        wanted = set(names)
        order = sorted(known, key=lambda s: (s != scheme, -len(wanted & set(known[s].labels))))
        self._schemes = [known[name] for name in order]

    def read(self, name: str) -> Named | None:
        """Return what a name means, None where nobody knows it."""
        kinds_of = self._lexicon.kinds_of
        name = pair_named(name) or name
        if self._lexicon.find(name) is not None:
            return Named(name, kinds_of(name))
        for scheme in self._schemes:
            if name in scheme.labels and name != scheme.no_finding:
                speaks = scheme.speaks_for if scheme.parents else scheme.speaks_alone
                group = [f for f, labels in speaks.items() if name in labels]
                main = next(f for f in group if name in scheme.speaks_against[f])
                return Named(main, frozenset(group))
        finding = _phrases(self._lexicon).get(plain_name(name))
        return Named(finding, kinds_of(finding)) if finding else None

    def is_normal(self, name: str) -> bool:
        """Return whether a name means that nothing was found: it says nothing of any one finding."""
        return name == "normal" or any(name == scheme.no_finding for scheme in self._schemes)


def near_findings(word: str, lexicon: Lexicon | None = None, *, most: int = 3) -> tuple[str, ...]:
    """Return the names of the findings whose name, title or a synonym is nearest to what somebody wrote; none where none is near.

    Examples
    --------
    >>> near_findings("cholelithiasis")
    ('gallstone',)
    """
    return nearest(word, _phrases(lexicon or load_lexicon()), most=most)


def findings_called(word: str, lexicon: Lexicon | None = None) -> tuple[Finding, ...]:
    """Return the findings in whose name, title or synonyms a word stands, else those whose names are near it; without a word all.

    Of a pair, "thickening@colon", and of pairs, "thickening@*" and "*@colon", those that they are (`read_pairs`).
    """
    lexicon = lexicon or load_lexicon()
    one, several = pair_named(word), read_pairs(word)
    if several is not None:
        return tuple(f for name in ((one,) if one else several.names()) if (f := lexicon.find(name)))
    plain = plain_name(word)
    named = tuple(
        finding
        for finding in lexicon.findings.values()
        if any(plain in plain_name(name) for name in (finding.name, finding.title, *finding.synonyms))
    )
    return named or tuple(lexicon.findings[name] for name in near_findings(word, lexicon, most=5))


@cache
def _phrases(lexicon: Lexicon) -> Mapping[str, str]:
    return phrases_meant(lexicon.findings)
