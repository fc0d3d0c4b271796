"""Labels corrected one by one and from files: what becomes a decision, what is refused, and that twice is once."""

import json
from pathlib import Path
from typing import Any

import pytest

from radmine.corpus import Corpus
from radmine.curate import Corrected, correct, correct_from, decisions
from radmine.errors import InputError
from radmine.label import DECISIONS
from radmine.records import Report
from tests.link.made import image, make_corpus

TEXTS = ("Ascites. No hernia.", "Pneumothorax.", "Pneumothorax.")


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    reports = [
        Report(f"site/R{n}", "P", text, "test", accession_number=f"ACC{n}", path=f"/data/r{n}.txt")
        for n, text in enumerate(TEXTS)
    ]
    home = tmp_path_factory.mktemp("home")
    return make_corpus(home, reports, [image("1.2.3", "S", 1, 1, path="/data/chest.dcm")])


@pytest.fixture
def corpus(made_once: Corpus) -> Corpus:
    """Return it, with nothing decided."""
    (made_once.folder / DECISIONS).unlink(missing_ok=True)
    return made_once


def said(corpus: Corpus) -> list[tuple[str | None, str, str, str, str]]:
    return [(d.report_id or d.image_id, d.finding, d.answer, d.by, d.why) for d in decisions(corpus)]


def test_report_image_and_finding_go_by_any_of_their_names(corpus: Corpus) -> None:
    correct(corpus, "ACC0", "Pleural Effusion", "No", by="ann", why=" skin \n fold ")
    correct(corpus, "chest.dcm", "ETT", "yes", by="ann")
    assert said(corpus) == [
        ("site/R0", "pleural_effusion", "absent", "ann", "skin fold"),
        ("1.2.3", "endotracheal_tube", "present", "ann", ""),
    ]
    assert [(d.report_id, d.image_id, d.source) for d in decisions(corpus)] == [
        ("site/R0", None, "correct"),
        (None, "1.2.3", "correct"),
    ]


@pytest.mark.parametrize(
    ("item", "finding", "answer", "by", "says"),
    [
        ("nobody", "ascites", "absent", "ann", "no report or image"),
        ("ACC0", "asites", "absent", "ann", "Near: ascites"),
        ("ACC0", "No Finding", "absent", "ann", "any one finding"),
        ("ACC0", "ascites", "-1", "ann", "present, absent, uncertain or withdrawn"),
        ("ACC0", "ascites", "absent", " ", "who decides"),
        ("ACC0", "ascites", "absent", "a\x1b[2J", "who decides"),
    ],
)
def test_what_is_not_clear_is_refused(
    corpus: Corpus, item: str, finding: str, answer: str, by: str, says: str
) -> None:
    with pytest.raises(InputError, match=says):
        correct(corpus, item, finding, answer, by=by)
    assert not (corpus.folder / DECISIONS).exists()


def test_what_stands_is_not_added_again(corpus: Corpus) -> None:
    for _ in range(2):
        made = correct(corpus, "ACC0", "ascites", "absent", by="ann")
    assert (made.decided, made.same) == ((), 1)
    assert len(correct(corpus, "ACC0", "ascites", "absent", by="ann", why="fat").decided) == 1
    assert correct(corpus, "ACC0", "ascites", "absent", by="ann").same == 1
    assert len(correct(corpus, "ACC0", "ascites", "absent", by="bob").decided) == 1
    assert len(correct(corpus, "ACC0", "ascites", "withdrawn", by="bob").decided) == 1
    assert decisions(corpus) == []
    assert correct(corpus, "ACC0", "ascites", "withdrawn", by="bob").same == 1


def refusals(made: Corrected) -> list[tuple[str, str]]:
    return [(row.where, row.reason) for row in made.refused]


