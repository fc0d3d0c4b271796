"""DICOM files of the planned studies: images of CT, MR and computed radiography, and key object documents."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import (
    UID,
    ComputedRadiographyImageStorage,
    CTImageStorage,
    ExplicitVRLittleEndian,
    KeyObjectSelectionDocumentStorage,
    MRImageStorage,
    RLELossless,
)

from radmine.sample.patient import Patient, SeriesPlan, StudyPlan, uid
from radmine.sample.phantoms import VIEWS, draw_body, draw_image, shown, width_mm
from radmine.sample.repertoire import Region

_CLASSES = {"CT": CTImageStorage, "MR": MRImageStorage, "CR": ComputedRadiographyImageStorage}
_WINDOWS = {"chest_ct": (40, 400), "abdomen_ct": (50, 400), "brain_mr": (480, 960), "spine_mr": (470, 940)}
IMPLEMENTATION = UID(uid("radmine", "sample"))
_ORIENTATION = {
    "axial": [1.0, 0.0, 0.0, 0.0, 1.0, 0.0],
    "coronal": [1.0, 0.0, 0.0, 0.0, 0.0, -1.0],
    "sagittal": [0.0, 1.0, 0.0, 0.0, 0.0, -1.0],
}
KEY_TITLES = (
    ("113000", "Of Interest"),
    ("113000", "Of Interest"),
    ("113002", "For Referring Provider"),
    ("113004", "For Teaching"),
    ("113005", "For Conference"),
)
QUALITY = ("113001", "Rejected for Quality Reasons")


def study_folder(patient: Patient, study: StudyPlan) -> Path:
    """Return the folder of a study, relative to the source folder: as a PACS exports it."""
    return Path("dicom", f"E{patient.number // 25:03d}", f"P{patient.number:05d}", f"S{study.number:02d}")


def image_path(patient: Patient, study: StudyPlan, series: SeriesPlan, instance: int) -> Path:
    """Return the file of an image, relative to the source folder; it has no extension."""
    return study_folder(patient, study) / f"SER{series.number:03d}" / f"IM{instance:05d}"


def image_size(patient: Patient) -> int:
    """Return the rows and columns of a patient's images: 128 to 256."""
    if patient.region.name == "chest_xray":
        return (192, 208, 224, 256)[patient.number % 4]
    return (128, 128, 144, 160)[patient.number % 4]


def is_inverted(patient: Patient) -> bool:
    """Return whether a patient's radiographs are stored with white as their lowest value (MONOCHROME1)."""
    return patient.region.name == "chest_xray" and patient.number % 9 == 4


def is_compressed(patient: Patient) -> bool:
    """Return whether a patient's images are stored as RLE (PS3.5 annex G)."""
    return patient.number % 7 == 3


def window_of(region: Region) -> tuple[float, float]:
    """Return the values between which pictures of a region are shown."""
    centre, width = _WINDOWS.get(region.name, (0.5, 1.0))
    return centre - width / 2, centre + width / 2


def seeded(patient: Patient, study: StudyPlan, number: int, instance: int) -> np.random.Generator:
    """Return what one image is drawn by; `number` counts the series of the study from 0."""
    return np.random.default_rng((patient.seed, patient.number, study.number, number, instance))


def write_study(source: Path, patient: Patient, study: StudyPlan) -> int:
    """Write all images of a study below the source folder and return how many bytes they take."""
    body = draw_body(np.random.default_rng((patient.seed, patient.number)))
    written = 0
    for number, series in enumerate(study.series):
        for instance in range(1, len(series.positions) + 1):
            pixels = draw_image(
                patient.region.name,
                series,
                instance,
                shown(study, series, instance),
                body=body,
                size=image_size(patient),
                rng=seeded(patient, study, number, instance),
            )
            dataset = image_dataset(patient, study, series, instance, pixels)
            written += save(dataset, source / image_path(patient, study, series, instance))
    return written


