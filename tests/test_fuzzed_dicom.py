"""Damaged DICOM files of every syntax that can be made here: whatever becomes of them, the good ones come through."""

import io
import random
import struct
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Bitmap
from pydicom import dcmread
from pydicom.encaps import encapsulate
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    RLELossless,
)

from radmine.corpus import Corpus
from radmine.sample import write_sample
from tests.peak import PRINT_PEAK
from tests.pixels.files import write_dicom

FILES, SECONDS, KILOBYTES = 500, 240, 1_000_000
_NUMBERS = (0, 1, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF, 65_535)
_ABSURD = (
    (b"\x28\x00\x10\x00US", 2), (b"\x28\x00\x11\x00US", 2), (b"\x28\x00\x02\x00US", 2), (b"\x28\x00\x00\x01US", 2),
    (b"\x28\x00\x01\x01US", 2), (b"\x28\x00\x03\x01US", 2), (b"\x28\x00\x08\x00IS", 2), (b"\x20\x00\x13\x00IS", 1),
)  # fmt: skip


def good_files(folder: Path) -> dict[str, bytes]:
    """Files of each syntax, and some of a sample: images, a structured report, key objects."""
    folder.mkdir()
    random_ = np.random.default_rng(0)
    grey = random_.integers(0, 4096, (64, 80)).astype(np.uint16)
    colour = random_.integers(0, 256, (64, 80, 3)).astype(np.uint8)
    write_dicom(folder / "plain", grey, WindowCenter=2_000, WindowWidth=3_000)
    write_dicom(folder / "frames", np.stack([grey, grey // 2, grey // 3]))
    for syntax in (RLELossless, JPEG2000Lossless, JPEGLSLossless):
        write_dicom(folder / f"grey {syntax}", grey, compress=syntax)
        write_dicom(folder / f"colour {syntax}", colour, compress=syntax, photometric="RGB")
    for name, values, photometric in (
        ("grey", colour[..., 0], "MONOCHROME2"),
        ("colour", colour, "YBR_FULL_422"),
    ):
        stream = io.BytesIO()
        Bitmap.fromarray(values).save(stream, "JPEG")
        path = write_dicom(folder / f"{name} jpeg", values, photometric=photometric)
        repacked(path, JPEGBaseline8Bit, encapsulate([stream.getvalue()]))
    repacked(write_dicom(folder / "deflated", grey), DeflatedExplicitVRLittleEndian)
    write_sample(folder.parent / "sample", reports=8)
    found = sorted(p for p in (folder.parent / "sample/source").rglob("*") if p.is_file())
    dicom = [p for p in found if p.read_bytes()[128:132] == b"DICM"]
    return {p.name: p.read_bytes() for p in sorted(folder.iterdir())} | {
        f"sample {n}": p.read_bytes() for n, p in enumerate(dicom[:: max(1, len(dicom) // 12)])
    }


def repacked(path: Path, syntax: UID, data: bytes | None = None) -> None:
    dataset = dcmread(path)
    dataset.file_meta.TransferSyntaxUID = syntax
    if data is not None:
        dataset.PixelData = data
        dataset["PixelData"].VR = "OB"
    dataset.save_as(path, enforce_file_format=True)


def damaged(whole: bytes, draw: random.Random) -> bytes:
    """Return the bytes of a file with one kind of damage."""
    data = bytearray(whole)
    kind = draw.choice(("cut", "flips", "numbers", "gaps", "inserts", "absurd"))
    first = 132 if draw.random() < 0.4 else max(132, data.find(b"\xe0\x7f\x10\x00"))
    if kind == "cut":
        return bytes(data[: draw.randrange(first, len(data))])
    if kind == "absurd":
        tag, length = draw.choice(_ABSURD)
        place = data.find(tag)
        if place >= 0:
            value = b"9" * length if tag.endswith(b"IS") else draw.randbytes(length)
            data[place + 8 : place + 8 + length] = value
            return bytes(data)
    for _ in range(draw.choice((1, 1, 2, 4, 16))):
        place = draw.randrange(first, len(data))
        if kind == "numbers":
            data[place : place + 4] = struct.pack("<L", draw.choice((*_NUMBERS, draw.getrandbits(32))))
        elif kind == "gaps":
            del data[place : place + draw.randrange(1, 40)]
        elif kind == "inserts":
            data[place:place] = draw.randbytes(draw.randrange(1, 30))
        else:
            data[place] = draw.randrange(256)
    return bytes(data)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_damaged_files_stop_nothing(tmp_path: Path, seed: int) -> None:
    whole = good_files(tmp_path / "good")
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(FILES):
        draw = random.Random(f"{seed} {number}")
        (folder / f"bad{number:03}").write_bytes(damaged(draw.choice(list(whole.values())), draw))
    names = [p.name for p in (tmp_path / "good").iterdir()]
    for name in names:
        (folder / f"a {name}").write_bytes(whole[name])  # first of those with its id
    code = f"""
        from pathlib import Path
        from radmine.corpus import Corpus
        from radmine.ingest import IngestSettings, ingest_source
        from radmine.pixels import STAGE, PixelsSettings
        from radmine.run import run_stage

        corpus = Corpus.create("c", home=Path({str(tmp_path)!r}))
        ingest_source(corpus, "dicom", [Path({str(folder)!r})], settings=IngestSettings())
        run_stage(corpus, STAGE, PixelsSettings(images="all", size=32))
    """
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code) + PRINT_PEAK],
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert run.returncode == 0, run.stderr[-3_000:]
    assert run.stderr == ""
    assert int(run.stdout) < KILOBYTES
    corpus = Corpus(tmp_path / "corpora" / "c")
    rejected = {(row.stage, row.item): row.reason for row in corpus.records("rejected")}
    images = {row.image_id: row for row in corpus.records("images")}
    assert not [item for _, item in rejected if item.startswith("a ")]
    stored = {row.image_id for row in corpus.records("pixels")}
    good = {i for i, row in images.items() if Path(str(row.path)).name.startswith("a ")}
    assert len({images[i].path for i in good}) == len(names)
    assert good <= stored
    assert stored | {item for stage, item in rejected if stage == "pixels"} == set(images)
    reasons = set(rejected.values())
    assert not reasons & {"out_of_memory", "took_too_long", "unreadable_file"}
