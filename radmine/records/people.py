"""Sex and age of a patient, as `meta` of an image or a report says them: `facts_of`, `sex_of`, `age_of`, `whole_number`."""

import json
import re
from collections.abc import Mapping
from typing import Any

_SEX = {"m": "Male", "male": "Male", "f": "Female", "female": "Female", "w": "Female"}
_SEX_NAMES, _AGE_NAMES = ("sex", "patientsex", "patientgender", "gender"), ("age", "patientage")


def facts_of(meta: str | None) -> Mapping[str, Any]:
    """Return what a source says besides the columns, its names in small letters without signs: "Patient Age" is `patientage`."""
    try:
        facts = json.loads(meta or "{}")
    except (ValueError, RecursionError):
        return {}
    if not isinstance(facts, dict):
        return {}
    return {re.sub(r"[^a-z]", "", str(name).lower()): value for name, value in facts.items()}


def sex_of(facts: Mapping[str, Any]) -> str | None:
    """Return Male or Female, None where it is not said."""
    return next((_SEX.get(str(facts[n]).strip().lower()) for n in _SEX_NAMES if n in facts), None)


def age_of(facts: Mapping[str, Any]) -> int | None:
    """Return the age in years, None where it is not said."""
    return next((whole_number(facts[n]) for n in _AGE_NAMES if n in facts), None)


def whole_number(value: Any) -> int | None:
    """Return a whole number, as "60", "60.0" or DICOM's "060Y" have it."""
    match = re.fullmatch(r"\s*(\d{1,9})(?:\.0+)?\s*[Yy]?\s*", str(value))
    return int(match[1]) if match else None
