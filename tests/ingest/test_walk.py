"""What lies in a folder and is no file that can be read is set aside, and nothing waits for it."""

import errno
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

import radmine.ingest.walk
from radmine.corpus import Corpus
from radmine.errors import InputError
from radmine.ingest.source import add_source
from radmine.ingest.stage import STAGE, IngestSettings
from radmine.run import run_stage
from tests.ingest.made import ingest, reasons, write_csv

DEEP = 250  # folders in each other


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "good.txt").write_text("Good.")
    return tmp_path / "in"


def ids(corpus: Corpus) -> list[str]:
    return [report.report_id for report in corpus.records("reports")]


@pytest.mark.parametrize("reader", ["folder", "text", "dicom", "table", "openi"])
def test_pipes_sockets_devices_and_links_to_nothing_are_set_aside(
    folder: Path, tmp_path: Path, reader: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("pipe", "pipe.txt", "pipe.csv", "pipe.tgz", "pipe.png"):
        os.mkfifo(folder / name)
    (folder / "link.csv").symlink_to(folder / "pipe")
    (folder / "zero.xml").symlink_to("/dev/zero")
    (folder / "nowhere.dcm").symlink_to(folder / "gone")
    (folder / "itself.txt").symlink_to(folder / "itself.txt")
    monkeypatch.chdir(folder)  # the path of a socket is short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.jsonl")
    corpus = Corpus.create("c", home=tmp_path)
    add_source(corpus, reader, [folder])
    if reader in ("folder", "text"):
        run_stage(corpus, STAGE, IngestSettings())
        found = reasons(corpus)
        assert ids(corpus) == ["good"]
        assert [i for i, reason in found.items() if reason == "missing_file"] == ["itself.txt", "nowhere.dcm"]
        assert sum(reason == "not_a_file" for reason in found.values()) == len(found) - 2 == 8
    else:
        with pytest.raises(InputError, match="not_a_file: 8"):
            run_stage(corpus, STAGE, IngestSettings())
    with pytest.raises(InputError, match="pipe or a device"):
        add_source(corpus, reader, [folder / "pipe"])


def test_folders_that_are_deep_or_go_in_circles_and_names_of_all_kinds(folder: Path, tmp_path: Path) -> None:
    deep = folder
    for _ in range(DEEP):
        deep = deep / "d"
    deep.mkdir(parents=True)
    (deep / "deep.txt").write_text("Deep.")
    (folder / "d" / "up").symlink_to(folder)
    (folder / "a").symlink_to(folder / "b")
    (folder / "b").symlink_to(folder / "a")
    for name in ("two\nlines.txt", "\x1b[31mred.txt", "-rf.txt", "a b.txt"):
        (folder / name).write_text(f"Of {len(name)}.")
    with open(bytes(folder) + b"/\xff\xfe.txt", "w") as stream:
        stream.write("Odd.")
    corpus = ingest(tmp_path, "folder", folder)
    assert set(ids(corpus)) == {
        "good", "two\nlines", "\x1b[31mred", "-rf", "a b", "d/" * DEEP + "deep",
    }  # fmt: skip
    assert reasons(corpus) == {"a": "missing_file", "b": "missing_file"}
    assert corpus.manifest("ingest").notes["left out on purpose"] == {"unreadable_name": 1}


def test_a_folder_that_cannot_be_listed_is_set_aside(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "shut").mkdir()
    (folder / "shut" / "a.txt").write_text("Hidden.")
    scan = os.scandir

    def refuse(path: str | int) -> object:
        if isinstance(path, str) and path.endswith("shut"):
            raise PermissionError(errno.EACCES, "no", path)
        return scan(path)

    with monkeypatch.context() as patch:
        patch.setattr(radmine.ingest.walk.os, "scandir", refuse)
        corpus = ingest(tmp_path, "text", folder)
    (row,) = corpus.records("rejected")
    assert (row.item, row.reason, row.detail) == ("shut", "unreadable_file", "EACCES")
    assert ids(ingest(tmp_path, "text", folder)) == ["good", "shut/a"]


@pytest.mark.parametrize("name", ["a.csv", "a.tgz", "a.xml", "a.txt", "a.dcm", "a.parquet", "a"])
def test_a_file_that_cannot_be_opened_is_unreadable_whatever_it_is(
    folder: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / name).write_bytes(b"no bytes of it are seen")
    refused = folder / name
    opened: Callable[..., int] = os.open

    def refuse(path: str | os.PathLike[str], *arguments: int, **keywords: int) -> int:
        if os.fspath(path) == str(refused):
            raise PermissionError(errno.EACCES, "no", path)
        return opened(path, *arguments, **keywords)

    monkeypatch.setattr(os, "open", refuse)
    if name == "a.dcm":
        monkeypatch.setattr("radmine.ingest.dicom.looks_like", lambda _head: True)
    corpus = ingest(tmp_path, "folder", folder)
    (row,) = corpus.records("rejected")
    assert (row.item, row.reason, row.detail) == (name, "unreadable_file", "EACCES")


def test_a_source_that_is_gone_is_an_error_and_loses_nothing(folder: Path, tmp_path: Path) -> None:
    corpus = ingest(tmp_path, "text", folder)
    folder.rename(tmp_path / "away")
    table = write_csv(tmp_path / "r.csv", [{"id": "A", "text": "Clear."}])
    with pytest.raises(InputError, match="no such file or folder any more"):
        ingest(tmp_path, "table", table)
    assert ids(corpus) == ["good"]
    (tmp_path / "away").rename(folder)  # as the message says
    assert ids(ingest(tmp_path, "table", table)) == ["good", "A"]
