"""Pairs of an observation and a site: names, what is asked for by them, label schemes."""

from pathlib import Path

import pytest

from radmine.errors import InputError
from radmine.findings import (
    NameReader,
    finding_of,
    findings_called,
    load_lexicon,
    pair_named,
    read_pairs,
    to_scheme,
)
from radmine.label import label_report
from radmine.records import Assertion, Label

P, A = Assertion.PRESENT, Assertion.ABSENT


@pytest.mark.parametrize(
    ("name", "finding"),
    [
        ("injury@sigmoid_colon", "injury@sigmoid_colon"),
        ("Injury @ Sigmoid colon", "injury@sigmoid_colon"),
        ("injury@large bowel", "injury@colon"),
        ("thickening@gallbladder", "gallbladder_wall_thickening"),  # it has a name
        ("injury@*", None),
        ("injury@nowhere", None),
        ("pneumonia@lung", None),  # no observation
        ("injury", None),
    ],
)
def test_a_pair_is_named_by_its_parts(name: str, finding: str | None) -> None:
    assert pair_named(name) == finding


def test_readers_of_names_know_pairs() -> None:
    named = NameReader().read("injury@large bowel")
    assert named is not None
    assert named.finding == "injury@colon"
    assert named.group == load_lexicon().kinds_of("injury@colon")


@pytest.mark.parametrize(
    ("asked", "held", "others"),
    [
        ("injury@*", ["injury@colon", "injury@ureter"], ["injury", "tear@tongue", "pneumonia"]),
        (
            "*@colon",
            ["injury@colon", "atrophy@sigmoid_colon"],
            ["injury@ureter", "bowel_wall_thickening", "colon"],
        ),
        ("injury@colon", ["injury@colon", "injury@cecum"], ["injury@bowel", "atrophy@colon"]),
        ("calcification@*", ["coronary_calcification", "calcification@hilum"], ["calcification"]),
        ("*@liver", ["liver_lesion"], ["lung_mass"]),
    ],
)
def test_pairs_are_asked_for_by_either_part(asked: str, held: list[str], others: list[str]) -> None:
    pairs = read_pairs(asked)
    assert pairs is not None
    assert [name for name in (*held, *others) if pairs.hold(name)] == held
    assert set(held) - set(pairs.names()) == set()


def test_kinds_of_a_finding_are_its_pairs_too() -> None:
    kinds = load_lexicon().kinds_of
    assert {"injury", "injury@colon", "injury@cecum"} <= kinds("injury")
    assert kinds("injury@colon") >= {"injury@colon", "injury@cecum"}
    assert "injury@bowel" not in kinds("injury@colon")
    for kind in ("injury@colon", "injury@cecum"):
        assert "injury" in load_lexicon().ancestors(kind)


def test_findings_are_listed_by_pairs_on_demand() -> None:
    assert [f.name for f in findings_called("injury@large bowel")] == ["injury@colon"]
    assert {"injury@colon", "injury@ureter"} <= {f.name for f in findings_called("injury@*")}
    assert not any("@" in f.name for f in findings_called(""))


@pytest.fixture
def scheme(tmp_path: Path) -> str:
    path = tmp_path / "bowel.toml"
    path.write_text(
        'title = "Bowel"\n[labels]\n'
        'Injury = { is = ["injury"] }\n'
        '"Colon injury" = { is = ["injury@colon"] }\n'
        '"Colon" = { is = ["injury@colon"], includes = ["*@colon"] }\n'
    )
    return str(path)


@pytest.mark.parametrize(
    ("finding", "said", "expected"),
    [
        ("injury@colon", P, {"Injury": P, "Colon injury": P, "Colon": P}),
        ("injury@cecum", P, {"Injury": P, "Colon injury": P, "Colon": P}),
        ("atrophy@cecum", P, {"Colon": P}),
        ("injury@ureter", P, {"Injury": P}),
        ("injury@colon", A, {"Colon injury": A, "Colon": A}),
        ("injury@bowel", A, {"Colon injury": A, "Colon": A}),  # of all of it
        ("injury@cecum", A, {}),  # of a part
        ("injury", A, {"Injury": A, "Colon injury": A, "Colon": A}),
    ],
)
def test_a_scheme_of_your_own_names_pairs(
    scheme: str, finding: str, said: Assertion, expected: dict[str, Assertion]
) -> None:
    labels = to_scheme({finding: Label(said, 0.9)}, scheme)
    assert {name: label.assertion for name, label in labels.items()} == expected


def test_without_parents_a_pair_speaks_for_what_names_it(scheme: str) -> None:
    labels = to_scheme({"injury@cecum": Label(P, 0.9)}, scheme, parents=False)
    assert "Injury" not in labels
    assert labels["Colon injury"].assertion is P


def test_a_scheme_with_an_unknown_site_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text('title = "Wrong"\n[labels]\nA = { is = ["injury@nowhere"] }\n')
    with pytest.raises(InputError, match="injury@nowhere"):
        to_scheme({}, str(path))


def test_what_only_follows_is_told_apart() -> None:
    labels = label_report(
        "FINDINGS: Contusion of the spleen. Fracture of the left sixth rib.\nIMPRESSION: Fracture."
    )
    assert finding_of("contusion@spleen") is not None
    assert {name: labels[name].implied for name in ("rib_fracture", "fracture")} == {
        "rib_fracture": False,
        "fracture": False,
    }
    implied = {name for name, label in label_report("Cardiomegaly.").items() if label.implied}
    assert implied == {"enlarged_cardiac_silhouette"}
    assert not label_report("No pneumonia.")["pneumonia"].implied
