from pathlib import Path

import pytest

from radmine.errors import InputError
from radmine.ingest.dates import iso_date, order_of
from tests.ingest.made import ingest, reasons, write_csv


@pytest.mark.parametrize(
    "written",
    [
        "20220110", "2022-01-10", "2022/1/10", "2022.01.10", "2022-01-10T08:30", "2022-01-10 08:30:00", "20220110083000",
        "10.01.2022", "10.1.2022", "10. 1. 2022", "10.01.2022 08:30", "10-Jan-2022", "10 JAN 2022", "Jan 10, 2022",
        "January 10th, 2022", "10. Januar 2022", "10 janvier 2022", "10 de enero de 2022", "10 januari 2022",
    ],
)  # fmt: skip
def test_dates_that_can_mean_one_day_only(written: str) -> None:
    assert iso_date(written) == iso_date(f" {written} ", order="mdy") == "2022-01-10"


@pytest.mark.parametrize(
    "written",
    ["31.02.2022", "2022-13-01", "10.01.22", "01/02/22", "44571", "in May", "5 mg 2022", "10/01/20221", ""],
)
def test_what_is_no_day_is_none(written: str) -> None:
    assert iso_date(written) is iso_date(written, order="dmy") is None


@pytest.mark.parametrize("mark", "/-")
def test_day_or_month_first_is_never_guessed(mark: str) -> None:
    written = mark.join(("03", "04", "2022"))
    assert iso_date(written) is None
    assert iso_date(written, order="dmy") == "2022-04-03"
    assert iso_date(written, order="mdy") == "2022-03-04"
    assert iso_date(mark.join(("04", "04", "2022"))) == "2022-04-04"
    assert (
        iso_date(mark.join(("13", "04", "2022"))) == iso_date(mark.join(("04", "13", "2022"))) == "2022-04-13"
    )
    assert iso_date(mark.join(("04", "13", "2022")), order="dmy") is None


def test_a_column_tells_its_order() -> None:
    assert order_of(["03/04/2022", None, "31/01/2022"]) == "dmy"
    assert order_of(["03/04/2022", "01/31/2022"]) == "mdy"
    assert order_of(["03/04/2022", "31.01.2022"]) is None
    assert order_of(["31/01/2022", "01/31/2022"]) is None


def _dates(
    home: Path, written: list[str], name: str = "c", **options: str
) -> tuple[list[str | None], list[str], dict]:
    rows = [{"id": str(n), "text": "Fine.", "Untersuchungsdatum": date} for n, date in enumerate(written)]
    path = write_csv(home / "r.csv", rows)
    corpus = ingest(home, "table", path, name=name, **options)
    manifest = corpus.manifest("ingest")
    assert manifest is not None
    assert set(reasons(corpus).values()) <= {"unread_date"}
    return [r.study_date for r in corpus.records("reports")], manifest.said, manifest.notes


def test_a_table_is_read_by_the_order_that_any_of_its_rows_tells(tmp_path: Path) -> None:
    dates, said, notes = _dates(tmp_path, ["03/04/2022", "05/06/2022", "31/01/2022", "01/31/2022"])
    assert dates == [None, None, "2022-01-31", "2022-01-31"]  # it contradicts itself
    assert said == ["2 dates of study_date not read; say --option dates=dmy or dates=mdy"]
    dates, said, notes = _dates(tmp_path, ["03/04/2022"] * 30 + ["31/01/2022"], name="d")
    assert dates == ["2022-04-03"] * 30 + ["2022-01-31"]
    assert not said
    assert "not read" not in notes


def test_dates_without_an_order_are_left_empty_counted_and_said(tmp_path: Path) -> None:
    dates, said, notes = _dates(tmp_path, ["03/04/2022", "05/06/2022", "31.02.2022", ""])
    assert dates == [None] * 4
    assert said == ["3 dates of study_date not read; say --option dates=dmy or dates=mdy"]
    assert sum(notes["not read"].values()) == 3
    dates, said, _ = _dates(tmp_path, ["03/04/2022", "05/06/2022", "31.02.2022", ""], name="d", dates="mdy")
    assert dates == ["2022-03-04", "2022-05-06", None, None]
    assert said == ["1 date of study_date not read"]
    with pytest.raises(InputError, match="dmy or mdy"):
        _dates(tmp_path, ["03/04/2022"], name="e", dates="ymd")


def test_a_filter_finds_them(tmp_path: Path) -> None:
    rows = [{"id": str(n), "Text": "Fine.", "Datum": f"10.01.{2020 + n}"} for n in range(4)]
    corpus = ingest(tmp_path, "table", write_csv(tmp_path / "r.csv", rows, delimiter=";"))
    found = corpus.table("reports", columns=["report_id"], where="study_date>=2022")
    assert found.column(0).to_pylist() == ["2", "3"]
