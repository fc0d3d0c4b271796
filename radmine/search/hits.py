"""The hits of a search, and what can be made of them: a contact sheet, a data frame."""

import os
from collections.abc import Callable, Iterable
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, SupportsIndex, overload

from radmine.errors import InputError
from radmine.files import write_whole
from radmine.records import Hit
from radmine.search.asked import Asked
from radmine.search.pictures import Pictures
from radmine.search.sheet import Sheet, sheet_of
from radmine.search.sheet_html import sheet_fragment, sheet_page
from radmine.search.sheet_png import sheet_png

if TYPE_CHECKING:
    import pandas

_IN_NOTEBOOK = 20  # hits that a notebook shows by itself


def sheet_maker(path: str | os.PathLike[str]) -> Callable[[Sheet], bytes]:
    """Return what makes the sheet that is to be written to a path.

    Raises
    ------
    InputError
        It ends in something else than .html or .png, or its folder is not there.
    """
    file = Path(path)
    made = {".html": sheet_page, ".htm": sheet_page, ".png": sheet_png}.get(file.suffix.lower())
    if made is None:
        raise InputError("A sheet is a page or a picture.", where=str(file), do="Name it .html or .png.")
    if not file.parent.is_dir():
        raise InputError(
            "There is no folder for the sheet.", where=str(file.parent), do="Name one that is there."
        )
    return made


class Hits(list[Hit]):
    """The hits of a search, best first: a list, which a notebook shows as a contact sheet.

    Parameters
    ----------
    hits
        As the search ranked them.
    asked
        What was searched for.
    pictures
        Where the pictures of the hits are.
    total
        How many there are in all, where that is known: a filter alone counts what fits.
    note
        What there is to say of them as a whole: how many reports mention what was asked, or why there is no hit.
    """

    def __init__(
        self,
        hits: Iterable[Hit],
        *,
        asked: Asked,
        pictures: Pictures,
        total: int | None = None,
        note: str = "",
    ) -> None:
        super().__init__(hits)
        self.asked = asked
        self.pictures = pictures
        self.total = total
        self.note = note

    @overload
    def __getitem__(self, at: SupportsIndex) -> Hit: ...
    @overload
    def __getitem__(self, at: slice) -> "Hits": ...
    def __getitem__(self, at: SupportsIndex | slice) -> "Hit | Hits":
        if isinstance(at, slice):
            part = super().__getitem__(at)
            return Hits(part, asked=self.asked, pictures=self.pictures, total=self.total, note=self.note)
        return super().__getitem__(at)

    def __repr__(self) -> str:
        more = f", and {len(self) - 3} more" if len(self) > 3 else ""
        return f"Hits({', '.join(map(_in_short, self[:3].__iter__()))}{more})"

    def to_pandas(self) -> "pandas.DataFrame":
        """Return the hits as a data frame, a row a hit; `why` in words."""
        import pandas

        rows: list[dict[str, Any]] = [{f.name: getattr(hit, f.name) for f in fields(Hit)} for hit in self]
        for row in rows:
            row["why"] = "; ".join(f"{reason.by}: {reason.detail}" for reason in row["why"])
        return pandas.DataFrame(rows, columns=[f.name for f in fields(Hit)])

    def sheet(self, path: str | os.PathLike[str]) -> Path:
        """Return the path of a contact sheet that was written: of each hit the picture, the sentence, and why it was found.

        Parameters
        ----------
        path
            Ends in .html (one page that needs no other file and no network) or in .png.

        Raises
        ------
        InputError
            There are no hits; or it ends in something else, its folder is not there, or it cannot be written.
        """
        file, made = Path(path), sheet_maker(path)
        if not self:
            raise InputError("There are no hits to show.", where=str(file), do="Ask for something else.")
        content = made(sheet_of(self, asked=self.asked, pictures=self.pictures, total=self.total))
        try:
            write_whole(file, content)
        except OSError as error:
            raise InputError(
                f"The sheet cannot be written: {error.strerror}.",
                where=str(file),
                do="Name a file in a folder that is there and may be written to.",
            ) from error
        return file

    def _repr_html_(self) -> str:
        """Return the sheet of the first hits for a notebook."""
        shown = self[:_IN_NOTEBOOK]
        return sheet_fragment(
            sheet_of(shown, asked=self.asked, pictures=self.pictures, total=self.total or len(self))
        )


def _in_short(hit: Hit) -> str:
    """Return a hit with what its labels say, the first of it, and no word of the report."""
    said = next((r.detail for r in hit.why if r.by in {"finding", "image"}), None)
    return f"{repr(hit)[:-1]}: {said})" if said else repr(hit)
