"""Sizes that say a finding."""

import pytest

from radmine.findings import load_anatomy, load_findings
from radmine.parse import parse_report
from radmine.parse.data_files import load_data


@pytest.mark.parametrize("entry", load_data("measures")["measure"], ids=lambda entry: entry["name"])
def test_every_limit_reads_its_example_and_names_what_is_known(entry):
    assert entry["finding"] in load_findings()
    assert entry["site"] in load_anatomy()
    assert entry["source"]
    marked = entry["example"]
    start, end = marked.index("{"), marked.index("}") - 1
    (said,) = parse_report(marked.replace("{", "").replace("}", "")).mentions
    assert (said.finding, said.rule) == (entry["finding"], f"measure_{entry['name']}")
    assert start <= said.start < said.end == end


@pytest.mark.parametrize(
    "text",
    [
        "Subcarinal node of 13 mm.",  # in what axis?
        "Subcarinal node of 8 mm short axis.",
        "No node above 13 mm short axis.",
        "CBD 6.5 mm.",
        "The ascending aorta measures 38 mm.",
        "The spleen is 12.6 cm.",
        "The appendix measures 5 mm.",
        "Cardiothoracic ratio of .45.",
        "Spleen. A 14 cm catheter.",
        "The tip lies 5 cm from the ascending aorta.",
    ],
)
def test_sizes_below_a_limit_say_nothing(text):
    assert not [m for m in parse_report(text).mentions if m.rule.startswith("measure_")]


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("CBD 4 mm.", "biliary_dilatation"),
        ("The spleen is 11.2 cm.", "splenomegaly"),
        ("The abdominal aorta measures 21 mm.", "aortic_aneurysm"),
    ],
)
def test_normal_sizes_rule_a_finding_out(text, finding):
    (mention,) = parse_report(text).mentions
    assert (mention.finding, mention.assertion) == (finding, "absent")
