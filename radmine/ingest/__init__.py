"""Files become reports, images and key objects; studies, series and splits follow from them.

**Reads** the files of the corpus's sources (`sources.json`, written by `ingest_source`): `READERS` says which kinds.

**Writes** `reports`, `images`, `key_objects` and `source_labels` (aligned shard by shard), `studies`, `series`, `splits`, `rejected`.

**Guarantees** that one file, row or member of an archive never stops the others, and takes no more than `[limits]` allow;
that ids are unique, that every report has a text which never changes again, that what cannot be used is
in `rejected` with a reason and what is left out on purpose is counted in the manifest's notes; that a killed run goes
on where it stopped and an extended corpus reads only what is new; that no patient is in two parts of `splits`, that
images with the same pixels are in one part, and that nobody changes his part when a corpus is extended, but where
what is new joins patients of several parts.
"""

from radmine.ingest.dicom_file import (
    UNDEFINED,
    DicomStream,
    PixelValue,
    find_pixels,
    frame_groups,
    items_of,
    open_dicom,
)
from radmine.ingest.dicom_image import ImagePixel, Stream, image_pixel
from radmine.ingest.dicom_kind import is_screen_save
from radmine.ingest.dicom_numbers import Numbers, numbers_of
from radmine.ingest.reader import Batch, Reader, Source, Unit, file_units, names_in
from radmine.ingest.readers import READERS
from radmine.ingest.source import sources_of
from radmine.ingest.splits import Belonging, Shares, assign_splits
from radmine.ingest.stage import STAGE, IngestSettings, ingest_source
from radmine.ingest.table_columns import joined_names
from radmine.ingest.table_file import is_table
from radmine.ingest.table_names import report_keys
from radmine.ingest.text import SUFFIXES as TEXT_FILES
from radmine.ingest.text import UNDECODABLE, read_text

__all__ = [
    "READERS",
    "STAGE",
    "TEXT_FILES",
    "UNDECODABLE",
    "UNDEFINED",
    "Batch",
    "Belonging",
    "DicomStream",
    "ImagePixel",
    "IngestSettings",
    "Numbers",
    "PixelValue",
    "Reader",
    "Shares",
    "Source",
    "Stream",
    "Unit",
    "assign_splits",
    "file_units",
    "find_pixels",
    "frame_groups",
    "image_pixel",
    "ingest_source",
    "is_screen_save",
    "is_table",
    "items_of",
    "open_dicom",
    "joined_names",
    "names_in",
    "numbers_of",
    "read_text",
    "report_keys",
    "sources_of",
]
