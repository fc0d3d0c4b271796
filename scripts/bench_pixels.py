"""Measure decoding: slices a second of a core, of bare decoders, of pydicom and of ours; headers a second at ingest.

    python scripts/bench_pixels.py [--slices 16] [--headers 200] [--pairs 128] [--repeats 2] > scripts/results/pixels.md

CTs are made in a temporary folder (seed 0): 512 x 512, 12 bits in 16, an ellipse of tissue with organs and noise. Times are processor
seconds, our decoder process's with ours, best of the repeats; two processes are measured by the clock, beside one on the same files.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from bench_machine import heading, markdown
from numpy.typing import NDArray
from pydicom import Dataset, dcmread
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.encaps import get_frame
from pydicom.uid import (
    UID,
    CTImageStorage,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
    generate_uid,
)

from radmine.corpus import Corpus, Manifest
from radmine.ingest import dicom
from radmine.ingest.reader import Source
from radmine.pixels import STAGE, PixelsSettings, read_pixels
from radmine.pixels.apart import decoder_process
from radmine.records import Image
from radmine.run import Execution, run_stage

SIDE = 512
SYNTAXES = {
    "native": ExplicitVRLittleEndian,
    "RLE": RLELossless,
    "JPEG-LS": JPEGLSLossless,
    "JPEG 2000": JPEG2000Lossless,
    "JPEG lossless": JPEGLosslessSV1,
}


def made_ct(random: np.random.Generator) -> NDArray[np.uint16]:
    """Return stored values of a slice: air, an ellipse of tissue with organs in it, noise; intercept -1024."""
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    values = np.full((SIDE, SIDE), 24.0)
    for centre_y, centre_x, height, width, level in (
        (0, 0, 0.7, 0.9, 1064),
        (-0.05, -0.4, 0.4, 0.3, 200),
        (-0.05, 0.4, 0.4, 0.3, 200),
        (0.45, 0, 0.12, 0.12, 1600),
        *(
            (*random.uniform(-0.5, 0.5, 2), *random.uniform(0.02, 0.15, 2), random.uniform(950, 1300))
            for _ in range(12)
        ),
    ):
        values[((y - centre_y) / height) ** 2 + ((x - centre_x) / width) ** 2 < 1] = level
    noise = random.normal(0, 12, (SIDE, SIDE))
    values += noise + np.roll(noise, 1, 0) + np.roll(noise, 1, 1)
    return np.clip(values, 0, 4095).astype(np.uint16)


def described(path: Path, values: NDArray[np.uint16], number: int) -> FileDataset:
    """Return a CT slice with as many elements in its header as scanners write."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=[path.name])
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    file = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    file.SOPClassUID, file.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    file.StudyInstanceUID = file.FrameOfReferenceUID = generate_uid(entropy_srcs=["study"])
    file.SeriesInstanceUID = generate_uid(entropy_srcs=["series"])
    file.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL", "HELIX"]
    for name in ("Study", "Series", "Acquisition", "Content"):
        setattr(file, f"{name}Date", "20200102")
        setattr(file, f"{name}Time", "101112.123")
    file.PatientName, file.PatientID, file.PatientBirthDate = "Made^Up", "P1", "19600101"
    file.PatientSex, file.PatientAge, file.PatientWeight = "F", "060Y", "70"
    file.Modality, file.Manufacturer, file.ManufacturerModelName = "CT", "Maker", "Model"
    file.InstitutionName, file.StationName, file.AccessionNumber = "Hospital", "CT01", "A1"
    file.StudyDescription, file.SeriesDescription = "CT chest with contrast", "Thorax 1.0 B30f"
    file.BodyPartExamined, file.ProtocolName, file.PatientPosition = "CHEST", "ThoraxRoutine", "HFS"
    file.StudyID, file.SeriesNumber, file.AcquisitionNumber, file.InstanceNumber = "1", 2, 1, number
    file.SoftwareVersions, file.ContrastBolusAgent, file.ConvolutionKernel = "V1", "made", "B30f"
    for name in (
        *("SliceThickness", "KVP", "DataCollectionDiameter", "ReconstructionDiameter", "GantryDetectorTilt"),
        *("DistanceSourceToDetector", "DistanceSourceToPatient", "TableHeight", "ExposureTime", "Exposure"),
        *("XRayTubeCurrent", "GeneratorPower", "FocalSpots", "SliceLocation"),
    ):
        setattr(file, name, 1)
    file.ImagePositionPatient, file.ImageOrientationPatient = [-250, -250, number], [1, 0, 0, 0, 1, 0]
    file.PixelSpacing, file.SamplesPerPixel, file.PhotometricInterpretation = [0.9, 0.9], 1, "MONOCHROME2"
    file.Rows, file.Columns = values.shape
    file.BitsAllocated, file.BitsStored, file.HighBit, file.PixelRepresentation = 16, 12, 11, 0
    file.WindowCenter, file.WindowWidth = [40, -600], [400, 1500]
    file.RescaleIntercept, file.RescaleSlope, file.RescaleType = -1024, 1, "HU"
    reference = Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = (
        CTImageStorage,
        generate_uid(entropy_srcs=["r"]),
    )
    file.ReferencedImageSequence = [reference]
    private = file.private_block(0x0029, "MAKER HEADER", create=True)
    for element in range(12):
        private.add_new(element, "LO", f"private {element}")
    file.PixelData = values.tobytes()
    return file


