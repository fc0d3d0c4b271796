"""Small files that become large when they are read, and what waits for ever: made on the spot, each in a folder."""

import gzip
import io
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.ingest.made import openi_xml

MEGABYTE = 1 << 20
ZEROS = gzip.compress(bytes(16 * MEGABYTE), 1)


def _packed(path: Path, head: bytes, part: bytes, times: int) -> None:
    """Write gzipped bytes that repeat: members of a gzip file follow each other."""
    path.write_bytes(gzip.compress(head) + part * times)


def _sparse(path: Path, head: bytes, size: int) -> None:
    path.write_bytes(head)
    os.truncate(path, size)


def _header(name: str, size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    member = tarfile.TarInfo(name)
    member.size, member.type = size, kind
    return member.tobuf(tarfile.GNU_FORMAT)


def _million_members(path: Path) -> None:
    xml = openi_xml("C", {"FINDINGS": "Clear."})
    block = b"".join(
        _header(f"{n}.bin", len(xml)) + xml.ljust(-(-len(xml) // 512) * 512, b"\0") for n in range(10_000)
    )
    _packed(path, b"", gzip.compress(block), 100)


def _wide(path: Path) -> None:
    names = ",".join(f"column_of_a_table_{n}" for n in range(200_000))
    path.write_text(f"text,{names}\n" + "," * 200_000 + "\n")


def _dictionary(path: Path) -> None:
    """One text of a megabyte said 1,500 times."""
    text = pa.DictionaryArray.from_arrays(pa.array([0] * 1500, pa.int32()), pa.array(["word " * 199_000]))
    pq.write_table(pa.table({"id": [str(n) for n in range(1500)], "text": text}), path, compression="zstd")


def _row_group(path: Path) -> None:
    texts = pa.array(["word " * 200_000] * 700)
    pq.write_table(pa.table({"text": texts}), path, compression="zstd", use_dictionary=False)


def _null_rows(path: Path) -> None:
    pq.write_table(pa.table({"text": pa.nulls(30_000_000, pa.string())}), path)


def _xml_of_elements(path: Path) -> None:
    path.write_bytes(b"<eCitation><uId id='a'/>" + b"<a/>" * 15_000_000 + b"</eCitation>")


def _xml_of_attributes(path: Path) -> None:
    path.write_bytes(b"<eCitation " + b" ".join(b'a%d=""' % n for n in range(4_000_000)) + b"/>")


def _xml_of_text(path: Path) -> None:
    words = b"word " * 12_000_000 + "\U0001f600".encode()
    path.write_bytes(b"<eCitation><uId id='a'/><AbstractText>" + words + b"</AbstractText></eCitation>")


def _json_of_lists(folder: Path) -> None:
    (folder / "cases.json").write_bytes(b"[" + b"[]," * 20_000_000 + b"[]]")
    (folder / "descriptions.json").write_bytes(b"[]")


def _archive(path: Path, *members: bytes, tail: bytes = b"", times: int = 0) -> None:
    good = openi_xml("GOOD", {"FINDINGS": "Clear."})
    stream = io.BytesIO(_header("good.xml", len(good)) + good.ljust(-(-len(good) // 512) * 512, b"\0"))
    _packed(path, stream.getvalue() + b"".join(members), tail, times)


# name -> (what makes it, why it is set aside: one of these; "" where its rows come through)
BOMBS: dict[str, tuple[Callable[[Path], object], str]] = {
    "pipe": (lambda f: os.mkfifo(f / "pipe.csv"), "not_a_file"),
    "zero": (lambda f: [(f / n).symlink_to("/dev/zero") for n in ("a.txt", "b.csv", "c.xml")], "not_a_file"),
    "random": (lambda f: (f / "a.png").symlink_to("/dev/urandom"), "not_a_file"),
    "text": (lambda f: _sparse(f / "a.txt", b"a", 6 << 30), "too_large"),
    "xml": (lambda f: _sparse(f / "a.xml", b"<eCitation>", 6 << 30), "too_large"),
    "csv line": (lambda f: _sparse(f / "a.csv", b"id,text\n1,Fine.\n", 1 << 30), "too_large"),
    "csv header": (lambda f: _sparse(f / "a.csv", b"id,text", 6 << 30), "too_large"),
    "gz line": (lambda f: _packed(f / "a.csv.gz", b"id,text\n1,Fine.\n", ZEROS, 64), "too_large"),
    "gz header": (lambda f: _packed(f / "a.csv.gz", b"id,text", ZEROS, 256), "too_large"),
    "gz json": (lambda f: _packed(f / "a.jsonl.gz", b'{"text": "', ZEROS, 256), "too_large"),
    "gz rows": (
        lambda f: _packed(f / "a.csv.gz", b"id,text\n", gzip.compress(b",\n" * 8_000_000, 1), 250),
        "took_too_long",
    ),
    "quote": (
        lambda f: (f / "a.csv").write_bytes(
            b'id,text\n1,"Fine.\n' + (b"," + b"word " * 2000 + b"\n") * 20_000
        ),
        "too_large",
    ),
    "wide": (lambda f: _wide(f / "a.csv"), "too_large"),
    "dictionary": (lambda f: _dictionary(f / "a.parquet"), "too_large"),
    "row group": (lambda f: _row_group(f / "a.parquet"), "too_large"),
    "null rows": (lambda f: _null_rows(f / "a.parquet"), "too_large"),
    "elements": (lambda f: _xml_of_elements(f / "a.xml"), "too_large"),
    "attributes": (lambda f: _xml_of_attributes(f / "a.xml"), "too_large"),
    "xml text": (lambda f: _xml_of_text(f / "a.xml"), "report_too_long"),
    "json": (_json_of_lists, "too_large"),
    "member": (
        lambda f: _archive(f / "a.tgz", _header("a.xml", 1 << 30), tail=ZEROS, times=64),
        "too_large",
    ),
    "members": (lambda f: _million_members(f / "a.tgz"), "unknown_file"),
    "long name": (
        lambda f: _archive(
            f / "a.tgz", _header("a", 2 << 30, tarfile.GNUTYPE_LONGNAME), tail=ZEROS, times=128
        ),
        "too_large",
    ),
    "sparse header": (
        lambda f: _archive(f / "a.tgz", _header("a", 4 << 30, tarfile.XHDTYPE), tail=ZEROS, times=256),
        "too_large",
    ),
}
