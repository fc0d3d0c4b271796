from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radmine.errors import InputError
from radmine.records import Condition, Link
from radmine.search import FIELDS, parse_where
from radmine.search.entries import Entries
from radmine.search.tables import write_entries
from radmine.search.where import allowed
from tests.search.corpora import make_corpus


def test_a_string_and_a_dict_say_the_same() -> None:
    said = parse_where("modality=CT|MR, study_date>=2019-05, finding=Pleural effusion")
    assert said == parse_where(
        {"modality": ["CT", "MR"], "study_date>=": "2019-05", "finding": "pleural_effusion"}
    )
    assert said[0] == Condition("modality", "=", ("ct", "mr"))


def test_a_finding_may_be_named_as_people_do_and_a_year_be_a_number() -> None:
    for name in ("PTX", "Pneumothorax", "pneumothoraces"):
        assert parse_where(["finding=" + name]) == (Condition("finding", "=", ("pneumothorax",)),)
    assert parse_where({"study_date": 2015}) == (Condition("study_date", "=", ("2015",)),)
    assert parse_where({"study_date>=": 2015}) == (Condition("study_date", ">=", ("2015",)),)


def test_a_list_in_a_dict_is_taken_as_it_is() -> None:
    assert parse_where({"patient_id": ["A|B, C=D"]}) == (Condition("patient_id", "=", ("A|B, C=D",)),)


def test_values_of_one_field_are_alternatives_and_comparisons_all_hold() -> None:
    assert parse_where(["modality=CT", "modality=MR|CT"]) == parse_where("modality=CT|MR")
    assert parse_where([{"modality": "CT"}, "modality=MR"]) == parse_where("modality=CT, modality=MR")
    of_a_range = [Condition("study_date", ">=", ("2016",)), Condition("study_date", "<", ("2018",))]
    assert list(parse_where(["study_date>=2016", "study_date < 2018"])) == of_a_range
    assert list(parse_where({"study_date>=": "2016", "study_date<": "2018"})) == of_a_range


def test_an_item_of_a_list_is_one_condition_whose_value_may_hold_commas() -> None:
    assert parse_where(["patient_id=Doe, J"]) == (Condition("patient_id", "=", ("Doe, J",)),)
    with pytest.raises(InputError, match="several filters"):
        parse_where(["modality=CT, plane=axial"])


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("colour=red", FIELDS),
        ({"colour": "red"}, FIELDS),
        ("modality", FIELDS),
        ("modality=", ("modality",)),
        ("modality>=CT", ("study_date",)),
        ("study_date=31.12.2019", ("2019-05-31",)),
        ("study_date>=2019|2020", ("study_date",)),
        ("study_date=2012-13-45", ("no date",)),
        ("study_date<2019-02-29", ("no date",)),
        ("study_date=20190101", ("no date",)),
        ("patient_id!=P1", ("no !=", "--where", ">=")),
        ("modality<CT", ("study_date",)),
        (["modality"], ("--where modality=VALUE", "FIELD=VALUE")),
        ("finding=pneumothoracks", ("pneumothorax",)),
        ({"modality": []}, ("modality",)),
        ({"modality": 3}, ("modality",)),
    ],
)
def test_what_is_not_known_is_an_error_that_says_what_is(where: object, names: tuple[str, ...]) -> None:
    with pytest.raises(InputError) as caught:
        parse_where(where)  # type: ignore[arg-type]
    assert all(name in str(caught.value) for name in names)


