"""What a file of corrections says, row by row, before anybody knows what is meant: `Correction`, `Refused`."""

from typing import NamedTuple


class Correction(NamedTuple):
    """What one row wants to be decided."""

    where: str  # "FILE:line", or "FILE:task" of Label Studio
    finding: str
    answer: str
    images: tuple[str, ...] = ()  # names that the image may go by, the best first; none: it is a report
    reports: tuple[str, ...] = ()  # names that the report may go by
    either: tuple[str, ...] = ()  # names that a report or an image may go by
    text: str = ""  # of the report, where it has no name
    by: str = ""  # "": not said
    why: str = ""


class Refused(NamedTuple):
    """A row that decides nothing, and why."""

    where: str  # "FILE:line", or "FILE:task" of Label Studio
    # unknown_report | unknown_image | unknown_finding | no_single_finding | unknown_answer | ambiguous_answer | incomplete_row
    # | bad_line | bad_text | not_understood
    reason: str
    near: tuple[str, ...] = ()  # findings whose names are near an unknown one
