"""Label Studio's JSON export as corrections: `read_label_studio`.

Understood are, in an annotation that was not cancelled (predictions and cancelled ones are left out):

- `Choices` named as a finding: the choice is the answer (`<Choices name="pneumothorax"><Choice value="absent"/>...`);
- `Choices` of any other name: each choice is a finding. It is present; where the name is an answer, it is that
  (`<Choices name="absent" choice="multiple"><Choice value="Pneumothorax"/>...`);
- `Labels` on words: each label is a finding, by the same rule; a `Choices perRegion` on the same words has its answer;
- a `TextArea` named `why`: the reason.

What the words of an annotation say of one finding more than once is present before uncertain before absent.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from radmine.curate.rows import Correction, Refused
from radmine.errors import InputError
from radmine.findings import ANSWERS, NameReader
from radmine.records import Assertion

_WHY = "why"
_UPLOADED = re.compile(r"^[0-9a-f]{8}-")  # what Label Studio puts before the name of a file


def read_label_studio(path: Path, reader: NameReader) -> Iterator[Correction | Refused]:
    """Yield what each annotation of an export wants to be decided; `where` has the number of the task, from 1.

    Raises
    ------
    InputError
        The file cannot be read, or is no such export.
    """
    try:
        tasks = json.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(
            f"The export cannot be read: {type(error).__name__}.",
            where=str(path),
            do="Give Label Studio's export in the format JSON, or a CSV file.",
        ) from error
    if not isinstance(tasks, list) or not any(isinstance(t, dict) and "annotations" in t for t in tasks):
        raise InputError(
            "This is no export of Label Studio in the format JSON: no task has annotations.",
            where=str(path),
            do="Export as JSON, not as JSON-MIN; or give a CSV file.",
        )
    for number, task in enumerate(tasks, start=1):
        yield from _of_task(task, f"{path.name}:{number}", reader)


def _of_task(task: Any, where: str, reader: NameReader) -> Iterator[Correction | Refused]:
    data, annotations = (_get(task, key) for key in ("data", "annotations"))
    if not isinstance(data, dict) or not isinstance(annotations, list):
        yield Refused(where, "bad_line")
        return
    item = _item(data)
    done = [a for a in annotations if isinstance(a, dict) and not a.get("was_cancelled")]
    for annotation in sorted(done, key=lambda a: str(a.get("updated_at") or a.get("created_at") or "")):
        results = annotation.get("result")
        if not isinstance(results, list):
            yield Refused(where, "bad_line")
            continue
        by = _who(annotation.get("completed_by"))
        why = " ".join(text for r in results if _get(r, "from_name") == _WHY for text in _values(r, "text"))
        said: dict[str, str] = {}
        for finding, answer in _said(results, reader):
            if finding is None:
                yield Refused(where, "not_understood")
            elif finding not in said or _strength(answer) > _strength(said[finding]):
                said[finding] = answer
        for finding, answer in said.items():
            yield Correction(where, finding, answer, by=by, why=why, **item)


def _said(results: Iterable[Any], reader: NameReader) -> Iterator[tuple[str | None, str]]:
    """Yield findings with their answers; None where a result is none that we understand."""
    regions: dict[str, str] = {}  # a region -> the answer that was chosen for it
    kinds = [(result, _get(result, "type"), str(_get(result, "from_name") or "")) for result in results]
    marked = {_get(result, "id") for result, kind, _ in kinds if kind == "labels"}
    for result, kind, _ in kinds:
        if kind == "choices" and _get(result, "id") in marked:
            regions |= {str(_get(result, "id")): c for c in _values(result, "choices") if _is_answer(c)}
    for result, kind, name in kinds:
        if name == _WHY or kind == "relation":
            continue
        values = _values(result, str(kind)) if kind in {"choices", "labels"} else []
        if not values:
            yield None, ""
        elif kind == "choices" and _get(result, "id") in marked:
            if not any(map(_is_answer, values)):
                yield None, ""
        elif kind == "choices" and reader.read(name) is not None:
            yield (name, values[0]) if len(values) == 1 else (None, "")
        else:
            usual = name if _is_answer(name) else str(Assertion.PRESENT)
            answer = regions.get(str(_get(result, "id")), usual) if kind == "labels" else usual
            yield from ((finding, answer) for finding in values)


def _is_answer(word: str) -> bool:
    return word.strip().lower() in ANSWERS


def _strength(answer: str) -> int:
    said = ANSWERS.get(answer.strip().lower())
    return -1 if said is None else said.strength


def _item(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return by what names the report or image of a task goes."""
    given = {
        key: str(data[key]) for key in data if isinstance(data[key], str | int) and str(data[key]).strip()
    }
    if "image_id" in given:
        return {"images": (given["image_id"],)}
    for key in ("report_id", "report", "accession_number"):
        if key in given:
            return {"reports": (given[key],)}
    if "id" in given:
        return {"either": (given["id"],)}
    if "image" in given:
        return {"images": tuple(dict.fromkeys(_names_of(given["image"])))}
    return {"text": given.get("text", "")}


def _names_of(address: str) -> Iterator[str]:
    """Yield the names that an image may go by: its address, path and file name, with its ending or without.

    Files on the server's own disk stand behind `?d=`; before the name of one that was uploaded stand eight digits.
    """
    yield address
    parts = urlsplit(address)
    path = next(iter(parse_qs(parts.query).get("d", ())), "") or unquote(parts.path)
    yield path
    for name in (PurePosixPath(path).name, _UPLOADED.sub("", PurePosixPath(path).name)):
        yield name
        yield PurePosixPath(name).stem


def _who(completed_by: Any) -> str:
    """Return who annotated: the address, or the number, that the export has; "" where it has neither."""
    if isinstance(completed_by, dict):
        return str(completed_by.get("email") or completed_by.get("id") or "")
    return f"user {completed_by}" if isinstance(completed_by, int) else str(completed_by or "")


def _values(result: Any, key: str) -> list[str]:
    values = _get(_get(result, "value"), key)
    listed = values if isinstance(values, list) else [values]
    return [value for value in listed if isinstance(value, str) and value.strip()]


def _get(record: Any, key: str) -> Any:
    return record.get(key) if isinstance(record, dict) else None
