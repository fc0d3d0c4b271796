"""Findings that somebody must be told of within minutes, read from `data/critical.tsv`: `critical_findings`."""

import functools

from radmine.errors import InputError
from radmine.findings.ancestry import ancestors
from radmine.findings.lexicon import DATA, load_findings


@functools.cache
def critical_findings() -> frozenset[str]:
    """Return the findings of the list of critical ones, without the kinds of these.

    Raises
    ------
    InputError
        The data file names a finding that there is not.
    """
    path = DATA / "critical.tsv"
    names = [line for line in path.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    if unknown := sorted(set(names) - load_findings().keys()):
        raise InputError(
            f"The data file names findings that there are not: {', '.join(unknown)}.",
            where=str(path),
            do="Correct or restore it.",
        )
    return frozenset(names)


def is_critical(finding: str) -> bool:
    """Return whether a finding, or one that it is a kind of, is on the list of critical ones."""
    return not critical_findings().isdisjoint((finding, *ancestors(finding)))
