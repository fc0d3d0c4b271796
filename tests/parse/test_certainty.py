"""How likely a finding is there, as the words say; and what alternatives leave open."""

import pytest

from radmine.parse import parse_report
from radmine.parse.data_files import load_data
from radmine.parse.rules import load_triggers
from radmine.parse.times import with_dates
from radmine.records import Assertion


@pytest.mark.parametrize(
    ("text", "finding", "certainty"),
    [
        ("Abscess.", "abscess", 1.0),
        ("No abscess.", "abscess", 0.0),
        ("Most likely abscess.", "abscess", 0.9),
        ("Abscess until proven otherwise.", "abscess", 0.9),
        ("Highly suspicious for abscess.", "abscess", 0.9),
        ("High probability of abscess.", "abscess", 0.9),
        ("Probable abscess.", "abscess", 0.75),
        ("Suspicious for abscess.", "abscess", 0.75),
        ("Abscess is favored.", "abscess", 0.75),
        ("Possible abscess.", "abscess", 0.5),
        ("Abscess versus hematoma.", "abscess", 0.5),
        ("Low density collection, abscess or hematoma.", "abscess", 0.5),
        ("Abscess cannot be excluded.", "abscess", 0.25),
        ("Abscess less likely.", "abscess", 0.25),
        ("Favor hematoma over abscess.", "abscess", 0.25),
        ("Abscess is less likely than hematoma.", "hematoma", 0.75),
        ("Abscess is less likely than hematoma.", "abscess", 0.25),
        ("More likely hematoma than abscess.", "hematoma", 0.75),
        ("More likely hematoma than abscess.", "abscess", 0.25),
        ("Abscess is unlikely.", "abscess", 0.1),
        ("Low suspicion for abscess.", "abscess", 0.1),
        ("History of abscess.", "abscess", 1.0),
        ("INDICATION: Rule out abscess.", "abscess", 0.5),
        ("INDICATION: Abscess.", "abscess", 0.5),
        ("The heart is normal in size.", "cardiomegaly", 0.0),
    ],
)
def test_words_say_how_likely_it_is(text, finding, certainty):
    (mention,) = (m for m in parse_report(text).mentions if m.finding == finding)
    assert mention.certainty == certainty


def test_a_certainty_goes_with_what_is_said():
    for rule in load_data("assertion")["rule"]:
        if "certainty" in rule:
            assert rule["kind"] == "uncertainty"
            assert 0 < rule["certainty"] < 1
    texts = ["No gallstone, possible ascites, scoliosis.", "Gallstone is not seen; ascites is unlikely."]
    for mention in (m for text in texts for m in parse_report(text).mentions):
        assert (mention.certainty == 1) == (mention.assertion is Assertion.PRESENT)
        assert (mention.certainty == 0) == (mention.assertion is Assertion.ABSENT)


def test_an_alternative_names_its_mark():
    text = "Nodule in the liver, hemangioma or metastasis."
    said = {m.finding: m for m in parse_report(text).mentions}
    assert said["metastasis"].rule == said["hemangioma"].rule == "either_or"
    assert {text[slice(*said[f].trigger)] for f in ("metastasis", "hemangioma")} == {" or "}
    assert text[slice(*said["hemangioma"].scope)] == "hemangioma"
    assert text[slice(*said["metastasis"].scope)] == "metastasis"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("dx 3/2011", "dx 2011"),
        ("dx 3/12/2011", "dx 2011"),
        ("diagnosed in march of 2011", "diagnosed in 2011"),
        ("diagnosed: march 3, 2011", "diagnosed 2011"),
        ("since '04", "since 2004"),
        ("in '98", "in 1998"),
        ("in date[mar 2005]", "in 2005"),
        ("in **date[mar 2005]", "in 2005"),
    ],
)
def test_a_date_reads_as_its_year(text, plain):
    (hit,) = with_dates(text, [])
    assert hit[2] == load_triggers()[plain]
    assert text[hit[0] : hit[1]].startswith(plain.split()[0])


@pytest.mark.parametrize(
    "text", ["since 3/2/2019", "in 5/6 mm", "s/p repair", "in 1/2 of cases", "of 20/30 mm"]
)
def test_what_is_no_date_of_an_event_says_nothing_of_time(text):
    assert with_dates(text, []) == []