def save(dataset: Dataset, path: Path) -> int:
    """Write a data set as a DICOM file and return how many bytes it takes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)
    return path.stat().st_size


def _common(patient: Patient, study: StudyPlan, sop_class: str, sop_instance: str) -> Dataset:
    """Return the patient, study and SOP common modules (PS3.3 C.7.1.1, C.7.2.1, C.12.1)."""
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SOPClassUID = UID(sop_class)
    dataset.SOPInstanceUID = UID(sop_instance)
    dataset.StudyDate = study.day.strftime("%Y%m%d")
    dataset.StudyTime = "101500"
    dataset.AccessionNumber = patient.accession(study)
    dataset.Manufacturer = "radmine sample"
    dataset.ReferringPhysicianName = ""
    dataset.StudyDescription = f"{patient.region.modality} {patient.region.body_part}"
    dataset.PatientName = f"Sample^{patient.patient_id}"
    dataset.PatientID = patient.patient_id
    dataset.PatientBirthDate = ""
    dataset.PatientSex = patient.sex
    dataset.PatientAge = f"{patient.age:03d}Y"
    dataset.StudyInstanceUID = patient.study_uid(study)
    dataset.StudyID = str(study.number + 1)
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(sop_class)
    meta.MediaStorageSOPInstanceUID = UID(sop_instance)
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = IMPLEMENTATION
    dataset.file_meta = meta
    return dataset


def series_uid(patient: Patient, study: StudyPlan, number: int) -> str:
    """Return the Series Instance UID of a series of a study, by its number."""
    return uid(patient.seed, "series", patient.number, study.number, number)


def image_dataset(
    patient: Patient, study: StudyPlan, series: SeriesPlan, instance: int, pixels: NDArray[np.float32]
) -> Dataset:
    """Return the data set of one image."""
    region = patient.region
    dataset = _common(patient, study, _CLASSES[region.modality], patient.image_uid(study, series, instance))
    dataset.Modality = region.modality
    dataset.BodyPartExamined = region.body_part
    dataset.SeriesInstanceUID = series_uid(patient, study, series.number)
    dataset.SeriesNumber = series.number
    dataset.InstanceNumber = instance
    dataset.SeriesDescription = series.description
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows, dataset.Columns = pixels.shape
    spacing = width_mm(region.name) / pixels.shape[0]
    if series.plane:
        _place(dataset, patient, study, series, instance, spacing)
    if region.modality == "CT":
        _ct(dataset, patient, pixels)
    elif region.modality == "MR":
        _mr(dataset, series, pixels)
    else:
        _radiograph(dataset, patient, instance, spacing, pixels)
    if region.modality in ("CT", "MR"):
        dataset.WindowCenter, dataset.WindowWidth = _WINDOWS[region.name]
    if is_compressed(patient):
        dataset.compress(RLELossless, generate_instance_uid=False)
    return dataset


def _place(
    dataset: Dataset, patient: Patient, study: StudyPlan, series: SeriesPlan, instance: int, spacing: float
) -> None:
    """Say where the plane lies in the patient (PS3.3 C.7.6.2)."""
    edge = (dataset.Rows - 1) / 2 * spacing
    at = series.positions[instance - 1]
    corner = {
        "axial": [-edge, -edge, at],
        "coronal": [-edge, at, edge],
        "sagittal": [at, -edge, edge],
    }[series.plane]
    dataset.FrameOfReferenceUID = uid(patient.seed, "frame", patient.number, study.number)
    dataset.PositionReferenceIndicator = ""
    dataset.PatientPosition = "HFS"
    dataset.ImageOrientationPatient = _ORIENTATION[series.plane]
    dataset.ImagePositionPatient = [round(value, 3) for value in corner]
    dataset.PixelSpacing = [round(spacing, 5)] * 2
    dataset.SliceThickness = 5
    dataset.SliceLocation = at


def _ct(dataset: Dataset, patient: Patient, pixels: NDArray[np.float32]) -> None:
    reformat = dataset.ImageOrientationPatient[5] != 0
    dataset.ImageType = [
        "DERIVED" if reformat else "ORIGINAL",
        "SECONDARY" if reformat else "PRIMARY",
        "AXIAL",
    ]
    dataset.KVP = 120
    dataset.AcquisitionNumber = 1
    dataset.RescaleType = "HU"
    signed = patient.number % 2 == 1
    intercept = 0 if signed else -1024
    dataset.RescaleIntercept, dataset.RescaleSlope = intercept, 1
    stored = np.clip(np.round(pixels), -1024, 3071) - intercept
    if signed:
        _store(dataset, stored.astype("<i2"), bits=16)
    else:
        _store(dataset, stored.astype("<u2"), bits=12)


def _mr(dataset: Dataset, series: SeriesPlan, pixels: NDArray[np.float32]) -> None:
    echo, repetition, inversion = {"T1": (12, 500, None), "T2": (95, 4200, None), "FLAIR": (120, 9000, 2500)}[
        series.weighting
    ]
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "OTHER"]
    dataset.ScanningSequence = "IR" if inversion else "SE"
    dataset.SequenceVariant = "SK" if series.weighting != "T1" else "NONE"
    dataset.ScanOptions = ""
    dataset.MRAcquisitionType = "2D"
    dataset.EchoTime, dataset.RepetitionTime = echo, repetition
    dataset.EchoTrainLength = 1 if series.weighting == "T1" else 16
    if inversion:
        dataset.InversionTime = inversion
    _store(dataset, np.clip(np.round(pixels), 0, 4095).astype("<u2"), bits=12)


def _radiograph(
    dataset: Dataset, patient: Patient, instance: int, spacing: float, pixels: NDArray[np.float32]
) -> None:
    view = VIEWS[instance - 1]
    dataset.ViewPosition = "LL" if view == "LATERAL" else "PA"
    dataset.PatientOrientation = ["A", "F"] if view == "LATERAL" else ["L", "F"]
    dataset.ImageType = ["ORIGINAL", "PRIMARY"]
    dataset.ImagerPixelSpacing = [round(spacing, 5)] * 2
    dataset.PhotometricInterpretation = "MONOCHROME1" if is_inverted(patient) else "MONOCHROME2"
    values = _exposed(pixels, patient, view)
    if is_inverted(patient):
        values = 1 - values
    dataset.WindowCenter, dataset.WindowWidth = 2048, 4096
    _store(dataset, np.round(values * 4095).astype("<u2"), bits=12)


def _exposed(pixels: NDArray[np.float32], patient: Patient, view: str) -> NDArray[np.float32]:
    """Return a radiograph from 0 to 1 with its own exposure, and for some a burned-in marker and collimation."""
    rng = np.random.default_rng((patient.seed, patient.number, 7))
    gamma, gain = rng.uniform(0.8, 1.25), rng.uniform(0.85, 1.05)
    values = gain * np.clip(pixels / 1.25, 0, 1) ** gamma
    size = pixels.shape[0]
    if rng.random() < 0.25:
        edge = int(size * rng.uniform(0.02, 0.05))
        values[:edge], values[-edge:] = 0.0, 0.0
        values[:, :edge], values[:, -edge:] = 0.0, 0.0
    if view == "PA" and rng.random() < 0.6:
        cell = max(2, size // 64)
        letter = np.kron(_MARKER, np.ones((cell, cell)))
        top, left = size // 12, size // 14
        values[top : top + letter.shape[0], left : left + letter.shape[1]] += 0.9 * letter
    return np.asarray(np.clip(values, 0, 1), dtype=np.float32)


# An "R" on the patient's right.
_MARKER = np.array([[1, 1, 1, 0], [1, 0, 0, 1], [1, 1, 1, 0], [1, 0, 1, 0], [1, 0, 0, 1]], dtype=np.float32)


def _store(dataset: Dataset, stored: NDArray[Any], *, bits: int) -> None:
    dataset.BitsAllocated = 16
    dataset.BitsStored = bits
    dataset.HighBit = bits - 1
    dataset.PixelRepresentation = int(stored.dtype.kind == "i")
    dataset.PixelData = stored.tobytes()
    dataset["PixelData"].VR = "OW"


# -- key objects ----------------------------------------------------------------------------------------


def key_object(
    patient: Patient,
    study: StudyPlan,
    images: Sequence[tuple[SeriesPlan, int]],
    *,
    title: tuple[str, str],
    number: int,
    description: str | None = None,
) -> Dataset:
    """Return a Key Object Selection document (PS3.3 A.35.4, template TID 2010) that names images of the study."""
    name = uid(patient.seed, "key", patient.number, study.number, number)
    dataset = _common(patient, study, KeyObjectSelectionDocumentStorage, name)
    dataset.Modality = "KO"
    dataset.SeriesInstanceUID = series_uid(patient, study, number)
    dataset.SeriesNumber = number
    dataset.InstanceNumber = 1
    dataset.SeriesDescription = "KEY IMAGES"
    dataset.ReferencedPerformedProcedureStepSequence = Items()
    dataset.ContentDate = dataset.StudyDate
    dataset.ContentTime = "103000"
    dataset.ValueType = "CONTAINER"
    dataset.ConceptNameCodeSequence = Items([_code(*title)])
    dataset.ContinuityOfContent = "SEPARATE"
    template = Dataset()
    template.MappingResource, template.TemplateIdentifier = "DCMR", "2010"
    dataset.ContentTemplateSequence = Items([template])
    sop_class = _CLASSES[patient.region.modality]
    content = [_text(description)] if description else []
    evidence: dict[int, list[Dataset]] = {}
    for series, instance in images:
        reference = Dataset()
        reference.ReferencedSOPClassUID = sop_class
        reference.ReferencedSOPInstanceUID = patient.image_uid(study, series, instance)
        item = Dataset()
        item.RelationshipType, item.ValueType = "CONTAINS", "IMAGE"
        item.ReferencedSOPSequence = Items([reference])
        content.append(item)
        evidence.setdefault(series.number, []).append(reference)
    dataset.ContentSequence = Items(content)
    dataset.CurrentRequestedProcedureEvidenceSequence = Items([_evidence(patient, study, evidence)])
    return dataset


def _evidence(patient: Patient, study: StudyPlan, series: dict[int, list[Dataset]]) -> Dataset:
    item = Dataset()
    item.StudyInstanceUID = patient.study_uid(study)
    item.ReferencedSeriesSequence = Items()
    for number, references in series.items():
        entry = Dataset()
        entry.SeriesInstanceUID = series_uid(patient, study, number)
        entry.ReferencedSOPSequence = Items(references)
        item.ReferencedSeriesSequence.append(entry)
    return item


def _text(description: str) -> Dataset:
    item = Dataset()
    item.RelationshipType, item.ValueType = "CONTAINS", "TEXT"
    item.ConceptNameCodeSequence = Items([_code("113012", "Key Object Description")])
    item.TextValue = description
    return item


def _code(value: str, meaning: str) -> Dataset:
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, "DCM", meaning
    return code
