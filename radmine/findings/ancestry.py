"""What is more general than a finding: `ancestors`."""

import functools
from collections.abc import Mapping

from radmine.findings.composed import finding_of
from radmine.findings.lexicon import Finding, load_findings


@functools.cache
def ancestors(name: str) -> tuple[str, ...]:
    """Return the parents of a finding of ours, their parents and so on, nearest first, each once; none of one that is unknown.

    Of the findings of another lexicon: `Lexicon.ancestors`.
    """
    return ancestors_in(load_findings(), name)


def ancestors_in(findings: Mapping[str, Finding], name: str) -> tuple[str, ...]:
    """Return the ancestors of one of some findings, as `ancestors` does."""
    found: dict[str, None] = {}
    level = [name]
    while level:
        known = [finding for finding in (finding_of(child, findings) for child in level) if finding]
        level = [parent for finding in known for parent in finding.parents if parent not in found]
        found.update(dict.fromkeys(level))
    return tuple(found)
