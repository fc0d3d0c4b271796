"""What is read of sentences that a curator met: see the head of curator.tsv."""

from pathlib import Path

import pytest

from radmine.findings import read_pairs, to_scheme
from radmine.parse import parse_report
from radmine.records import Assertion, Label

MARKS = {Assertion.ABSENT: "-", Assertion.UNCERTAIN: "?", Assertion.PRESENT: ""}


def rows():
    for line in Path(__file__).with_name("curator.tsv").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            text, _, names = line.partition("\t")
            yield text.replace("\\n", "\n"), names.split()


@pytest.mark.parametrize(("text", "names"), list(rows()), ids=lambda value: str(value)[:60])
def test_findings_that_a_curator_met(text, names):
    said = {(m.finding, MARKS[m.assertion]) for m in parse_report(text).mentions}
    assert [mark + name for name, mark in sorted(said)] == names


@pytest.mark.parametrize(
    ("text", "site"),
    [
        ("Prostate: lesion at the right apex.", "prostate"),
        ("Mass of the pancreatic head encasing the SMA.", "pancreatic_head"),
        ("Normal liver with cyst.", "liver"),
        ("The spleen is normal apart from a cyst.", "spleen"),
    ],
)
def test_site_of_what_is_there(text, site):
    assert next(m.anatomy for m in parse_report(text).mentions if m.assertion is Assertion.PRESENT) == site


def test_tags_of_a_list_of_adjectives():
    (cyst,) = parse_report("Well-defined, T2 hyperintense, non-enhancing cyst of the left kidney.").mentions
    assert {"well_defined", "hyperintense", "nonenhancing"} <= set(cyst.tags)


@pytest.mark.parametrize(
    ("pair", "normal"),
    [
        ("sclerosis@clavicle", False),
        ("thickening@thymus", False),
        ("widening@azygos_vein", False),
        ("thickening@tongue", True),
        ("sclerosis@femoral_head", True),
    ],
)
def test_a_pair_in_the_chest_is_no_normal_chest(pair, normal):
    labels = {"lung_opacity": Label(Assertion.ABSENT, 0.1, ()), pair: Label(Assertion.PRESENT, 0.9, ())}
    assert ("No Finding" in to_scheme(labels, "chexpert")) is normal


def test_all_pairs_are_pairs():
    pairs = read_pairs("*@*")
    assert pairs.hold("contusion@tongue")
    assert not pairs.hold("gallbladder_wall_thickening")
