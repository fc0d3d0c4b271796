"""Conditions on rows, as people write them: `read_conditions`, and what they mean for a table: `row_filter`."""

import re
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import eq, ge, gt, le, lt
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from radmine.errors import InputError
from radmine.records.tables import TableSpec

Where: TypeAlias = str | Mapping[str, Any] | Sequence[str | Mapping[str, Any]]

_CONDITION = re.compile(r"\s*([^<>=!]*?)\s*(>=|<=|!=|=|<|>)\s*(.*?)\s*", re.DOTALL)
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {"=": eq, ">=": ge, "<=": le, ">": gt, "<": lt}
_BOOLS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: the field has one of the values, or is on the right side of the one value."""

    field: str
    operator: str  # = | >= | <= | > | <
    values: tuple[Any, ...]


def read_conditions(where: Where, fields: Sequence[str]) -> tuple[Condition, ...]:
    """Return the conditions that are written; all of them must hold. Values that one field may have are alternatives, however often
    it is named; comparisons all hold, so that two of them are a range.

    Parameters
    ----------
    where
        `"modality=CT|MR, study_date>=2019-05"` (`|` between alternatives, a comma between conditions), or a dict
        `{"modality": "CT|MR", "study_date>=": "2019-05"}`. In a dict, a list, array or Series of alternatives is taken as it is.
        Or a list of such dicts and of strings with one condition each, whose values may hold commas.
    fields
        Those that there are.

    Raises
    ------
    InputError
        Something is no condition, has no value, or names no field.

    Examples
    --------
    >>> read_conditions("modality=CT|MR", ("modality",))
    (Condition(field='modality', operator='=', values=('CT', 'MR')),)
    >>> read_conditions(["modality=CT", "modality=MR"], ("modality",))
    (Condition(field='modality', operator='=', values=('CT', 'MR')),)
    """
    found: dict[tuple[str, ...], Condition] = {}
    for condition in _conditions(where, fields):
        field, operator, values = condition.field, condition.operator, condition.values
        if operator != "=":
            found[field, operator, str(values)] = condition
        elif (field,) in found:
            held = found[field,].values
            found[field,] = Condition(field, "=", (*held, *(v for v in values if v not in held)))
        else:
            found[field,] = condition
    return tuple(found.values())


def _conditions(where: Where, fields: Sequence[str]) -> Iterator[Condition]:
    if isinstance(where, str):
        yield from (_condition(part, (), fields) for part in where.split(",") if part.strip())
    elif isinstance(where, Mapping):
        yield from (_condition(key, (value,), fields) for key, value in where.items())
    else:
        for part in where:
            if not isinstance(part, str):
                yield from _conditions(part, fields)
                continue
            if any(re.search(rf",\s*{re.escape(field)}\s*[<>=!]", part) for field in fields):
                raise InputError(
                    "These are several filters (--where) in one.",
                    where=part,
                    do="Give each on its own: --where FIELD=VALUE --where FIELD=VALUE, or the items of a list.",
                )
            yield _condition(part, (), fields)


def _condition(key: str, given: tuple[Any, ...], fields: Sequence[str]) -> Condition:
    """Return the condition of `"field=value"`, or of a dict's key `"field"` or `"field>="` and the value given with it."""
    written = f"{key}=" if given and not key.rstrip().endswith(("=", "<", ">")) else key
    match = _CONDITION.fullmatch(written)
    if match is None:
        raise InputError(
            "A filter is written FIELD=VALUE.",
            where=key,
            do=f"For example: --where {fields[0]}=VALUE. Fields: {', '.join(fields)}.",
        )
    field, operator, text = match.groups()
    if field not in fields:
        raise InputError(
            f"There is no filter {field!r} (--where).", where=key, do=f"Fields: {', '.join(fields)}."
        )
    if operator == "!=":
        raise InputError(
            "There is no != in filters (--where).",
            where=key,
            do="Write = with what you want, alternatives as A|B; dates and numbers take <, <=, > and >= too.",
        )
    value = given[0] if given else text
    if isinstance(value, str):
        values: tuple[Any, ...] = tuple(v.strip() for v in value.split("|"))
    else:
        values = tuple(value) if isinstance(value, Iterable) else (value,)
    if not values or any(isinstance(v, str) and not v for v in values):
        raise InputError(
            f"The filter {field!r} has no value.", where="where", do=f"Write {field}=VALUE, or leave it out."
        )
    return Condition(field, operator, values)


def row_filter(spec: TableSpec, where: Where) -> pc.Expression | None:
    """Return the rows of a table for which all conditions hold, as Parquet readers take it; None: all rows.

    A date is compared as far as the condition states it: 2019-05-31 is `<=2019-05` and `=2019`. None stands for no value.

    Raises
    ------
    InputError
        A column is not there, holds lists, or cannot have such a value.
    """
    found: pc.Expression | None = None
    for condition in read_conditions(where, spec.schema.names):
        holds = _holds(spec, condition)
        found = holds if found is None else found & holds
    return found


def _holds(spec: TableSpec, condition: Condition) -> pc.Expression:
    name, operator = condition.field, condition.operator
    kind, column = spec.schema.field(name).type, pc.field(name)
    if pa.types.is_list(kind):
        raise InputError(f"The column {name!r} holds lists.", where="where", do="Filter the rows that come.")
    if operator != "=" and (len(condition.values) > 1 or condition.values[0] is None):
        raise InputError(f"{operator} needs one value.", where=name, do="Give one, or use =.")
    values = [_value(spec, name, kind, value) for value in condition.values]
    if name.endswith("_date"):
        holds = [_date_holds(column, operator, value) for value in values if value is not None]
    elif operator == "=":
        holds = [column.isin(pa.array([v for v in values if v is not None], kind))]
    else:
        holds = [_COMPARE[operator](column, values[0])]
    if None in values:
        holds.append(column.is_null())
    found = holds[0]
    for other in holds[1:]:
        found = found | other
    return found


def _date_holds(column: pc.Expression, operator: str, value: str) -> pc.Expression:
    stated = pc.utf8_slice_codeunits(column, 0, len(value))
    return _COMPARE[operator](stated, value)


def _value(spec: TableSpec, name: str, kind: pa.DataType, value: Any) -> Any:
    """Return a value as the column holds it."""
    if value is None:
        return None
    hint = typing.get_type_hints(spec.record).get(name)
    allowed = [str(member) for member in hint] if isinstance(hint, type) and issubclass(hint, StrEnum) else []
    try:
        if pa.types.is_string(kind):
            found: Any = value if isinstance(value, str) else None
        elif pa.types.is_boolean(kind):
            found = _BOOLS.get(str(value).lower())
        else:
            found = int(value) if pa.types.is_integer(kind) else float(value)
            if (
                isinstance(value, bool)
                or (not isinstance(value, str) and found != value)
                or abs(found) >= 2**63
            ):
                found = None
    except (TypeError, ValueError, OverflowError):
        found = None
    if found is None or (allowed and found not in allowed):
        raise InputError(
            f"{value!r} is no value of the column {name!r}.",
            where="where",
            do=f"Valid: {', '.join(allowed)}." if allowed else f"Its values are of the kind {kind}.",
        )
    return str(found) if allowed else found
