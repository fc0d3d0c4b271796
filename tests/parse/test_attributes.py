import csv
import re
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radmine.findings import load_anatomy, load_findings
from radmine.parse import parse_report
from radmine.parse.attribute_words import Attribute, load_attribute_phrases
from radmine.parse.attributes import NOTHING, Attributes, attach
from radmine.parse.data_files import load_data
from radmine.parse.phrases import Phrases
from radmine.parse.sizes import find_sizes
from radmine.parse.text import fold
from radmine.records import Described

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
from bench_attributes import named, part_of, wrong_in
from bench_attributes import rows as read_rows

KINDS = {
    "laterality": {"left", "right", "bilateral"},
    "severity": {"minimal", "mild", "moderate", "severe"},
    "change": {"new", "increased", "decreased", "unchanged", "resolved"},
}


PHRASES = Phrases(load_attribute_phrases())


def find_phrases(text):
    """Return the attribute phrases in a text."""
    return PHRASES.find(fold(text))[0]


def read(marked):
    """Return what is said of the finding in braces; see the head of attributes.tsv."""
    text, found, clauses, wanted = "", [], [0], None
    for piece in re.split(r"([{}\[\]|])", marked):
        if piece in ("{", "["):
            found.append([len(text), 0, "nodule"])
            wanted = len(found) - 1 if piece == "{" else wanted
        elif piece in ("}", "]"):
            found[-1][1] = len(text)
        elif piece == "|":
            clauses.append(len(text))
        else:
            text += piece
    for item in found:
        if "hernia" in text[item[0] : item[1]]:
            item[2] = "hiatal_hernia"
    folded = fold(text).text
    assert len(folded) == len(text)
    return attach(folded, find_phrases(folded), [tuple(item) for item in found], clauses)[wanted]._replace(
        site=None, described=()
    )


def rows():
    path = Path(__file__).with_name("attributes.tsv")
    with path.open(encoding="utf-8", newline="") as stream:
        yield from csv.reader(
            (line for line in stream if line[0] != "#"), delimiter="\t", quoting=csv.QUOTE_NONE
        )


@pytest.mark.parametrize("row", list(rows())[1:], ids=lambda row: row[0])
def test_sentences(row):
    sentence, anatomy, side, size, severity, change = row
    assert read(sentence) == Attributes(
        anatomy or None, side or None, tuple(map(float, size.split())), severity or None, change or None
    )


def test_the_table_is_large_enough():
    assert len(list(rows())) > 80


@pytest.mark.parametrize(
    "entry", load_data("attributes")["attribute"], ids=lambda e: f"{e['kind']}_{e['value']}"
)
def test_examples_of_the_data_file(entry):
    assert getattr(read(entry["example"]), entry["kind"]) == entry["value"]


def test_phrases_are_folded_and_say_known_things():
    sites = load_anatomy()
    for phrase, said in load_attribute_phrases().items():
        assert phrase == fold(phrase).text.strip(), phrase
        assert said.site is None or said.site in sites, phrase
        assert said.side is None or said.side in KINDS["laterality"], phrase
        assert said.kind is None or said.value in KINDS[said.kind], phrase


def test_phrases_that_name_a_site_and_a_side():
    phrases = load_attribute_phrases()
    assert phrases["rul"] == Attribute("upper_lobe", "right")
    assert phrases["bibasilar"] == Attribute("lung_base", "bilateral")
    assert phrases["both kidneys"] == Attribute("kidney", "bilateral")
    assert phrases["small vessel"] == Attribute()


def test_findings_without_a_side_are_in_the_lexicon():
    assert set(load_data("attributes")["unsided"]) <= set(load_findings())


def test_nothing_said():
    text = "there is an effusion."
    assert attach(text, [], [(12, 20, "pleural_effusion")], [0]) == [NOTHING]
    assert attach(text, [], [], [0]) == []


