"""What a careful reader must set aside, or is likely to get wrong: odd files and odd rows, each written down."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import (
    UID,
    ExplicitVRLittleEndian,
    MediaStorageDirectoryStorage,
    MultiFrameGrayscaleWordSecondaryCaptureImageStorage,
)

from radmine.records import TrueImage, TrueTrap
from radmine.sample.files import (
    IMPLEMENTATION,
    QUALITY,
    image_dataset,
    image_path,
    image_size,
    is_compressed,
    key_object,
    save,
    series_uid,
    study_folder,
    write_study,
)
from radmine.sample.patient import Patient, StudyPlan, plan_patient, uid
from radmine.sample.phantoms import draw_body, draw_image

_FRAMES = 4


def spare_patients(start: int, *, seed: int, region: str) -> Iterator[Patient]:
    """Yield patients of one region from an index on, none of whom has a report."""
    index = start
    while True:
        patient = plan_patient(index, seed=seed)
        if patient.region.name == region:
            yield patient._replace(studies=patient.studies[:1])
        index += 1


def write_file_traps(
    source: Path, first: tuple[Patient, StudyPlan], *, spare_from: int, seed: int
) -> tuple[list[TrueTrap], list[TrueImage], list[Path]]:
    """Write odd files among the good ones; return what they are, their images, and the files.

    Parameters
    ----------
    source
        The source folder.
    first
        A patient and his study, already written; one of his files gets a double.
    spare_from
        The first index of patients who have no report.
    """
    spare = spare_patients(spare_from, seed=seed, region="chest_xray")
    traps: list[TrueTrap] = []
    images: list[TrueImage] = []
    files: list[Path] = []

    def trap(path: Path, kind: str, *, rejected: bool) -> None:
        traps.append(TrueTrap(path.as_posix(), kind, rejected))
        files.append(path)

    odd = Path("dicom") / "MISC"
    (source / odd).mkdir(parents=True, exist_ok=True)
    for name, kind, content in (
        ("EMPTY", "empty_file", b""),
        ("README", "not_dicom", b"Exported on request.\nSee the list of studies.\n"),
    ):
        (source / odd / name).write_bytes(content)
        trap(odd / name, kind, rejected=True)
    _write_dicomdir(source / odd / "DICOMDIR", seed)
    trap(odd / "DICOMDIR", "dicomdir", rejected=False)

    patient, study = first
    series = study.series[0]
    good = source / image_path(patient, study, series, 1)
    (source / odd / "COPY0001").write_bytes(good.read_bytes())
    trap(odd / "COPY0001", "duplicate_image", rejected=True)

    unread = next(spare)  # images without a report
    write_study(source, unread, unread.studies[0])
    trap(study_folder(unread, unread.studies[0]), "images_without_report", rejected=False)
    views = [image_path(unread, unread.studies[0], unread.studies[0].series[0], i) for i in (1, 2)]
    files[-1:] = views
    images += [_true_image(unread, unread.studies[0], i) for i in (1, 2)]

    cut = next(spare)
    path = image_path(cut, cut.studies[0], cut.studies[0].series[0], 1)
    save(_image(cut), source / path)
    whole = (source / path).read_bytes()
    (source / path).write_bytes(whole[: len(whole) // 2])
    trap(path, "truncated_dicom", rejected=True)

    twin = next(spare)  # the pixels of another patient
    path = image_path(twin, twin.studies[0], twin.studies[0].series[0], 1)
    save(_in_the_name_of(twin, dcmread(source / views[0])), source / path)
    trap(path, "shared_image", rejected=False)
    images.append(_true_image(twin, twin.studies[0], 1))

    several = next(patient for patient in spare if not is_compressed(patient))
    path = odd / "MULTI001"
    save(_multi_frame(several), source / path)
    trap(path, "multi_frame", rejected=False)
    name = several.image_uid(several.studies[0], several.studies[0].series[0], 1)
    images += [
        _true_image(several, several.studies[0], 1, image_id=f"{name}#{frame}")
        for frame in range(1, _FRAMES + 1)
    ]

    path = odd / "KO000001"
    poor = key_object(patient, study, [(series, 1)], title=QUALITY, number=903)
    save(poor, source / path)
    trap(path, "key_object_of_rejected_image", rejected=False)
    return traps, images, files


def _image(patient: Patient) -> Dataset:
    """Return the first image of a patient without findings."""
    study = patient.studies[0]
    rng = np.random.default_rng((patient.seed, patient.number))
    pixels = draw_image(
        patient.region.name, study.series[0], 1, (), body=draw_body(rng), size=image_size(patient), rng=rng
    )
    return image_dataset(patient, study, study.series[0], 1, pixels)


def _in_the_name_of(patient: Patient, dataset: Dataset) -> Dataset:
    """Return another patient's image as if it were this patient's."""
    study = patient.studies[0]
    name = UID(patient.image_uid(study, study.series[0], 1))
    dataset.PatientID, dataset.PatientName = patient.patient_id, f"Sample^{patient.patient_id}"
    dataset.AccessionNumber = patient.accession(study)
    dataset.StudyInstanceUID = patient.study_uid(study)
    dataset.SeriesInstanceUID = series_uid(patient, study, study.series[0].number)
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = name
    return dataset


def _true_image(patient: Patient, study: StudyPlan, instance: int, *, image_id: str = "") -> TrueImage:
    name = image_id or patient.image_uid(study, study.series[0], instance)
    return TrueImage(
        name, patient.patient_id, "CR", None, "CHEST", f"chest_xray/{('PA', 'LATERAL')[instance - 1]}"
    )


def _multi_frame(patient: Patient) -> Dataset:
    """Return a multi-frame secondary capture (PS3.3 A.8.4) of one radiograph, ever brighter."""
    dataset = _image(patient)
    dataset.SOPClassUID = MultiFrameGrayscaleWordSecondaryCaptureImageStorage
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.ConversionType = "WSD"
    dataset.NumberOfFrames = _FRAMES
    dataset.FrameIncrementPointer = 0x00200013
    dataset.BurnedInAnnotation = "NO"
    dataset.PresentationLUTShape = "IDENTITY"
    dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = 0, 1, "US"
    frame = np.frombuffer(dataset.PixelData, dtype="<u2")
    dataset.PixelData = b"".join((frame * (0.7 + 0.1 * i)).astype("<u2").tobytes() for i in range(_FRAMES))
    return dataset


def _write_dicomdir(path: Path, seed: int) -> None:
    """Write a media storage directory without entries (PS3.3 F.3)."""
    dataset = Dataset()
    dataset.FileSetID = "SAMPLE"
    dataset.OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity = 0
    dataset.OffsetOfTheLastDirectoryRecordOfTheRootDirectoryEntity = 0
    dataset.FileSetConsistencyFlag = 0
    dataset.DirectoryRecordSequence = Items()
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = MediaStorageDirectoryStorage
    meta.MediaStorageSOPInstanceUID = UID(uid(seed, "dicomdir"))
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = IMPLEMENTATION
    dataset.file_meta = meta
    save(dataset, path)
