"""Filters of a search: which entries may be found at all, decided before anything is ranked."""

import difflib
import os
import re
from collections.abc import Sequence
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from radmine.errors import InputError
from radmine.findings import Lexicon, NameReader, load_anatomy, load_lexicon, read_pairs
from radmine.parse import load_tags
from radmine.records import Condition, Where, read_conditions
from radmine.search.entries import Entries

FIELDS = (
    "modality",
    "body_part",
    "plane",
    "patient_id",
    "study_date",
    "finding",
    "tag",
    "report_id",
    "accession_number",
    "path",
)
_LISTS = (
    "modality",
    "body_part",
    "plane",
    "finding",
    "tag",
)  # columns in which an entry has several values, in lower case
_TOLD = (
    "modality",
    "body_part",
    "plane",
)  # fields of which there are few values, so that those there are help
_MOST_VALUES = 8
_NEAR_AMONG = 100_000  # ids that are looked through for a near one
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
_COMPARE = {"=": pc.equal, ">=": pc.greater_equal, "<=": pc.less_equal, ">": pc.greater, "<": pc.less}


def parse_where(where: Where, lexicon: Lexicon | None = None) -> tuple[Condition, ...]:
    """Return the conditions of a filter; all of them must hold, and values of one field are alternatives.

    Parameters
    ----------
    where
        As `radmine.records.read_conditions` takes it: `"modality=CT|MR, study_date>=2019-05"`, a dict, or a list of such.
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
    field, operator = condition.field, condition.operator
    values = tuple(str(v) if type(v) is int and field == "study_date" else v for v in condition.values)
    if not all(isinstance(v, str) for v in values):
        raise InputError(
            f"The filter {field!r} has no value.", where="where", do=f"Write {field}=VALUE, or leave it out."
        )
    if operator != "=" and (field != "study_date" or len(values) > 1):
        raise InputError(
            f"{operator} needs the field study_date and one date.",
            where=field,
            do="Write study_date>=2019-05, or use =; alternatives are written A|B.",
        )
    return Condition(field, operator, tuple(_value(field, v, lexicon) for v in values))


def _value(field: str, value: str, lexicon: Lexicon) -> str:
    """Return a value as the entries hold it."""
    if field == "study_date" and not _is_date(value):
        raise InputError(
            f"{value!r} is no date.",
            where="study_date",
            do="Write 2019, 2019-05 or 2019-05-31, a day that exists.",
        )
    if field == "tag":
        return _tag(value.strip())
    if field == "finding":
        return _finding(value.strip(), lexicon)
    return value.lower() if field in _LISTS else value


def _tag(name: str) -> str:
    """Return the tag or place that a name means: `spiculated`, `upper lobe`."""
    tag = "_".join(name.lower().replace("-", " ").split())
    known = [*load_tags(), *load_anatomy()]
    if tag not in known:
        near = ", ".join(difflib.get_close_matches(tag, known, n=5, cutoff=0.5))
        raise InputError(
            f"There is no tag {name!r}.",
            where="tag",
            do=f"Near: {near}."
            if near
            else "Use a word for looks, such as spiculated, or a place, such as upper_lobe.",
        )
    return tag


def _finding(name: str, lexicon: Lexicon) -> str:
    """Return the finding that a name means: ours, a title, a synonym, or the name of a label scheme; pairs as they are asked for."""
    reader = NameReader(lexicon=lexicon)
    forms = (name.lower().replace(" ", "_"), name)
    named = next(filter(None, map(reader.read, forms)), None)
    if named is None and read_pairs(name) is not None:
        return name
    if named is None:
        near = difflib.get_close_matches(forms[0], lexicon.findings, n=5, cutoff=0.5)
        listed = "`radmine findings` lists all."
        raise InputError(
            f"There is no finding {name!r}.",
            where="finding",
            do=f"Near: {', '.join(near)}; {listed}" if near else listed,
        )
    return named.finding


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text + "-01-01"[len(text) - 4 :])
    except ValueError:
        return False
    return _DATE.fullmatch(text) is not None


def allowed(conditions: Sequence[Condition], entries: Entries) -> np.ndarray:
    """Return for each entry whether all conditions hold, as an array of bool.

    A date is compared as far as the condition states it: 2019-05-31 is `<=2019-05`, `=2019` and not `<2019`. A path is that of a
    file or of a folder that it is in, or its last parts; a report has those of its images. An entry that does not say has no
    value, and passes no condition on it.
    """
    mask = np.ones(entries.ids.num_rows, dtype=bool)
    for condition in conditions:
        holds = _holds(condition, entries.ids.column(condition.field).combine_chunks())
        if condition.field == "path":
            reports, images = entries.linked
            holds[reports[holds[images]]] = True
        mask &= holds
    return mask


def values_there_are(conditions: Sequence[Condition], entries: Entries) -> str:
    """Return in words which values there are of the fields of which no entry has what a filter asks for; "" where there are none
    to tell.
    """
    said = []
    for condition in conditions:
        if allowed([condition], entries).any() or condition.field not in (*_TOLD, "report_id"):
            continue
        column = entries.ids.column(condition.field).combine_chunks()
        if condition.field == "report_id":
            known = [v for v in pc.unique(column).to_pylist() if v]
            near = difflib.get_close_matches(condition.values[0], known[:_NEAR_AMONG], n=3)
            said += [f"Near: {', '.join(near)}."] if near else []
            continue
        counts = pc.value_counts(pc.list_flatten(column)).to_pylist()
        common = sorted(counts, key=lambda c: (-c["counts"], c["values"]))[:_MOST_VALUES]
        values = ", ".join(c["values"] for c in common) or "none"
        said.append(f"{condition.field}: no {'|'.join(condition.values)}; there are {values}.")
    return " ".join(said)


def _holds(condition: Condition, column: pa.Array) -> np.ndarray:
    mask = np.zeros(len(column), dtype=bool)
    values = pa.array(values_meant(condition, column), pa.string())
    if condition.field == "study_date":
        for value in condition.values:
            dates = pc.utf8_slice_codeunits(column, 0, len(value))
            mask |= _bools(_COMPARE[condition.operator](dates, value))
    elif condition.field == "path":
        for value in condition.values:
            mask |= _bools(pc.equal(column, value)) | _bools(
                pc.ends_with(column, f"/{value.removeprefix('./')}")
            )
            mask |= _bools(pc.starts_with(column, os.path.abspath(value).rstrip("/") + "/"))
    elif condition.field in _LISTS:
        parents = pc.list_parent_indices(column).to_numpy(zero_copy_only=False)
        mask[parents[_bools(pc.is_in(pc.list_flatten(column), value_set=values))]] = True
    else:
        mask = _bools(pc.is_in(column, value_set=values))
    return mask


def values_meant(condition: Condition, column: pa.Array) -> Sequence[str]:
    """Return the values that a condition asks for: of pairs (`read_pairs`), those of a list of findings that they are."""
    asked = [pairs for value in condition.values if (pairs := read_pairs(value)) is not None]
    if condition.field != "finding" or not asked:
        return condition.values
    held = pc.unique(pc.list_flatten(column)).to_pylist()
    return [*condition.values, *(name for name in held if any(pairs.hold(name) for pairs in asked))]


def _bools(values: pa.Array) -> np.ndarray:
    return np.array(pc.fill_null(values, False).to_numpy(zero_copy_only=False), dtype=bool)
