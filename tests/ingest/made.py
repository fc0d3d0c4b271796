"""Files that the tests of ingest read, made on the spot."""

import csv
import json
import tarfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Picture
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence as Items
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, RLELossless, generate_uid

from radmine.corpus import Corpus
from radmine.ingest import STAGE, IngestSettings
from radmine.ingest.source import add_source
from radmine.run import Execution, run_stage

AXIAL = [1, 0, 0, 0, 1, 0]
CORONAL = [1, 0, 0, 0, 0, -1]
SAGITTAL = [0, 1, 0, 0, 0, -1]
STORAGE = "1.2.840.10008.5.1.4.1.1."


def ingest(
    home: Path,
    reader: str,
    *paths: Path,
    settings: IngestSettings | None = None,
    name: str = "c",
    workers: int = 1,
    **options: str,
) -> Corpus:
    corpus = Corpus.create(name, home=home)
    add_source(corpus, reader, paths, options=options)
    run_stage(corpus, STAGE, settings or IngestSettings(), execution=Execution(workers))
    return corpus


def reasons(corpus: Corpus) -> dict[str, str]:
    return {row.item: row.reason for row in corpus.records("rejected")}


def tables(corpus: Corpus) -> dict[str, list[Any]]:
    return {table: list(corpus.records(table)) for table in (*STAGE.writes, "rejected")}


def write_csv(
    path: Path, rows: Sequence[Mapping[str, str]], *, delimiter: str = ",", encoding: str = "utf-8"
) -> Path:
    with path.open("w", newline="", encoding=encoding) as stream:
        writer = csv.DictWriter(stream, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_png(path: Path, *, seed: int = 0, size: tuple[int, int] = (6, 9)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Picture.fromarray(np.random.default_rng(seed).integers(0, 255, size, dtype=np.uint8)).save(path)
    return path


def dicom_dataset(sop_class: str = CTImageStorage, **values: Any) -> FileDataset:
    uid = values.pop("SOPInstanceUID", None) or generate_uid()
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = sop_class
    meta.MediaStorageSOPInstanceUID = uid
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset("", {}, file_meta=meta, preamble=bytes(128))
    dataset.SOPClassUID, dataset.SOPInstanceUID = sop_class, uid
    defaults = {
        "PatientID": "P1",
        "StudyInstanceUID": "1.2.3",
        "SeriesInstanceUID": "1.2.3.4",
        "StudyDate": "20240131",
        "Modality": "CT",
        "InstanceNumber": 1,
        "SeriesNumber": 2,
    }
    for keyword, value in {**defaults, **values}.items():
        setattr(dataset, keyword, value)
    return dataset


def with_pixels(
    dataset: FileDataset, *, seed: int = 0, frames: int = 1, size: int = 8, blank: bool = False
) -> FileDataset:
    shape = (frames, size, size) if frames > 1 else (size, size)
    pixels = np.random.default_rng(seed).integers(0, 4000, shape).astype("<u2")
    dataset.Rows = dataset.Columns = size
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 12, 11, 0
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    if frames > 1:
        dataset.NumberOfFrames = frames
    dataset.PixelData = bytes(pixels.nbytes) if blank else pixels.tobytes()
    dataset["PixelData"].VR = "OW"
    return dataset


def write_dicom(
    path: Path, *, seed: int = 0, frames: int = 1, blank: bool = False, **values: Any
) -> FileDataset:
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset = with_pixels(dicom_dataset(**values), seed=seed, frames=frames, blank=blank)
    dataset.save_as(path, enforce_file_format=True)
    return dataset


def compressed(dataset: FileDataset, fragments: Sequence[bytes]) -> FileDataset:
    """Return the data set with encapsulated frames; nobody decodes them here."""
    dataset.file_meta.TransferSyntaxUID = RLELossless
    dataset.PixelData = encapsulate(list(fragments))
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    return dataset


def code(value: str, meaning: str, scheme: str = "DCM") -> Items:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return Items([item])


def content(
    kind: str, name: str, value: Any = None, *, relation: str = "CONTAINS", children: Sequence[Dataset] = ()
) -> Dataset:
    item = Dataset()
    item.RelationshipType, item.ValueType = relation, kind
    item.ConceptNameCodeSequence = code("1", name)
    if kind == "TEXT":
        item.TextValue = value
    elif kind == "CODE":
        item.ConceptCodeSequence = code("2", value)
    elif kind == "PNAME":
        item.PersonName = value
    elif kind == "NUM":
        measured = Dataset()
        measured.NumericValue, unit = value
        measured.MeasurementUnitsCodeSequence = code(unit, unit, "UCUM")
        item.MeasuredValueSequence = Items([measured])
    elif kind == "IMAGE":
        reference = Dataset()
        reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = CTImageStorage, value[0]
        if value[1:]:
            reference.ReferencedFrameNumber = list(value[1:])
        item.ReferencedSOPSequence = Items([reference])
    if children:
        item.ContentSequence = Items(children)
    return item


def openi_xml(
    uid: str, sections: Mapping[str, str], images: Sequence[str] = (), mesh: Sequence[str] = ()
) -> bytes:
    abstract = "".join(f'<AbstractText Label="{k}">{v}</AbstractText>' for k, v in sections.items())
    parents = "".join(
        f'<parentImage id="{i}"><figureId>F{n}</figureId><caption>View</caption></parentImage>'
        for n, i in enumerate(images, 1)
    )
    headings = "".join(f"<major>{m}</major>" for m in mesh)
    return (
        f'<?xml version="1.0" encoding="utf-8"?><eCitation><uId id="{uid}"/><MedlineCitation><Article><Abstract>'
        f"{abstract}</Abstract></Article></MedlineCitation><MeSH>{headings}</MeSH>{parents}</eCitation>"
    ).encode()


def write_archive(path: Path, files: Mapping[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, BytesIO(data))
    return path


def write_medpix(
    folder: Path, cases: Sequence[Mapping[str, Any]], images: Sequence[Mapping[str, Any]]
) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cases.json").write_text(json.dumps(list(cases)), "utf-8")
    (folder / "descriptions.json").write_text(json.dumps(list(images)), "utf-8")
    for number, image in enumerate(images):
        write_png(folder / "images" / f"{image['image']}.png", seed=number)
    return folder
