"""DICOM files and pictures that these tests make."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian, generate_uid


def write_dicom(
    path: Path,
    values: NDArray[Any],
    *,
    compress: UID | None = None,
    syntax: UID = ExplicitVRLittleEndian,
    photometric: str = "MONOCHROME2",
    **more: Any,
) -> Path:
    """Write stored values, shape (rows, columns), (frames, rows, columns) or (rows, columns, 3), and header fields."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=[path.name])
    meta.TransferSyntaxUID = syntax
    file = FileDataset(
        str(path),
        {},
        file_meta=meta,
        preamble=b"\0" * 128,
        is_implicit_VR=syntax.is_implicit_VR,
        is_little_endian=syntax.is_little_endian,
    )
    file.SOPClassUID, file.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    colour = values.ndim == 3 and values.shape[-1] == 3
    file.SamplesPerPixel = 3 if colour else 1
    if colour:
        file.PlanarConfiguration = 0
    elif values.ndim == 3:
        file.NumberOfFrames = values.shape[0]
    file.Rows, file.Columns = values.shape[:2] if colour or values.ndim == 2 else values.shape[1:]
    file.PhotometricInterpretation = photometric
    file.BitsAllocated = file.BitsStored = 8 * values.dtype.itemsize
    file.HighBit = file.BitsStored - 1
    file.PixelRepresentation = int(np.issubdtype(values.dtype, np.signedinteger))
    for name, value in more.items():
        setattr(file, name, value)
    file.PixelData = values.tobytes()
    if compress is not None:
        file.compress(compress, generate_instance_uid=False)
    file.save_as(path, enforce_file_format=True)
    return path


def lut(descriptor: list[int], data: NDArray[np.uint16]) -> Dataset:
    """Return an item of a VOI or modality LUT sequence."""
    item = Dataset()
    item.add_new("LUTDescriptor", "US", descriptor)
    item.add_new("LUTData", "US", data.tolist())
    return item


def ramp(rows: int = 16, columns: int = 256) -> NDArray[np.uint8]:
    """Return values that rise from 0 at the left to 255 at the right."""
    return np.tile(np.linspace(0, 255, columns).astype(np.uint8), (rows, 1))
