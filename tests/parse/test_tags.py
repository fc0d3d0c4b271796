"""How lesions look and where they are: see the head of tags.tsv."""

from pathlib import Path

import pytest

from radmine.findings import sites_above
from radmine.parse import load_tags, parse_report
from radmine.parse.data_files import load_data
from radmine.records import STRUCTURE

KINDS = {
    "size",
    "shape",
    "margin",
    "density",
    "enhancement",
    "content",
    "number",
    "pattern",
    "course",
    "origin",
    "part",
    "age",
}
# Rows that are not read as they should be.
KNOWN = ("Mass of the right chest wall invading", "Numerous small nodes in the mesentery")


def rows():
    for line in Path(__file__).with_name("tags.tsv").read_text("utf-8").splitlines():
        if line and line[0] != "#":
            text, names = line.split("\t")
            yield text, set(names.split())


def whole(names):
    return names.union(*(sites_above().get(name, ()) for name in names))


def test_descriptions_are_read():
    wrong = []
    for text, true in rows():
        read = set()
        for mention in parse_report(text).mentions:
            read |= set() if mention.is_denied else {*mention.tags, *mention.sites}
        if (true - whole(read) or read - whole(true)) and not text.startswith(KNOWN):
            wrong.append((text, true - read, read - true))
    assert len(wrong) <= 12, wrong  # of 149, half of which were never looked at


def test_every_tag_has_a_kind_and_no_phrase_has_two():
    assert set(load_tags().values()) == KINDS
    phrases = [phrase for tag in load_data("tags")["tag"] for phrase in tag["phrases"]]
    twice = {phrase for phrase in phrases if phrases.count(phrase) > 1}
    assert twice <= {"multiloculated"}
    assert all(phrase == phrase.lower() and "-" not in phrase for phrase in phrases)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Spiculated,  ill-defined nodule.", ["Spiculated", "ill-defined"]),
        ("No effusion. The mass (3:4) is heterogeneously\nenhancing.", ["heterogeneously", "enhancing"]),
    ],
)
def test_each_tag_keeps_its_words(text, words):
    (mention,) = (m for m in parse_report(text).mentions if m.tags)
    assert [text[slice(*span)] for span in mention.tag_spans] == words
    assert len(mention.tags) == len(words)


@pytest.mark.parametrize(
    ("text", "site", "size"),
    [
        ("Left adrenal 2.1 cm.", "adrenal_gland", (21.0,)),
        ("Paratracheal node, 9 mm (3:45).", "paratracheal_region", (9.0,)),
        ("8 mm aortocaval node.", "aortocaval_region", (8.0,)),
        ("Soft tissue (series 3, image 4).", "soft_tissue", ()),
    ],
)
def test_a_part_of_the_body_is_named_where_it_is_measured_or_pointed_at(text, site, size):
    (mention,) = parse_report(text).mentions
    assert mention.finding == STRUCTURE
    assert site in mention.sites
    assert mention.size_mm == size


@pytest.mark.parametrize(
    "text",
    [
        "The left adrenal is normal.",
        "Nodule in the left lung (3:4).",
        "Endotracheal tube 4 cm above the carina.",
        "Slices of 3 mm through the chest.",
    ],
)
def test_elsewhere_it_is_not(text):
    assert STRUCTURE not in {mention.finding for mention in parse_report(text).mentions}
