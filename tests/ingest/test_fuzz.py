"""Damaged tables, archives and XML: no run ends by them, what lies beside them is read, and memory stays bounded.

The number of a test is its seed.
"""

import gzip
import io
import json
import os
import random
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from radmine.errors import InputError
from radmine.ingest import IngestSettings
from radmine.run import Limits
from tests.ingest.bombs import BOMBS
from tests.ingest.made import ingest, openi_xml

ROUNDS, FILES = 10, 50  # of them each round
HERE = Path(__file__).parents[2]
SETTINGS = IngestSettings(limits=Limits(seconds=10))

ROWS: list[dict[str, Any]] = [
    {
        "id": str(n),
        "patient": "P1",
        "text": f'FINDINGS: "Clear"\nlungs, {n}.',
        "series_number": str(n),
        "path": "no.png",
    }
    for n in range(20)
]
ODD = [
    b"\0", b'"', b"\xff\xfe", b"\r", b"\xef\xbb\xbf", b"9" * 400, b"1e999", b"NaN", b"\\ud800", b"[" * 3000, b"{" * 300,
    b",", b"\n", b"\x1b[31m", "\u2028".encode(), b"../../../etc/passwd", b"</a>", b"<!DOCTYPE x [", b"&#0;", b"&x;",
    b"-" * 600, b"null", b'{"text": {"text": 1}}', b"\x00\x00\x00\xff",
]  # fmt: skip


def _csv(delimiter: str) -> bytes:
    lines = [delimiter.join(ROWS[0])]
    for row in ROWS:
        lines.append(delimiter.join('"' + value.replace('"', '""') + '"' for value in row.values()))
    return ("\n".join(lines) + "\n").encode()


def _parquet() -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(ROWS), stream, row_group_size=7)
    return stream.getvalue()


def _tar() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, kind in {
            "a.xml": tarfile.REGTYPE, "../b.xml": tarfile.REGTYPE, "link.xml": tarfile.SYMTYPE, "x" * 150: tarfile.REGTYPE,
            "hard.xml": tarfile.LNKTYPE, "fifo.xml": tarfile.FIFOTYPE, "dev.xml": tarfile.CHRTYPE, "d/c.xml": tarfile.REGTYPE,
        }.items():  # fmt: skip
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "a.xml"
            data = (
                openi_xml(f"C{name[:5]}", {"FINDINGS": "Clear."}, ["i"]) if kind == tarfile.REGTYPE else b""
            )
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return stream.getvalue()


KINDS: dict[str, Callable[[], bytes]] = {
    "csv": lambda: _csv(","),
    "tsv": lambda: _csv("\t"),
    "jsonl": lambda: "\n".join(map(json.dumps, ROWS)).encode(),
    "parquet": _parquet,
    "tar": _tar,
    "xml": lambda: openi_xml("CX", {"FINDINGS": "Clear.", "IMPRESSION": "Normal."}, ["a", "b"], ["x"]),
}
PACKED = {"csv": "csv.gz", "jsonl": "jsonl.gz", "tar": "tgz"}


def _mutated(data: bytes, rng: random.Random) -> bytes:
    for _ in range(rng.randint(1, 6)):
        place, length = rng.randrange(len(data) + 1), rng.choice((1, 1, 2, 8, 100))
        match rng.randrange(5):
            case 0:
                data = data[:place] + rng.randbytes(length) + data[place + length :]
            case 1:
                data = data[:place] + rng.choice(ODD) + data[place:]
            case 2:
                data = data[:place] + data[place + length :]
            case 3:
                data = data[:place] + data[max(0, place - 500) : place] * rng.randint(1, 20) + data[place:]
            case _:
                data = data[:place] if rng.random() < 0.3 else data
    return data


def _damaged(folder: Path, rng: random.Random, number: int) -> None:
    kind = rng.choice(list(KINDS))
    data, ending = KINDS[kind](), kind
    inside = rng.random() < 0.6
    if inside:
        data = _mutated(data, rng)
    if kind in PACKED and rng.random() < 0.5:
        data, ending = gzip.compress(data), PACKED[kind]
    if not inside:
        data = _mutated(data, rng)
    (folder / f"{number}.{ending}").write_bytes(data)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(ROUNDS))
def test_damaged_tables_archives_and_xml_never_end_a_run(tmp_path: Path, seed: int) -> None:
    rng, folder = random.Random(seed), tmp_path / "in"
    folder.mkdir()
    (folder / "good.txt").write_text("Good.")
    for number in range(FILES):
        _damaged(folder, rng, number)
    started = time.process_time()
    corpus = ingest(tmp_path, "folder", folder, settings=SETTINGS)
    assert time.process_time() - started < 60
    reports = {r.report_id: r for r in corpus.records("reports")}
    assert reports["good"].text == "Good."
    assert len(reports) > 20
    assert all(i.path is None or i.path.startswith(str(folder)) for i in corpus.records("images"))
    for reader in ("table", "openi"):  # what a user names himself is read, or one clear error
        for path in sorted(folder.iterdir())[:15]:
            with suppress(InputError):
                ingest(tmp_path / "named", reader, path, settings=SETTINGS, name=f"{reader}-{path.name}")


RUN = """
import sys
from pathlib import Path
from radmine.ingest import IngestSettings
from radmine.run import Limits
from tests.ingest.made import ingest, reasons
corpus = ingest(Path(sys.argv[1]), "folder", Path(sys.argv[2]), settings=IngestSettings(limits=Limits(seconds=15)))
print("good" in [r.report_id for r in corpus.records("reports")], *sorted(set(reasons(corpus).values())))
print(*[line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")])
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", BOMBS)
def test_what_becomes_large_is_set_aside_in_bounded_time_and_memory(tmp_path: Path, name: str) -> None:
    make, reason = BOMBS[name]
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "good.txt").write_text("Good.")
    make(tmp_path / "in")
    done = subprocess.run(
        [sys.executable, "-c", RUN, tmp_path / "home", tmp_path / "in"],
        cwd=HERE,
        env={**os.environ, "PYTHONPATH": str(HERE)},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    said, memory = done.stdout.splitlines()
    assert said.startswith("True")
    assert reason in said
    assert int(memory) < 1_000_000  # kB