def test_a_table_of_corrections(corpus: Corpus, tmp_path: Path) -> None:
    lines = [
        "Report_ID;image_id;Finding;answer;voter;why;remark",
        "ACC0;;Hernia;present;eve;seen; x",
        "r1.txt;;Pneumothorax;0;;;",
        "site/R1;chest.dcm;Pneumothorax;maybe;;;",  # of the image
        "ACC0;;ascites;present;;;",
        "ACC0;;ascites;absent;;;",  # the last word
        "ACC0;;gallstone;;;;",
        ";;gallstone;yes;;;",
        "ACC7;;gallstone;yes;;;",
        "ACC0;none.dcm;gallstone;yes;;;",
        "ACC0;;gallston;yes;;;",
        "ACC0;;No Finding;yes;;;",
        "ACC0;;gallstone;-1;;;",
        "ACC0;;gallstone;perhaps not;;;",
        "ACC0;;gallstone;yes;;;;;",
    ]
    path = tmp_path / "corr.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    made = correct_from(corpus, path, by="ann")
    assert said(corpus) == [
        ("site/R0", "hernia", "present", "eve", "seen"),
        ("site/R1", "pneumothorax", "absent", "ann", ""),
        ("1.2.3", "pneumothorax", "uncertain", "ann", ""),
        ("site/R0", "ascites", "absent", "ann", ""),
    ]
    assert {d.source for d in decisions(corpus)} == {"corr.csv"}
    assert (len(made.decided), made.same, made.overruled, made.silent) == (4, 0, 1, 1)
    assert refusals(made) == [
        ("corr.csv:8", "incomplete_row"),
        ("corr.csv:9", "unknown_report"),
        ("corr.csv:10", "unknown_image"),
        ("corr.csv:11", "unknown_finding"),
        ("corr.csv:12", "no_single_finding"),
        ("corr.csv:13", "ambiguous_answer"),
        ("corr.csv:14", "unknown_answer"),
        ("corr.csv:15", "bad_line"),
    ]
    before = (corpus.folder / DECISIONS).read_bytes()
    again = correct_from(corpus, path, by="ann")
    assert (again.decided, again.same, again.overruled) == ((), 4, 1)
    assert (corpus.folder / DECISIONS).read_bytes() == before


def test_a_table_as_excel_writes_it_in_western_europe(corpus: Corpus, tmp_path: Path) -> None:
    path = tmp_path / "corr.csv"
    rows = "Accession_Number;finding;answer;by;why\r\nACC0;hernia;absent;Jörg;früher\r\n"
    path.write_bytes(rows.encode("cp1252"))
    assert not correct_from(corpus, path, by="ann").refused
    assert said(corpus) == [("site/R0", "hernia", "absent", "Jörg", "früher")]
    path.write_text("id,finding,answer\nchest,hernia,1\nr1.txt,hernia,1\n", "utf-8-sig")
    correct_from(corpus, path, by="ann")
    assert [row[0] for row in said(corpus)] == ["site/R0", "1.2.3", "site/R1"]


def test_names_near_unknown_findings_are_told(corpus: Corpus, tmp_path: Path) -> None:
    path = tmp_path / "corr.csv"
    path.write_text("report_id,finding,answer\nACC0,gallston,1\nACC0,Smith,1\n")
    made = correct_from(corpus, path, by="ann")
    assert [row.near[:1] for row in made.refused] == [("gallstone",), ()]


# -- Label Studio


def result(name: str, kind: str, *values: str, region: str = "", **more: Any) -> dict[str, Any]:
    return {
        "from_name": name,
        "to_name": "text",
        "type": kind,
        "id": region or name,
        "value": {kind: list(values), **more},
    }


def annotation(*results: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"result": list(results), "completed_by": {"id": 7, "email": "ann@example.org"}, **more}


def export(folder: Path, *tasks: dict[str, Any]) -> Path:
    path = folder / "export.json"
    path.write_text(
        json.dumps([{"id": n, "predictions": [], **task} for n, task in enumerate(tasks)]), "utf-8"
    )
    return path


