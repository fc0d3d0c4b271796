"""What may be asked of an image beside findings and topics: one of several classes, a grade, a number, a time. `task_of`, `Asked`."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from radmine.corpus import Corpus
from radmine.errors import SettingsError
from radmine.records import age_of, facts_of, sex_of

LABELS, CLASS, ORDINAL, REGRESSION, SURVIVAL = "labels", "class", "ordinal", "regression", "survival"
OF_COLUMNS = (CLASS, ORDINAL, REGRESSION, SURVIVAL)
_YES, _NO = {"1", "true", "yes", "y", "dead", "died", "event"}, {"0", "false", "no", "n", "alive", "censored"}
_NUMBER = re.compile(r"\s*([+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?)\s*")


def task_of(target: str) -> str:
    """Return what kind of answer a target wants, by its name: labels, class, ordinal, regression or survival."""
    kind, colon, _ = target.partition(":")
    return kind if colon else LABELS if target == LABELS else CLASS


def has_classes(target: str) -> bool:
    """Return whether each answer to a target is a probability: of labels, classes and grades, and not a number or a risk."""
    return task_of(target) not in (REGRESSION, SURVIVAL)


@dataclass(frozen=True, slots=True)
class Asked:
    """A target that is read from columns which the source has of an image."""

    name: str  # as it stands in the settings
    task: str
    columns: tuple[str, ...]  # one; of survival the time and whether it was ended by the event
    grades: tuple[str, ...] = ()  # from the lowest to the highest, where they are told

    @classmethod
    def read(cls, name: str) -> "Asked":
        """Return the target that "TASK:COLUMN" asks for; "ordinal:COLUMN=low<mid<high", "survival:TIME,EVENT".

        Raises
        ------
        SettingsError
            It is not written like that.
        """
        task, _, rest = name.partition(":")
        column, _, grades = rest.partition("=")
        columns = tuple(c.strip() for c in column.split(",")) if task == SURVIVAL else (column.strip(),)
        levels = tuple(g.strip() for g in grades.split("<")) if grades else ()
        wanted = 2 if task == SURVIVAL else 1
        right = task in OF_COLUMNS and len(columns) == wanted and all(columns) and "." not in name
        if levels and (
            task != ORDINAL or not all(levels) or len(set(levels)) != len(levels) or len(levels) < 2
        ):
            right = False
        if not right:
            raise SettingsError(
                f"There is no target {name!r}.",
                where="targets",
                do="Write class:COLUMN, ordinal:COLUMN, ordinal:COLUMN=LOW<MID<HIGH, regression:COLUMN or survival:TIME,EVENT; "
                "a column whose name has a dot needs another name.",
            )
        return cls(name, task, columns, levels)


def read_columns(corpus: Corpus, names: Sequence[str]) -> dict[str, list[Any]]:
    """Return what the source says of each image in some columns: a list by image, None where it says nothing.

    A name is that of a column of `images`, or of something that was kept (`--keep`) in `meta` of the image or, failing that, of
    its report; capitals and signs do not matter. `age` is in years, `sex` Female or Male.

    Raises
    ------
    SettingsError
        No image has a column of this name.
    """
    schema = {
        field
        for shard in corpus.shards("images")[:1]
        for field in corpus.read_shard("images", shard).column_names
    }
    own = [name for name in names if name in schema and name not in {"meta", "image_id"}]
    reports: dict[str, Mapping[str, Any]] = {}
    for shard in corpus.shards("reports"):
        for row in corpus.read_shard("reports", shard, columns=["report_id", "meta"]).to_pylist():
            if row["meta"]:
                reports[row["report_id"]] = facts_of(row["meta"])
    found: dict[str, list[Any]] = {}
    for row in corpus.read("images", columns=["image_id", "report_id", "meta", *own]).to_pylist():
        facts = {**reports.get(row["report_id"] or "", {}), **facts_of(row["meta"])}
        found[row["image_id"]] = [row[n] if n in own else _fact(facts, n) for n in names]
    for place, name in enumerate(names):
        if all(values[place] is None for values in found.values()):
            raise SettingsError(
                f"No image has a column {name!r}.",
                where="targets",
                do="Keep it at ingest (`radmine ingest NAME FILE --keep COLUMN`), or name another.",
            )
    return found


def _fact(facts: Mapping[str, Any], name: str) -> Any:
    key = re.sub(r"[^a-z]", "", name.lower())
    known = {"age": age_of, "sex": sex_of}.get(key)
    value = known(facts) if known else facts.get(key)
    return None if value is None or str(value).strip() == "" else value


def number_of(value: Any) -> float:
    """Return a number, NaN where a value is none; a decimal comma is read."""
    match = _NUMBER.fullmatch(str(value)) if value is not None and not isinstance(value, bool) else None
    number = float(match[1].replace(",", ".")) if match else math.nan
    return number if math.isfinite(number) else math.nan


def event_of(value: Any) -> float:
    """Return 1 where an event is said (1, yes, true, died), 0 where none is (0, no, false, alive, censored), else NaN."""
    word = str(value).strip().lower().removesuffix(".0")
    return 1.0 if word in _YES else 0.0 if word in _NO else math.nan
