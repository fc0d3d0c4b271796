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
    said = next(
        m
        for m in parse_report(marked.replace("{", "").replace("}", "")).mentions
        if m.rule.startswith("measure_")
    )
    assert (said.finding, said.rule) == (entry["finding"], f"measure_{entry['name']}")
    assert start <= said.start < said.end == end


@pytest.mark.parametrize(
    "text",
    [
        "Subcarinal node of 13 mm.",  # in what axis?
        "No node above 13 mm short axis.",
        "The ascending aorta measures 42 mm.",
        "A cyst in the spleen, 9 cm.",
        "Spleen 9 cm cyst.",
        "CBD 4 mm stone.",
        "CBD 6.5 mm.",
        "Endometrium 4 mm.",  # of whom?
        "The abdominal aorta, 2 cm below the renal arteries.",
        "A stone in the appendix, 5 mm.",
        "Spleen. A 14 cm catheter.",
        "The tip lies 5 cm from the ascending aorta.",
    ],
)
def test_sizes_that_are_neither_above_a_limit_nor_usual_or_of_another_thing_say_nothing(text):
    assert not [m for m in parse_report(text).mentions if m.rule.startswith("measure_")]


@pytest.mark.parametrize(
    ("text", "finding", "size"),
    [
        ("CBD measures 4 mm.", "biliary_dilatation", (4.0,)),
        ("Common duct is 5 mm in diameter.", "biliary_dilatation", (5.0,)),
        ("The spleen is 11.2 cm.", "splenomegaly", (112.0,)),
        ("Spleen measures 12.1 x 5 x 4 cm.", "splenomegaly", (121.0, 50.0, 40.0)),
        ("The appendix measures 5 mm.", "appendicitis", (5.0,)),
        ("Cardiothoracic ratio of .45.", "cardiomegaly", ()),
        ("Abdominal aorta 19 mm, patent.", "aortic_aneurysm", (19.0,)),
        ("Ascending aorta is 34 mm.", "aortic_aneurysm", (34.0,)),
        ("Subcarinal node 8 mm short axis.", "lymphadenopathy", (8.0,)),
        ("Pancreatic duct 2 mm.", "pancreatic_duct_dilatation", (2.0,)),
        ("Gallbladder wall measures 2 mm.", "gallbladder_wall_thickening", (2.0,)),
        ("Postmenopausal. Endometrial stripe 3 mm, postmenopausal.", "endometrial_thickening", (3.0,)),
        ("The AP diameter of the spine: canal 16 mm.", "spinal_stenosis", (16.0,)),
    ],
)
def test_usual_sizes_deny_a_finding(text, finding, size):
    (said,) = (m for m in parse_report(text).mentions if m.rule.startswith("measure_"))
    assert (said.finding, said.assertion, said.size_mm) == (finding, "absent", size)