def test_findings_of_one_span_say_the_same():
    text = "calcified nodule in the left lung"
    found = [(0, 16, "lung_nodule"), (0, 16, "granuloma")]
    first, second = attach(text, find_phrases(text), found, [0])
    left = Described("laterality", "left", 24, 28)
    assert first == second == Attributes("lung", "left", site=(29, 33), described=(left,))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Stable  18 x 12 mm renal cyst on the left.", ["Stable", "18 x 12 mm", "on the left"]),
        ("RUL mass,  2.1 cm.", ["RUL", "2.1 cm"]),
        ("The left and the right kidney show hydronephrosis.", ["left", "right"]),
        ("Hydronephrosis.", []),
        ("Large  cardiomegaly on the left.", ["Large"]),
        ("CBD  13 mm.", ["13 mm"]),
    ],
)
def test_every_attribute_has_its_words(text, words):
    (mention,) = parse_report(f"FINDINGS: {text}").mentions
    assert [f"FINDINGS: {text}"[d.start : d.end] for d in mention.described] == words
    for said in mention.described:
        if said.kind == "size":
            assert said.value == " x ".join(f"{size:g}" for size in mention.size_mm)
        else:
            assert getattr(mention, said.kind) in (said.value, "bilateral")


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("3 mm", [(3.0,)]),
        ("1.5 x 2 cm", [(15.0, 20.0)]),
        ("1 cm x 5 mm", [(10.0, 5.0)]),
        ("3x4mm", [(3.0, 4.0)]),
        ("5 mm and 7 mm", [(5.0,), (7.0,)]),
        ("l4 5 mm", [(5.0,)]),
        ("5 mm thick slices", []),
        ("3 cm above the carina", []),
        ("10 cm/s", []),
        ("4 mmhg", []),
        ("2 cm3", []),
        ("no comments", []),
        (". mm", []),
        ("seen...4 mm", [(4.0,)]),
        ("seen ..4 mm x .5 cm", [(4.0, 5.0)]),
        (") .4.5 mm", []),
        (". mm, .. cm", []),
    ],
)
def test_sizes(text, sizes):
    assert [said.value for _, _, said in find_sizes(text)] == sizes


WORDS = [
    "left",
    "right",
    "small",
    "unchanged",
    "upper lobe",
    "3 mm",
    ",",
    "and",
    "in the",
    "finding",
    "with",
    "stable",
    ".",
]


@given(st.lists(st.sampled_from(WORDS), max_size=25), st.sets(st.integers(0, 60), max_size=3))
def test_any_sentence_can_be_read(words, clauses):
    text = " ".join(words)
    found = [(m.start(), m.end(), "nodule") for m in re.finditer("finding", text)]
    starts = sorted({0, *(c for c in clauses if c < len(text))})
    result = attach(text, find_phrases(text), found, starts)
    assert len(result) == len(found)
    for said in result:
        assert said.laterality is None or said.laterality in KINDS["laterality"]
        assert said.size_mm in ((), (3.0,))


@pytest.mark.parametrize("row", list(read_rows("attributes_hard")), ids=lambda row: row["sentence"])
def test_hard_sentences(row):
    mention = named(row["sentence"], row["finding"])
    assert mention is None or wrong_in(row, mention) == {}


def test_attributes_are_read_as_people_read_them():
    for part, least in (("development", 0.97), ("test", 0.91)):
        read = [
            wrong_in(row, mention)
            for row in read_rows()
            if part_of(row["sentence"]) == part
            and (mention := named(row["sentence"], row["finding"])) is not None
        ]
        assert len(read) > 80
        for kind in ("anatomy", "laterality", "size_mm", "severity", "change"):
            assert sum(kind not in wrong for wrong in read) / len(read) >= least, (part, kind)


def test_sites_and_sides_are_read_in_every_region():
    wrong = unread = 0
    rows = list(read_rows("attributes_sites"))
    for row in rows:
        mention = named(row["sentence"], row["finding"])
        unread += mention is None
        wrong += mention is not None and wrong_in(row, mention) != {}
    assert len(rows) >= 120
    assert unread <= 3
    assert wrong <= 2


@pytest.mark.parametrize(
    ("text", "finding", "anatomy", "side"),
    [
        ("RIGHT KNEE: Small joint effusion.", "joint_effusion", "knee", "right"),
        ("Right kidney: No hydronephrosis. A 4 mm stone.", "kidney_stone", "kidney", "right"),
        ("LEFT BREAST: Normal.\nRIGHT BREAST:\n1 cm mass.", "breast_mass#2", "breast", "right"),
        ("LEFT SHOULDER:\nNo dislocation. Fracture.", "fracture", None, "left"),
        ("Left kidney: 3 mm stone. Gallstones.", "gallstone", None, None),
        ("Left kidney: 3 mm stone. Liver: 1 cm cyst.", "liver_cyst", "liver", None),
        ("RIGHT LUNG: Cardiomegaly.", "cardiomegaly", "lung", None),
        ("RIGHT HIP: Cyst of the left ovary.", "ovarian_cyst", "ovary", "left"),
        ("Right upper quadrant: there is a 2 cm cyst in the liver.", "liver_cyst", "liver", "right"),
    ],
)
def test_a_label_gives_its_side(text, finding, anatomy, side):
    mention = named(text, finding)
    assert (mention.anatomy, mention.laterality) == (anatomy, side)
    for said in mention.described:
        if said.kind == "laterality":
            assert side in text[said.start : said.end].lower()