@pytest.fixture(scope="module")
def entries(tmp_path_factory: pytest.TempPathFactory) -> Entries:
    home = tmp_path_factory.mktemp("home")
    corpus = make_corpus(
        home,
        texts={"r1": "Large pneumothorax.", "r2": "No pneumothorax.", "r3": "Clear lungs."},
        reports={
            "r1": {
                "modality": "CT/SR",
                "study_date": "2019-05-31",
                "body_part": "CHEST",
                "accession_number": "a1",
            },
            "r2": {"modality": "DX", "study_date": "2019-06"},
        },
        images={
            "i1": {"modality": None, "plane": "axial", "path": "/data/ct/SER1/IM 1"},
            "i2": {
                "modality": "MR",
                "plane": "coronal",
                "study_date": "2020-01-01",
                "accession_number": "A2",
            },
            "i3": {"modality": "CT", "path": "/data/ct/SER1/XIM 1"},
        },
        links=[Link("r1", "i1", "caption", 1.0), Link("r3", "i2", "report", 0.5)],
    )
    return write_entries(corpus, home)


@pytest.mark.parametrize(
    ("where", "rows"),
    [
        ("modality=CT", {"r1", "i1", "i3"}),  # i1 does not say: its report does
        ("modality=sr", {"r1", "i1"}),
        ("modality=MR", {"r3", "i2"}),  # r3 does not say: its image does
        ("modality=CT|MR", {"r1", "r3", "i1", "i2", "i3"}),
        ("plane=axial", {"r1", "i1"}),
        ("body_part=chest", {"r1", "i1"}),
        ("study_date=2019", {"r1", "r2", "i1"}),
        ("study_date<=2019-05", {"r1", "i1"}),
        ("study_date>=2019-06", {"r2", "r3", "i2"}),
        ("study_date>=2019-06, study_date<=2019", {"r2"}),
        ("study_date>=2019-05, study_date<2019-06", {"r1", "i1"}),
        ("study_date>2019", {"r3", "i2"}),
        ("report_id=r1", {"r1", "i1"}),
        ("report_id=r1, report_id=r2", {"r1", "r2", "i1"}),
        ("accession_number=a1", {"r1", "i1"}),
        ("accession_number=A2", {"r3", "i2"}),
        ("path=/data/ct/SER1/IM 1", {"r1", "i1"}),
        ("path=SER1/IM 1", {"r1", "i1"}),
        ("path=IM 1", {"r1", "i1"}),
        ("path=/data/ct", {"r1", "i1", "i3"}),
        ("path=/data/c", set()),
        ("finding=pneumothorax", {"r1", "i1"}),
        ("patient_id=p-i3", {"i3"}),
        ("patient_id=P-I3", set()),
        ("modality=CT, plane=coronal", set()),
        ("", {"r1", "r2", "r3", "i1", "i2", "i3"}),
    ],
)
def test_what_a_filter_lets_through(entries: Entries, where: str, rows: set[str]) -> None:
    mask = allowed(parse_where(where), entries)
    names = [entries.value(r, "image_id") or entries.value(r, "report_id") for r in np.flatnonzero(mask)]
    assert set(names) == rows


PIECES = [
    "modality",
    "study_date",
    "plane",
    "finding",
    "pneumothorax",
    "CT",
    "2019",
    "2019-05",
    "x",
    *"=<>|, \n",
]


@given(st.lists(st.sampled_from([*PIECES, ">=", "<=", "modality=CT", "study_date>=2019-05"])).map("".join))
def test_any_string_is_read_as_it_stands_or_refused_for_a_part_of_it(where: str) -> None:
    parts = [part for part in where.split(",") if part.strip()]
    read = [conditions(part) for part in parts]
    if None in read:
        with pytest.raises(InputError):
            parse_where(where)
        return
    assert [one for (one,) in read] == list(parse_where(where))  # type: ignore[misc]
    for (one,) in read:  # type: ignore[misc]
        assert parse_where({one.field + one.operator: one.values}) == (one,)


def conditions(part: str) -> tuple[Condition, ...] | None:
    try:
        return parse_where(part)
    except InputError:
        return None


def test_the_filter_of_a_finding_counts_its_children(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path, texts={"r1": "Acute rib fracture.", "r2": "No fracture."})
    entries = write_entries(corpus, tmp_path)
    assert allowed(parse_where("finding=fracture"), entries).tolist() == [True, False]
