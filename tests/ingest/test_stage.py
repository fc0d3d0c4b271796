from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

import radmine.ingest.text
from radmine.corpus import Corpus
from radmine.errors import InputError, SettingsError
from radmine.ingest import READERS, STAGE, Batch, IngestSettings, Source, Unit, ingest_source
from radmine.ingest.score import score
from radmine.ingest.source import add_source
from radmine.records import TrueImage, TrueTrap, Truth
from radmine.run import run_stage
from tests.ingest.made import ingest, reasons, tables, write_csv, write_dicom

SMALL = IngestSettings(shard_size=3)


def texts(folder: Path, count: int, prefix: str = "r") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for n in range(count):
        (folder / f"{prefix}{n:02}.txt").write_text(f"Report {prefix} {n}.")
    return folder


def test_tables_are_aligned_and_the_same_for_any_number_of_workers(tmp_path: Path) -> None:
    folder = texts(tmp_path / "in", 10)
    corpus = ingest(tmp_path, "text", folder, settings=SMALL)
    sizes = {t: len(corpus.shards(t)) for t in ("reports", "images", "key_objects")}
    assert sizes == {"reports": 4, "images": 4, "key_objects": 4}
    assert [r.report_id for r in corpus.records("reports")] == [f"r{n:02}" for n in range(10)]
    two = ingest(tmp_path, "text", folder, settings=IngestSettings(shard_size=3), workers=2, name="two")
    assert tables(two) == tables(corpus)


@pytest.mark.parametrize("error", [SystemExit(0), GeneratorExit()])
def test_a_reader_of_others_cannot_end_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    read = radmine.ingest.text.decode

    def leaves(data: bytes) -> tuple[str, str] | None:
        if data.startswith(b"Leave"):
            raise error
        return read(data)

    folder = texts(tmp_path / "in", 2)
    (folder / "x.txt").write_text("Leave.")
    monkeypatch.setattr(radmine.ingest.text, "decode", leaves)
    corpus = ingest(tmp_path, "text", folder)
    assert corpus.rows("reports") == 2
    ((reason, detail),) = [(r.reason, r.detail) for r in corpus.records("rejected")]
    assert (reason, detail) == ("unreadable", type(error).__name__)


def test_a_killed_run_goes_on_and_an_extended_one_reads_only_what_is_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, read, calls = texts(tmp_path / "in", 10), radmine.ingest.text.decode, []

    def dies(data: bytes) -> tuple[str, str] | None:
        calls.append(data)
        if len(calls) == 8:
            raise KeyboardInterrupt
        return read(data)

    corpus = Corpus.create("c", home=tmp_path)
    add_source(corpus, "text", [folder])
    monkeypatch.setattr(radmine.ingest.text, "decode", dies)
    with pytest.raises(KeyboardInterrupt):
        run_stage(corpus, STAGE, SMALL)
    calls[:] = []
    monkeypatch.setattr(radmine.ingest.text, "decode", lambda data: calls.append(data) or read(data))
    run_stage(corpus, STAGE, SMALL)
    assert len(calls) == 4  # two chunks of three were whole
    assert tables(corpus) == tables(ingest(tmp_path, "text", folder, settings=SMALL, name="undisturbed"))
    before = {s.patient_id: s for s in corpus.records("splits")}
    calls[:] = []
    add_source(corpus, "text", [texts(tmp_path / "more", 6, "s")])
    assert run_stage(corpus, STAGE, SMALL).rows["reports"] == 16
    assert len(calls) == 6
    after = {s.patient_id: s for s in corpus.records("splits")}
    assert before.items() <= after.items()


def test_the_same_source_again_changes_nothing_and_changed_files_do(tmp_path: Path) -> None:
    folder = texts(tmp_path / "in", 3)
    corpus = ingest(tmp_path, "text", folder)
    add_source(corpus, "text", [folder])
    assert run_stage(corpus, STAGE, IngestSettings()).status == "up to date"
    (folder / "r01.txt").write_text("Changed text.")
    add_source(corpus, "text", [folder])
    assert run_stage(corpus, STAGE, IngestSettings()).status == "done"
    assert [r.text for r in corpus.records("reports")][1] == "Changed text."
    assert corpus.rows("reports") == 3


