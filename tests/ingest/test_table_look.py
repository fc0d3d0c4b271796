import gzip
from pathlib import Path

import pytest

from radmine.corpus import Corpus
from radmine.errors import InputError
from tests.ingest.made import ingest, write_csv

TEXTS = [f"The lungs are clear and there is no effusion on the side number {n}." for n in range(5)]


def texts(corpus: Corpus) -> list[str]:
    return [report.text for report in corpus.records("reports")]


def test_columns_as_hospitals_call_them(tmp_path: Path) -> None:
    rows = [
        {
            "Zugangsnummer": "A1", "PatNr": "7", "Untersuchungsdatum": "10.01.2022", "Modalität": "CR",
            "Körperregion": "Thorax", "Geburtsdatum": "01.02.1950", "Befund": "Kein Erguss.", "Beurteilung": "Normal.",
        }
    ]  # fmt: skip
    corpus = ingest(tmp_path, "table", write_csv(tmp_path / "r.csv", rows, delimiter=";", encoding="cp1252"))
    (report,) = corpus.records("reports")
    assert report.text == "BEFUND: Kein Erguss.\n\nBEURTEILUNG: Normal."
    assert (report.report_id, report.patient_id, report.study_date) == ("A1", "7", "2022-01-10")
    assert (report.modality, report.body_part) == ("CR", "Thorax")
    assert "1950" not in str(report)
    for name, header in enumerate(("Befundtext", "Texte", "informe", "VERSLAG", "Compte rendu", "Befund")):
        corpus = ingest(tmp_path, "table", write_csv(tmp_path / "s.csv", [{header: "Fine."}]), name=str(name))
        assert texts(corpus) == ["Fine."]


def test_the_only_column_of_running_text_is_taken_and_said(tmp_path: Path) -> None:
    rows = [{"PatNr": str(n), "Datum": f"1{n}.01.2022", "Diktat": text} for n, text in enumerate(TEXTS)]
    corpus = ingest(tmp_path, "table", write_csv(tmp_path / "r.csv", rows))
    assert texts(corpus) == TEXTS
    manifest = corpus.manifest("ingest")
    assert manifest is not None
    assert manifest.said == ['text column of r.csv: "Diktat"']


@pytest.mark.parametrize("more", ["second text", "few words", "one text", "no names"])
def test_a_text_is_not_guessed_where_there_is_doubt(tmp_path: Path, more: str) -> None:
    rows = [{"PatNr": str(n), "Datum": f"1{n}.01.2022", "Diktat": text} for n, text in enumerate(TEXTS)]
    for row in rows:
        if more == "second text":
            row["Notiz"] = row["Diktat"].upper()
        elif more == "few words":
            row["Diktat"] = row["Diktat"][:20]
        elif more == "one text":
            row["Diktat"] = TEXTS[0]
    path = write_csv(tmp_path / "r.csv", rows)
    if more == "no names":
        path.write_text(path.read_text().split("\n", 1)[1])
    with pytest.raises(InputError, match="text=COLUMN"):
        ingest(tmp_path, "table", path)


@pytest.mark.parametrize(
    "content",
    [
        "sep=;\r\nid;text\r\n1;No effusion, none.\r\n2;Small.\r\n",
        "sep=\t\nid\ttext\n1\tNo effusion, none.\n2\tSmall.\n",
        "# exported on a Monday, by hand\n\n## second\nid;text\n1;No effusion, none.\n2;Small.\n",
        'id,text\r1,"No effusion, none."\r2,Small.\r',
        "id|text\r1|No effusion, none.\r2|Small.",
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_tables_of_old_programs_are_read(tmp_path: Path, content: str, packed: bool) -> None:
    path = tmp_path / ("r.csv.gz" if packed else "r.csv")
    path.write_bytes(gzip.compress(content.encode()) if packed else content.encode())
    corpus = ingest(tmp_path, "table", path)
    assert [(r.report_id, r.text) for r in corpus.records("reports")] == [
        ("1", "No effusion, none."), ("2", "Small."),
    ]  # fmt: skip


def test_a_header_that_begins_with_a_number_sign_is_one(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("#,id,text\n1,A,Fine.\n")
    assert texts(ingest(tmp_path, "table", path)) == ["Fine."]
