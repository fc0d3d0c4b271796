"""Filters of a search: which entries may be found at all, decided before anything is ranked."""

import difflib
import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from radmine.errors import InputError
from radmine.findings import Lexicon, load_lexicon
from radmine.records import Condition, Where, read_conditions

FIELDS = ("modality", "body_part", "plane", "patient_id", "study_date", "finding")
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


def parse_where(where: Where, lexicon: Lexicon | None = None) -> tuple[Condition, ...]:
    """Return the conditions of a filter; all of them must hold.

    Parameters
    ----------
    where
        As `radmine.records.read_conditions` takes it: `"modality=CT|MR, study_date>=2019-05"`, or a dict.
    lexicon
        The findings that can be asked for; None: ours.

    Raises
    ------
    InputError
        A field, an operator, a date or a finding is not known.
    """
    lexicon = lexicon or load_lexicon()
    return tuple(_checked(condition, lexicon) for condition in read_conditions(where, FIELDS))


def _checked(condition: Condition, lexicon: Lexicon) -> Condition:
    """Return a condition with its values as the entries hold them."""
    field, operator, values = condition.field, condition.operator, condition.values
    if not all(isinstance(v, str) for v in values):
        raise InputError(
            f"The filter {field!r} has no value.", where="where", do=f"Write {field}=VALUE, or leave it out."
        )
    if operator != "=" and (field != "study_date" or len(values) > 1):
        raise InputError(
            f"{operator} needs the field study_date and one date.",
            where=field,
            do="Write study_date>=2019-05, or use =.",
        )
    return Condition(field, operator, tuple(_value(field, v, lexicon) for v in values))


def _value(field: str, value: str, lexicon: Lexicon) -> str:
    """Return a value as the entries hold it."""
    if field == "study_date" and not _DATE.fullmatch(value):
        raise InputError(
            "A date is written as 2019, 2019-05 or 2019-05-31.", where="study_date", do="Correct the date."
        )
    if field == "finding":
        name = value.strip().lower().replace(" ", "_")
        if name not in lexicon.findings:
            near = difflib.get_close_matches(name, lexicon.findings, n=5, cutoff=0.5)
            raise InputError(
                f"There is no finding {name!r}.",
                where="finding",
                do=f"Near: {', '.join(near)}."
                if near
                else "Names stand in radmine.findings.load_findings().",
            )
        return name
    return value if field in ("patient_id", "study_date") else value.lower()


def allowed(conditions: Sequence[Condition], entries: pa.Table) -> np.ndarray:
    """Return for each entry whether all conditions hold, as an array of bool.

    A date is compared as far as the condition states it: 2019-05-31 is `<=2019-05` and `=2019`. An entry that does
    not say has no value, and passes no condition on it.
    """
    mask = np.ones(entries.num_rows, dtype=bool)
    for condition in conditions:
        mask &= _holds(condition, entries.column(condition.field).combine_chunks())
    return mask


def _holds(condition: Condition, column: pa.Array) -> np.ndarray:
    if condition.field == "study_date":
        mask = np.zeros(len(column), dtype=bool)
        for value in condition.values:
            dates = pc.utf8_slice_codeunits(column, 0, len(value))
            compare = {"=": pc.equal, ">=": pc.greater_equal, "<=": pc.less_equal}[condition.operator]
            mask |= _bools(compare(dates, value))
        return mask
    values = pa.array(condition.values, pa.string())
    if condition.field == "patient_id":
        return _bools(pc.is_in(column, value_set=values))
    mask = np.zeros(len(column), dtype=bool)
    parents = pc.list_parent_indices(column).to_numpy(zero_copy_only=False)
    mask[parents[_bools(pc.is_in(pc.list_flatten(column), value_set=values))]] = True
    return mask


def _bools(values: pa.Array) -> np.ndarray:
    return np.asarray(pc.fill_null(values, False).to_numpy(zero_copy_only=False), dtype=bool)
