"""Which reports and images are linked, which stand alone, and why: counted, in words."""

from collections import Counter
from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

_TEXT_ONLY = "no sentence names them"
_OTHER_STUDY = "only other studies of the patient"
_SHOWN = 4  # reasons of a kind


def linked_words(reports: pa.Table, images: pa.Table, links: pa.Table) -> list[str]:
    """Return how many images and reports are linked, and for those that stand alone why.

    Parameters
    ----------
    reports, images
        `report_id` (or `image_id`), `study_id`, `accession_number`, `patient_id`; of images `modality`, `kind` and `report_id` too.
    links
        `report_id`, `image_id`.
    """
    if not images.num_rows:
        return []
    linked_images = pc.is_in(images.column("image_id"), pc.unique(links.column("image_id")))
    linked_reports = pc.is_in(reports.column("report_id"), pc.unique(links.column("report_id")))
    numbers = (pc.sum(linked_images).as_py(), len(images), pc.sum(linked_reports).as_py(), len(reports))
    said = ["linked {:,} of {:,} images, {:,} of {:,} reports".format(*(n or 0 for n in numbers))]
    alone_images = images.filter(pc.invert(linked_images))
    alone_reports = reports.filter(pc.invert(linked_reports))
    if words := _words(_of_images(alone_images, reports), len(alone_images)):
        said.append(words)
    if words := _words(_of_reports(alone_reports, images), len(alone_reports)):
        said.append(words)
    return said


def _of_images(alone: pa.Table, reports: pa.Table) -> Iterator[tuple[str, str]]:
    """Yield for each image that no report has what it is and why."""
    why = _first_of(
        (
            pc.or_(
                _shared(alone, reports, "study_id", "accession_number"),
                pc.is_valid(alone.column("report_id")),
            ),
            f"of a study with a report, {_TEXT_ONLY}",
        ),
        (_shared(alone, reports, "patient_id"), f"{_OTHER_STUDY} have reports"),
        otherwise="no report has an id of theirs",
    )
    for modality, kind, reason in zip(
        alone["modality"].to_pylist(), alone["kind"].to_pylist(), why.to_pylist(), strict=True
    ):
        yield f"{modality or ''} {kind.replace('_', ' ')}".strip(), reason


def _of_reports(alone: pa.Table, images: pa.Table) -> Iterator[tuple[str, str]]:
    """Yield for each report that has no image what it is (nothing is said of that) and why."""
    why = _first_of(
        (_shared(alone, images, "study_id", "accession_number"), f"of a study with images, {_TEXT_ONLY}"),
        (_shared(alone, images, "patient_id"), f"{_OTHER_STUDY} have images"),
        (
            pc.and_(pc.is_null(alone.column("study_id")), pc.is_null(alone.column("accession_number"))),
            "they name neither study nor accession number",
        ),
        otherwise="no image has an id of theirs",
    )
    return (("report", reason) for reason in why.to_pylist())


def _shared(rows: pa.Table, others: pa.Table, *columns: str) -> pa.ChunkedArray:
    """Return for each row whether others have its value in one of the columns."""
    masks = [pc.is_in(rows.column(c), pc.unique(others.column(c)).drop_null()) for c in columns]
    found = masks[0]
    for mask in masks[1:]:
        found = pc.or_(found, mask)
    return found


def _first_of(*cases: tuple[pa.ChunkedArray, str], otherwise: str) -> pa.ChunkedArray:
    """Return for each row the words of the first case that holds."""
    conditions = pc.make_struct(*(mask for mask, _ in cases), field_names=[str(n) for n in range(len(cases))])
    return pc.case_when(conditions, *(words for _, words in cases), otherwise)


def _words(found: Iterable[tuple[str, str]], total: int) -> str:
    """Return "alone: 12 CT images: no sentence names them; 2 CT localizers: ..."."""
    groups = Counter(found)
    said = [
        f"{n:,} {what}{'' if n == 1 else 's'}: {why}"
        for (what, why), n in sorted(groups.items(), key=lambda g: (-g[1], g[0]))[:_SHOWN]
    ]
    if len(groups) > _SHOWN:
        rest = total - sum(sorted(groups.values(), reverse=True)[:_SHOWN])
        said.append(f"{rest:,} more")
    return f"alone: {'; '.join(said)}" if said else ""
