"""What the path of an image says of its patient and study, in the layouts of published data sets."""

import re
from collections.abc import Iterable, Mapping

_NAME = r"[^/]+"  # of a file
LAYOUTS: Mapping[str, re.Pattern[str]] = {
    "CheXpert": re.compile(rf"(?:.*/)?(?P<patient>patient\d{{5,}})/(?P<study>study\d+)/{_NAME}"),
    "MIMIC-CXR": re.compile(rf"(?:.*/)?p\d\d/p(?P<patient>\d{{8}})/s(?P<study>\d{{8}})/{_NAME}"),
    "ChestX-ray14": re.compile(r"(?:.*/)?(?P<patient>000[0-3]\d{4})_\d{3}(?:\.png)?"),
}


def place_in(layout: str | None, path: str) -> Mapping[str, str]:
    """Return the `patient_id` and `study_id` that a path names in a layout; nothing where it is not of that layout."""
    found = LAYOUTS[layout].fullmatch(path.replace("\\", "/")) if layout else None
    if found is None:
        return {}
    said = found.groupdict()
    patient, study = said["patient"], said.get("study")
    if study is None:
        return {"patient_id": patient}
    # CheXpert's studies are numbered within their patient.
    return {"patient_id": patient, "study_id": study if study.isdecimal() else f"{patient}/{study}"}


def layout_of_paths(paths: Iterable[str]) -> str | None:
    """Return the layout of which all paths are, None where there is none."""
    seen = list(paths)
    return next((name for name in LAYOUTS if seen and all(place_in(name, path) for path in seen)), None)