def write(path: Path, values: NDArray[np.uint16], number: int, syntax: UID) -> Path:
    file = described(path, values, number)
    if syntax == JPEGLosslessSV1:
        _write_lossless(file, path)
    else:
        if syntax.is_compressed:
            file.compress(syntax, generate_instance_uid=False)
        file.save_as(path, enforce_file_format=True)
    return path


def _write_lossless(file: FileDataset, path: Path) -> None:
    """pydicom has no encoder for it: GDCM has."""
    import gdcm

    plain = path.with_suffix(".plain")
    file.save_as(plain, enforce_file_format=True)
    reader, change, writer = gdcm.ImageReader(), gdcm.ImageChangeTransferSyntax(), gdcm.ImageWriter()
    reader.SetFileName(str(plain))
    assert reader.Read()
    change.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.JPEGLosslessProcess14_1))
    change.SetInput(reader.GetImage())
    assert change.Change()
    writer.SetFileName(str(path))
    writer.SetFile(reader.GetFile())
    writer.SetImage(change.GetOutput())
    assert writer.Write()
    plain.unlink()


def bare(syntax: UID) -> Callable[[bytes], Any]:
    """Return the decoder itself, of a frame as it stands in the file."""
    if syntax == RLELossless:
        from rle import decode_pixel_data as decode_rle

        return lambda frame: decode_rle(frame, version=2, rows=SIDE, columns=SIDE, bits_allocated=16)
    if syntax == JPEGLSLossless:
        import jpeg_ls

        return lambda frame: jpeg_ls.decode_pixel_data(frame)
    if syntax == JPEG2000Lossless:
        from openjpeg import decode_pixel_data

        return lambda frame: decode_pixel_data(frame, version=2, rows=SIDE, columns=SIDE, samples_per_pixel=1,
                                               bits_stored=12, pixel_representation=0, photometric_interpretation="MONOCHROME2")  # fmt: skip
    if syntax == JPEGLosslessSV1:
        return bare_gdcm
    return lambda frame: np.frombuffer(frame, np.uint16).copy()


def bare_gdcm(frame: bytes) -> Any:
    """Decode a JPEG by GDCM, with no file around it."""
    import gdcm

    fragment, fragments = gdcm.Fragment(), gdcm.SequenceOfFragments.New()
    fragment.SetByteStringValue(frame)
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((SIDE, SIDE, 1))
    image.SetDataElement(element)
    image.SetPhotometricInterpretation(
        gdcm.PhotometricInterpretation(gdcm.PhotometricInterpretation.MONOCHROME2)
    )
    image.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.JPEGLosslessProcess14_1))
    image.SetPixelFormat(gdcm.PixelFormat(1, 16, 12, 11, 0))
    return image.GetBuffer().encode("utf-8", "surrogateescape")


def frame_of(path: Path, syntax: UID) -> bytes:
    data: bytes = dcmread(path).PixelData
    return get_frame(data, 0, number_of_frames=1) if syntax.is_compressed else data


def processor_seconds() -> float:
    """Return those of this process and of its decoder."""
    process = decoder_process()._process
    other = (
        time.clock_gettime(~process.pid << 3 | 2) if process is not None else 0.0
    )  # Linux: clock of a process
    return time.process_time() + other


def rate(work: Callable[[], object], count: int, repeats: int) -> float:
    """Return how many a second the work does, the best of several times, and once before."""
    work()
    best = float("inf")
    for _ in range(repeats):
        started = processor_seconds()
        work()
        best = min(best, processor_seconds() - started)
    return count / best


