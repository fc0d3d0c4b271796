"""What there is to say of hits as a whole: how many reports mention what a text asks for."""

from collections.abc import Sequence

import numpy as np

from radmine.search.entries import ASSERTIONS, Entries
from radmine.search.question import Wanted


def note_of(wanted: Sequence[Wanted], entries: Entries, fit: np.ndarray | None, *, found: bool) -> str:
    """Return what reports say of the findings that a text asks for, in words; where it names none, whether any was found.

    Parameters
    ----------
    fit
        Whether a report fits a filter, shape (reports,), bool; None: there is no filter.
    """
    reports = np.arange(entries.reports) if fit is None else np.flatnonzero(fit)
    one = len(reports) == 1
    of = f"{len(reports):,} {'report' if one else 'reports'}"
    of += "" if fit is None else " that fits" if one else " that fit"
    said = "; ".join(f"{w.finding} {_count(entries.label_codes(w.finding, reports))}" for w in wanted)
    if said:
        return f"Of {of}: {said}."
    return "" if found else f"None of {of} has these words."


def _count(codes: np.ndarray) -> str:
    """Return in words how many reports say what of a finding, from `Entries.label_codes`."""
    counts = {str(a): int(np.count_nonzero(codes == code)) for code, a in enumerate(ASSERTIONS)}
    said = [f"{word} in {count:,}" for word, count in counts.items() if count]
    return ", ".join(said) if said else "mentioned in none"
