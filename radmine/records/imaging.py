"""Records of imaging: studies, series, images (frames), key objects, splits and stored pixels."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Study:
    """An imaging study."""

    study_id: str
    patient_id: str
    accession_number: str | None = None
    study_date: str | None = None  # ISO 8601
    modality: str | None = None  # all of its modalities, sorted, joined by "/"
    body_part: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """A series of a study."""

    series_id: str
    study_id: str
    series_number: int | None = None
    modality: str | None = None
    body_part: str | None = None
    plane: str | None = None  # axial | coronal | sagittal
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Image:
    """One frame: `image_id` is the SOP Instance UID, with `#frame` (from 1) where there are several."""

    image_id: str
    patient_id: str
    path: str | None  # the file; None where only headers are known
    study_id: str | None = None
    series_id: str | None = None
    accession_number: str | None = None
    study_date: str | None = None  # ISO 8601
    study_description: str | None = None
    series_description: str | None = None
    series_number: int | None = None
    instance_number: int | None = None
    frame: int | None = None  # from 1, where the file has several
    modality: str | None = None
    body_part: str | None = None
    plane: str | None = None  # axial | coronal | sagittal | ...
    view: str | None = None  # PA, AP, LATERAL, ...
    location: str | None = None  # anatomic location, where the source says it
    contrast: str | None = None  # yes | no: whether a contrast agent was given; nothing where no one knows
    # Which element of a DICOM header says contrast, and modality, body part, plane, view where it is not the one made for
    # it or its word was made a usual one: contrast=SeriesDescription, joined by ",".
    said_by: str | None = None
    # image | localizer | secondary_capture | dose_report, by SOP class and Image Type (DICOM PS3.3 C.7.6.1.1.2)
    kind: str = "image"
    rows: int | None = None
    columns: int | None = None
    # Of what the source stores: the pixel bytes of a DICOM frame, the bytes of another image file, of which no pixel
    # is decoded. Identical images share it; `Pixels.content_hash` is another one.
    content_hash: str | None = None
    report_id: str | None = None  # where the source ties the image to a report
    named_by: str | None = None  # report_id, where only the name of its file or folder ties it to that report
    figure_id: str | None = None
    caption_start: int | None = None  # the caption's span in the report's text
    caption_end: int | None = None
    source: str | None = None
    source_split: str | None = None
    meta: str | None = None  # a JSON object of what else the source says


@dataclass(frozen=True, slots=True)
class KeyObject:
    """One image that a key object selection document (DICOM PS3.3 A.35.4) or a presentation state names."""

    document_id: str
    image_id: str
    ordinal: int  # place in the document, from 1
    study_id: str | None = None
    patient_id: str | None = None
    title: str | None = None  # code meaning of the document title (CID 7010)
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Split:
    """The part to which a patient belongs, for every learner."""

    patient_id: str
    split: str  # train | validation | test
    group: str  # patients who share identical images share a group
    reason: str  # source | drawn | grouped


@dataclass(frozen=True, slots=True)
class Pixels:
    """Where the decoded, windowed, padded array of one image stands."""

    image_id: str
    # Of the array as it is stored, decoded and brought to size: it names the array; `Image.content_hash` is another one.
    content_hash: str
    array: str  # file in the corpus's arrays/ folder: uint8, shape (n, size, size)
    row: int  # index into that file's first axis
    rows: int  # of the image before resizing
    columns: int
    crop: tuple[int, ...]  # top, bottom, left, right kept, in pixels of the source
    window: tuple[float, ...]  # the values that became 0 and 255
    inverted: bool  # MONOCHROME1 turned right way up
    # Elements of the header that were missing or odd, as they were read: "RescaleSlope=1".
    assumed: tuple[str, ...] = ()
    # Top, bottom, left, right of each box of burned-in text that was blanked, one after another, in pixels of the source.
    printed: tuple[int, ...] = ()
    quality: tuple[
        str, ...
    ] = ()  # what speaks against it: empty | saturated | cropped | secondary_capture | screen_save | localizer
    position: float | None = None  # of a slice along its normal, in mm
    difference_hashes: tuple[str, ...] = ()  # along the rows and along the columns, 64 bits each
    # The values that were kept: file in arrays/, int16, of several images one after the other; the index of the first. Their
    # shape is that of the crop, and they are stored * slope + intercept, -32768 for none.
    values: str | None = None
    values_at: int | None = None
    slope: float | None = None
    intercept: float | None = None
    unit: str | None = None  # HU, or what Rescale Type says; "" where it says nothing


@dataclass(frozen=True, slots=True)
class NearDuplicate:
    """An image that shows the same picture as others but for compression, brightness, noise or size."""

    image_id: str
    group: str  # the first image of those that show it


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the image network says of an image that it did not learn from."""

    image_id: str
    target: str  # labels, modality, ...: a target of the model
    part: str  # validation | test
    # By class, in the order of the facts of the model (`targets` in `models/image/model.json`).
    probabilities: tuple[float, ...]