def stage(paths: Sequence[Path], *, crop: bool, workers: int = 1) -> float:
    """Return the seconds by the clock in which the stage decodes files into a new corpus."""
    with tempfile.TemporaryDirectory() as home:
        corpus = Corpus.create("bench", home=home)
        images = [Image(path.name, "p", str(path)) for path in paths]
        tables = {"images": [corpus.write_shard("images", "part-00000-a.parquet", images)],
                  "links": [corpus.write_shard("links", "part-00000-a.parquet", [])]}  # fmt: skip
        corpus.write_manifest(Manifest("ingest", "x", {}, tables))
        started = time.perf_counter()
        outcome = run_stage(
            corpus, STAGE, replace(PixelsSettings(), crop=crop), execution=Execution(workers=workers)
        )
        assert outcome.rows["pixels"] == len(paths)
        return time.perf_counter() - started


def slices(folder: Path, name: str, count: int, repeats: int) -> list[str]:
    """Return a row: rates of the bare decoder, pydicom, ours, the stage."""
    syntax, random = SYNTAXES[name], np.random.default_rng(0)
    paths = [write(folder / f"{name}-{n}.dcm", made_ct(random), n, syntax) for n in range(count)]
    frames, decode = [frame_of(path, syntax) for path in paths], bare(syntax)
    rates = [
        rate(lambda: [decode(frame) for frame in frames], count, repeats),
        rate(lambda: [dcmread(path).pixel_array for path in paths], count, repeats),
        rate(lambda: [read_pixels(path) for path in paths], count, repeats),
        rate(lambda: stage(paths, crop=False), count, repeats),
        rate(lambda: stage(paths, crop=True), count, repeats),
    ]
    return [
        name,
        *(f"{each:,.0f}" for each in rates),
        f"{rates[2] / rates[0]:.2f}",
        f"{rates[3] / rates[1]:.2f}",
    ]


def pairs(folder: Path, name: str, count: int, repeats: int) -> list[str]:
    """Return a row: the stage in one process and in two, by the clock."""
    random = np.random.default_rng(1)
    paths = [write(folder / f"pair-{name}-{n}.dcm", made_ct(random), n, SYNTAXES[name]) for n in range(count)]
    one, two = [], []
    for _ in range(repeats):
        one.append(stage(paths, crop=True))
        two.append(stage(paths, crop=True, workers=2))
    return [name, f"{count}", f"{min(one):.2f}", f"{min(two):.2f}", f"{min(one) / min(two):.2f}"]


def headers(folder: Path, side: int, count: int, repeats: int) -> list[str]:
    """Return a row: headers a second, by pydicom alone and by ingest."""
    below = folder / f"headers-{side}"
    below.mkdir()
    values = made_ct(np.random.default_rng(2))[:side, :side]
    for n in range(count):
        write(below / f"{n}.dcm", values, n, ExplicitVRLittleEndian)
    source = Source("dicom", (str(below),), {})
    units = dicom.units(source, 1_000)
    assert len(dicom.read(units, source).images) == count
    alone = rate(lambda: [dcmread(unit.path, stop_before_pixels=True) for unit in units], count, repeats)
    ours = rate(lambda: dicom.read(units, source), count, repeats)
    return [f"{side} x {side}", f"{alone:,.0f}", f"{ours:,.0f}", f"{ours / alone:.2f}"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slices", type=int, default=16)
    parser.add_argument("--headers", type=int, default=200)
    parser.add_argument("--pairs", type=int, default=128)
    parser.add_argument("--repeats", type=int, default=2)
    args = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(f"# Pixels\n\n{heading()}\n")
        print(
            f"{args.slices} made slices a syntax, 512 x 512, 12 bits in 16. Slices a processor second; the last two columns are ours"
        )
        print("over the bare decoder, and the stage without the crop over `dcmread(...).pixel_array`.\n")
        columns = (
            "syntax",
            "bare decoder",
            "pydicom",
            "`read_pixels`",
            "stage, no crop",
            "stage",
            "of the bare",
            "of pydicom",
        )
        print(markdown(columns, (slices(folder, name, args.slices, args.repeats) for name in SYNTAXES)))
        print("\nThe stage in one process and in two, seconds by the clock:\n")
        rows = (pairs(folder, name, args.pairs, args.repeats) for name in ("native", "JPEG-LS"))
        print(markdown(("syntax", "slices", "one", "two", "faster"), rows))
        print(
            f"\nHeaders of {args.headers} files, a processor second (pixels are hashed, too, as ingest does):\n"
        )
        rows = (headers(folder, side, args.headers, args.repeats) for side in (64, 512))
        print(markdown(("pixels", "pydicom alone", "ingest", "of pydicom"), rows))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