def test_an_export_of_label_studio(corpus: Corpus, tmp_path: Path) -> None:
    by_name = result("Pneumothorax", "choices", "absent")
    why = {"from_name": "why", "type": "textarea", "value": {"text": ["skin fold"]}}
    path = export(
        tmp_path,
        {"data": {"report_id": "ACC1"}, "annotations": [annotation(by_name, why)]},
        {  # by its text; lists of findings, and one that was cancelled
            "data": {"text": TEXTS[0]},
            "annotations": [
                annotation(
                    result("absent", "choices", "Ascites"), result("seen", "choices", "Hernia", "Gallstone")
                ),
                annotation(result("seen", "choices", "Rib fracture"), was_cancelled=True),
            ],
            "predictions": [annotation(result("seen", "choices", "Scoliosis"))],
        },
        {  # an upload; words with an answer of their own; the later annotation counts
            "data": {"image": "/data/upload/3/0a1b2c3d-chest.dcm"},
            "annotations": [
                annotation(
                    result("label", "labels", "Hernia", region="x"), updated_at="2026-01-02", completed_by=3
                ),
                annotation(
                    result("label", "labels", "Hernia", region="a", start=0, end=3),
                    result("is", "choices", "absent", region="a"),
                    result("label", "labels", "Ascites", region="b", start=5, end=9),
                    updated_at="2026-01-01",
                ),
            ],
        },
        {"data": {"text": TEXTS[1]}, "annotations": [annotation(by_name)]},  # of two reports
        {"data": {"id": "ACC2"}, "annotations": [annotation(result("box", "rectanglelabels", "Hernia"))]},
        {
            "data": {"id": "ACC2"},
            "annotations": [annotation(result("Hernia", "choices", "absent", "present"))],
        },
        {"data": {"id": "ACC2"}, "annotations": [annotation(by_name)]},
        {"data": 3, "annotations": []},
    )
    made = correct_from(corpus, path, by="boss")
    assert said(corpus) == [
        ("site/R1", "pneumothorax", "absent", "ann@example.org", "skin fold"),
        ("site/R0", "ascites", "absent", "ann@example.org", ""),
        ("site/R0", "hernia", "present", "ann@example.org", ""),
        ("site/R0", "gallstone", "present", "ann@example.org", ""),
        ("1.2.3", "hernia", "present", "user 3", ""),
        ("1.2.3", "ascites", "present", "ann@example.org", ""),
        ("site/R2", "pneumothorax", "absent", "ann@example.org", ""),
    ]
    assert made.overruled == 1
    assert refusals(made) == [
        ("export.json:4", "unknown_report"),
        ("export.json:5", "not_understood"),
        ("export.json:6", "not_understood"),
        ("export.json:8", "bad_line"),
    ]
    before = (corpus.folder / DECISIONS).read_bytes()
    assert correct_from(corpus, path, by="boss").decided == ()
    assert (corpus.folder / DECISIONS).read_bytes() == before


@pytest.mark.parametrize(
    "data",
    [
        {"image": "/data/local-files/?d=data/chest.dcm"},
        {"image": "/data/local-files/?d=data%2Fchest"},
        {"image": "/data/upload/3/1b2c3d4e-chest.png"},
        {"image": "1b2c3d4e-chest"},
        {"image": "https://here/chest.png?size=2"},
    ],
)
def test_an_image_goes_by_the_name_of_its_file(corpus: Corpus, tmp_path: Path, data: dict[str, str]) -> None:
    path = export(tmp_path, {"data": data, "annotations": [annotation(result("seen", "choices", "Hernia"))]})
    correct_from(corpus, path, by="boss")
    assert [row[0] for row in said(corpus)] == ["1.2.3"]


def test_a_task_means_a_report_by_its_accession_number(corpus: Corpus, tmp_path: Path) -> None:
    task = {
        "data": {"accession_number": "ACC2", "text": TEXTS[1]},
        "annotations": [annotation(result("seen", "choices", "Hernia"))],
    }
    correct_from(corpus, export(tmp_path, task), by="boss")
    assert [row[0] for row in said(corpus)] == ["site/R2"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", "{}"),
        ("a.json", '[{"id": 1, "pneumothorax": "absent"}]'),
        ("a.json", "[" * 100_000),
        ("a.csv", "report_id,label\nACC0,1\n"),
        ("a.csv", ""),
        ("b.csv", None),
    ],
)
def test_a_file_that_is_neither_is_refused(
    corpus: Corpus, tmp_path: Path, name: str, content: str | None
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(InputError):
        correct_from(corpus, tmp_path / name, by="ann")
