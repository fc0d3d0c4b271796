"""What the option `keep` may name: columns of tables, elements of DICOM headers that are no names of people."""

from collections.abc import Iterator, Sequence

from radmine.ingest.reader import Source, WrongOptionError, names_in
from radmine.ingest.table_columns import choose_columns, is_kept
from radmine.ingest.table_file import Layout, names_in_lines
from radmine.ingest.table_labels import OPTION as LABELS


def check_kept(source: Source, layouts: Sequence[Layout], *, with_dicom: bool = False) -> None:
    """Check that each column which the user wants to keep, or names as a label column, stands in a table.

    Parameters
    ----------
    with_dicom
        Whether there are DICOM files: what is kept may be an element of these, as where a table names image files.

    Raises
    ------
    WrongOptionError
        It does not.
    """
    labels = source.options.get(LABELS, "")
    wanted = [(name, "to keep") for name in names_in(source.options.get("keep", ""))]
    if labels != "no":
        wanted += ((name.partition("=")[0].strip(), "of labels") for name in names_in(labels))
    missing = [
        (name, what)
        for name, what in wanted
        if not any(is_kept(column, [name]) for layout in layouts for column in _columns_of(layout, name))
    ]
    with_dicom = with_dicom or any(
        {"path", "image_id"} & choose_columns(layout, source.options).of.keys() for layout in layouts
    )
    for name, what in missing:
        if what == "of labels" or not with_dicom:
            raise WrongOptionError(
                f"No table has a column {name!r} {what}.",
                where=", ".join(source.paths),
                do="Name it as the table's first line does.",
            )
    check_keywords(source, [name for name, _ in missing])


def _columns_of(layout: Layout, name: str) -> Iterator[str]:
    """Yield the columns of a table; for one that the first JSON lines do not name all of them are looked at."""
    yield from layout.columns
    if layout.kind == "lines" and not any(is_kept(column, [name]) for column in layout.columns):
        yield from names_in_lines(layout)


def check_keywords(source: Source, names: Sequence[str]) -> None:
    """Check that each name is the keyword of an element that can be kept.

    Raises
    ------
    WrongOptionError
        One is not.
    """
    if not names:
        return
    from radmine.ingest.dicom_header import can_be_kept

    for name in names:
        fit = can_be_kept(name)
        if fit is None:
            raise WrongOptionError(
                f"No table has a column {name!r} to keep, and DICOM no element.",
                where=", ".join(source.paths),
                do="Name it as the table's first line does, or by its DICOM keyword: PatientSex.",
            )
        if not fit:
            raise WrongOptionError(
                f"The DICOM element {name!r} is not kept: it holds names of people, or no text.",
                where=", ".join(source.paths),
                do="Name another, such as PatientSex.",
            )
