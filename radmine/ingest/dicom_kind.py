"""What a DICOM image is besides a picture of a patient: a localizer, a secondary capture, a dose report."""

import re
from collections.abc import Sequence

_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"  # and its multi-frame ones, .7.1 to .7.4 (PS3.3 A.8)
_SCREEN_SAVE = {"SCREEN SAVE", "SCREENSAVE", "SCREEN_SAVE"}  # as scanners write it into the image type
_DOSE = re.compile(
    r"\b(?:dose|dosis)[ _-]*(?:report|info\w*|sheet|summary|record|page|protocol|protokoll|bericht)\b|"
    r"\bdosis(?:protokoll|bericht|info\w*)\b|\b(?:patient|exam)[ _-]*protocol\b|^\s*dose\s*$",
    re.IGNORECASE,
)


def is_screen_save(image_type: Sequence[str]) -> bool:
    """Return whether the values of Image Type say that a screen was saved."""
    return not _SCREEN_SAVE.isdisjoint(value.strip().upper() for value in image_type)


def kind_of(sop_class: str, image_type: Sequence[str], series_description: str | None) -> str:
    """Return image, localizer, secondary_capture or dose_report.

    Parameters
    ----------
    sop_class
        The SOP class UID.
    image_type
        The values of Image Type (PS3.3 C.7.6.1.1.2): a localizer says so in the third (C.8.2.1.1.1) or a later one.
    series_description
        A captured screen is a dose report where this says so.
    """
    values = {value.strip().upper() for value in image_type}
    captured = sop_class == _SECONDARY_CAPTURE or sop_class.startswith(_SECONDARY_CAPTURE + ".")
    if captured or is_screen_save(image_type):
        return "dose_report" if _DOSE.search(series_description or "") else "secondary_capture"
    return "localizer" if "LOCALIZER" in values else "image"
