"""What one file, row, report or image may take: the one list of bounds, as the table `[limits]` of a settings file.

What is larger is set aside as `too_large` before it is read, what takes longer as `took_too_long`; the rest comes through.
The defaults keep the work on any one file below a minute and a gigabyte.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from radmine.errors import InputError, SettingsError

MEGABYTE = 1_000_000  # bytes


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file, row, report or image may take; what takes more is set aside, the rest comes through."""

    # Seconds of work on one of them; what took longer is tried again at the next run.
    seconds: float = 60.0
    # Characters of a report.
    report_characters: int = 1_000_000
    # Megabytes of what is read as a whole: a text, XML or JSON file, a member of an archive, a DICOM header.
    document_mb: float = 64.0
    # Megabytes of a line of a table.
    line_mb: float = 16.0
    # Columns of a table.
    columns: int = 10_000
    # Megabytes that a deflated DICOM file, or a row group of a Parquet file, may inflate to.
    inflated_mb: float = 512.0
    # Frames of a DICOM file.
    frames: int = 100_000
    # Million pixels of a picture, or of one frame.
    megapixels: float = 40.0

    def __post_init__(self) -> None:
        for name in self.__dataclass_fields__:
            if not 0 < getattr(self, name) < float("inf"):
                raise SettingsError(
                    f"{name} must be more than 0, it is {getattr(self, name)}.",
                    where=name,
                    do="Correct the value.",
                )


class TooLargeError(InputError):
    """A file, or what it would become in memory, is larger than `[limits]` allows."""


def uses(*names: str) -> Mapping[str, tuple[str, ...]]:
    """Return the metadata of the field `limits` of a stage's settings: which it takes; the others change none of its rows."""
    return {"limits": names}


def taken(limits: Limits, names: tuple[str, ...]) -> Limits:
    """Return limits of which only the named ones differ from the defaults."""
    return replace(Limits(), **{name: getattr(limits, name) for name in names})


def check_size(what: str, size: float, most: float, *, limit: str, where: str = "") -> None:
    """Refuse what is larger than a limit.

    Parameters
    ----------
    what
        The thing and the unit it is measured in: "The file has {} megabytes.", braces where the number goes.
    limit
        The name of the limit, for the error.

    Raises
    ------
    TooLargeError
        It is.
    """
    if size > most:
        raise TooLargeError(
            what.format(f"{size:,.6g}"),
            where=where,
            do=f"At most {most:,.6g} are read; raise `{limit}` under [limits] in the settings.",
        )
