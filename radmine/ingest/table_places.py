"""What the path of an image says of its patient and study, in the layouts of published data sets."""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

_NAME = r"[^/]+"  # of a file
LAYOUTS: Mapping[str, re.Pattern[str]] = {
    "CheXpert": re.compile(rf"(?:.*/)?(?P<patient>patient\d{{5,}})/(?P<study>study\d+)/{_NAME}"),
    "MIMIC-CXR": re.compile(rf"(?:.*/)?p\d\d/p(?P<patient>\d{{8}})/s(?P<study>\d{{8}})/{_NAME}"),
    "ChestX-ray14": re.compile(r"(?:.*/)?(?P<patient>000[0-3]\d{4})_\d{3}(?:\.png)?"),
}


class Place(NamedTuple):
    """Whose image it is, of which study."""

    patient_id: str
    study_id: str | None = None


def place_in(layout: str, path: str) -> Place | None:
    """Return what a path says of its image in a layout, None where it is not of that layout."""
    found = LAYOUTS[layout].fullmatch(path.replace("\\", "/"))
    if found is None:
        return None
    said = found.groupdict()
    study = said.get("study")
    if study is not None and not study.isdecimal():  # numbered within its patient
        study = f"{said['patient']}/{study}"
    return Place(said["patient"], study)


def layout_of_paths(paths: Iterable[str]) -> str | None:
    """Return the layout of which all paths are, None where there is none."""
    seen = list(paths)
    return next((name for name in LAYOUTS if seen and all(place_in(name, path) for path in seen)), None)