def test_ids_that_come_twice_in_different_sources(tmp_path: Path) -> None:
    one = write_csv(tmp_path / "one.csv", [{"id": "A", "text": "First."}, {"id": "B", "text": "Same."}])
    two = write_csv(
        tmp_path / "two.csv",
        [{"id": "A", "text": "Other."}, {"id": "B", "text": "Same."}, {"id": "C", "text": "New."}],
    )
    ingest(tmp_path, "table", one)
    corpus = ingest(tmp_path, "table", two)
    assert [(r.report_id, r.text) for r in corpus.records("reports")] == [
        ("A", "First."),
        ("B", "Same."),
        ("C", "New."),
    ]
    assert sorted((r.item, r.reason, r.detail) for r in corpus.records("rejected")) == [
        ("A", "duplicate_id", "another text"), ("B", "duplicate_id", "identical content"),
    ]  # fmt: skip
    for table in ("reports", "images", "key_objects"):
        assert len(corpus.shards(table)) == 2


def test_nothing_to_read_is_an_error_that_says_what_was_looked_for(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(InputError, match=r"\.txt, \.html and \.rtf files"):
        ingest(tmp_path, "text", tmp_path / "in")
    (tmp_path / "in" / "a.txt").write_text("")
    with pytest.raises(InputError, match=r"empty_report: 1 \(first: a\)"):
        ingest(tmp_path, "text", tmp_path / "in")


def test_wrong_words_are_errors_that_list_the_right_ones(tmp_path: Path) -> None:
    folder, corpus = texts(tmp_path / "in", 1), Corpus.create("c", home=tmp_path)
    with pytest.raises(InputError, match="Valid: folder, openi, medpix"):
        add_source(corpus, "pacs", [folder])
    with pytest.raises(InputError, match=r"Unknown option 'colour'\. .*Valid: .*report_id"):
        add_source(corpus, "table", [folder], options={"colour": "x"})
    with pytest.raises(InputError, match="no such file"):
        add_source(corpus, "text", [tmp_path / "nowhere"])
    assert run_stage(corpus, STAGE, IngestSettings()).status == "not applicable"
    add_source(corpus, "text", [folder])
    with pytest.raises(SettingsError, match="train"):
        run_stage(corpus, STAGE, IngestSettings(validation=0.5, test=0.5))


def test_score_counts_images_and_traps(tmp_path: Path) -> None:
    made = write_dicom(tmp_path / "in" / "dicom" / "a", ImageOrientationPatient=[1, 0, 0, 0, 1, 0])
    (tmp_path / "in" / "dicom" / "b").write_bytes(b"DICM")
    corpus = ingest(tmp_path, "dicom", tmp_path / "in" / "dicom")
    assert reasons(corpus) == {"b": "not_dicom"}
    truth = Truth(
        images=(TrueImage(made.SOPInstanceUID, "P1", "CT", "axial", "chest", "g"),),
        traps=(TrueTrap("dicom/b", "not_dicom", True), TrueTrap("dicom/a", "monochrome1", False)),
    )
    values = {(s.subject, s.metric): s.value for s in score(corpus, truth)}
    assert set(values.values()) == {1.0}
    assert len(values) == 6
    assert score(corpus, Truth()) == []


def test_a_reader_of_another_version_reads_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a folder that finds readers by itself, too."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("No ascites.")
    corpus = ingest(tmp_path, "folder", tmp_path / "in")
    assert run_stage(corpus, STAGE, IngestSettings()).status == "up to date"
    newer = replace(READERS["text"], version=READERS["text"].version + 1)
    monkeypatch.setitem(READERS, "text", newer)
    before = {s.file for s in corpus.shards("reports")}
    assert run_stage(corpus, STAGE, IngestSettings()).status == "done"
    assert not before & {s.file for s in corpus.shards("reports")}


def test_a_reader_that_fails_costs_its_unit_and_one_that_is_gone_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "a.txt").write_text("No ascites.")
    corpus = ingest(tmp_path, "text", tmp_path / "a")
    texts(tmp_path / "b", 3)

    class PanicError(BaseException):
        pass

    def read(units: Sequence[Unit], source: Source) -> Batch:
        batch = READERS["text"].read(units, source)
        for unit in units:
            if unit.item == "r01.txt":
                raise PanicError("Report r 1.")
            if unit.item == "r02.txt":
                batch.reports = [replace(r, study_id="\ud800") for r in batch.reports]
        return batch

    monkeypatch.setitem(READERS, "mine", replace(READERS["text"], name="mine", read=read))
    ingest_source(corpus, "mine", [tmp_path / "b"], settings=IngestSettings())
    assert [r.report_id for r in corpus.records("reports")] == ["a", "b/r00"]
    assert [(r.item, r.reason) for r in corpus.records("rejected")] == [
        ("r01.txt", "unreadable"),
        ("b/r02", "bad_value"),
    ]
    assert "Report" not in "".join(r.detail for r in corpus.records("rejected"))
    monkeypatch.delitem(READERS, "mine")
    with pytest.raises(InputError, match="no reader 'mine'"):
        run_stage(corpus, STAGE, IngestSettings(seed=1))
