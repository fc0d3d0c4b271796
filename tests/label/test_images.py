"""Which findings of a sentence its images show, and what they are labelled."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radmine.label.images import rule_votes_on_images
from radmine.label.panel import Panel
from radmine.label.relevance import Relevance, relevance_of
from radmine.link import find_references
from radmine.parse import parse_report
from radmine.records import Assertion, Experiencer, Link, Mention, ReadReport, Temporality, Vote
from tests.growth import TIMES, assert_grows_with_length

PRESENT, ABSENT, UNCERTAIN = Assertion.PRESENT, Assertion.ABSENT, Assertion.UNCERTAIN
CURRENT, HISTORICAL = Temporality.CURRENT, Temporality.HISTORICAL

# What stands in braces is a finding, its name the words; a sign before it: - absent, ? uncertain, ~ historical.
_FINDING = re.compile(r"\{([-?~]?)([^}]*)\}")
_SAID = {
    "": (PRESENT, CURRENT),
    "-": (ABSENT, CURRENT),
    "?": (UNCERTAIN, CURRENT),
    "~": (PRESENT, HISTORICAL),
}


def marked(text: str) -> tuple[str, list[Mention]]:
    """A sentence without its marks, and the mentions that they mark."""
    plain, at, mentions = "", 0, []
    for match in _FINDING.finditer(text):
        plain += text[at : match.start()]
        assertion, time = _SAID[match[1]]
        start, name = len(plain), match[2].replace(" ", "_")
        plain, at = plain + match[2], match.end()
        mentions.append(
            Mention(start, len(plain), name, assertion, time, Experiencer.PATIENT, "default", None, None, 0)
        )
    return plain + text[at:], mentions


# The sentence, and for each reference what its image shows; after a "?" what it may show.
SENTENCES = [
    ("{gallstone} (series 3, image 4).", ["gallstone"]),
    ("There is a {gallstone} on series 3, image 4.", ["gallstone"]),
    ("{gallstone} (series 3, image 4) and {renal cyst} (series 3, image 9).", ["gallstone", "renal cyst"]),
    ("{gallstone} (3:4), {renal cyst} (3:9) and {ascites} (3:12).", ["gallstone", "renal cyst", "ascites"]),
    ("The {gallstone} is best seen on series 3, image 4, the {renal cyst} on image 9.", ["gallstone", "renal cyst"]),
    ("{lung nodule} (coronal image 3)\n{volume loss}, axial image 2, consistent with {atelectasis}", ["lung nodule", "volume loss atelectasis"]),
    # the reference stands first
    ("On series 3, image 4, there is a {gallstone}.", ["gallstone"]),
    ("Series 3, image 4 shows a {gallstone} and a {renal cyst}.", ["gallstone renal_cyst"]),
    ("Series 3, image 4 shows a {gallstone}, image 9 shows a {renal cyst}.", ["gallstone", "renal cyst"]),
    ("On image 4 there is a {gallstone}, and on image 9 there is a {renal cyst}.", ["gallstone", "renal cyst"]),
    ("On series 3, image 4, there is a {gallstone}; {splenomegaly}.", ["gallstone"]),
    ("On axial series 3, a {gallstone} (image 4) and a {renal cyst} (image 9).", ["gallstone", "renal cyst"]),
    # several findings, one reference: the nearest, and perhaps the others
    ("{gallstone} and {renal cyst} (series 3, image 9).", ["renal cyst ? gallstone"]),
    ("{gallstone}, {ascites}, and {renal cyst} (series 3, image 9).", ["renal cyst ? gallstone ascites"]),
    ("Liver {mass} with surrounding {edema} (series 3, image 9).", ["mass edema"]),
    ("{lung opacity} consistent with {pneumonia} (series 3, image 9).", ["lung opacity pneumonia"]),
    ("{lung opacity} (series 3, image 9) consistent with {pneumonia}.", ["lung opacity pneumonia"]),
    ("{gallstone} (series 3, image 4) with adjacent {ascites}.", ["gallstone ? ascites"]),
    # several references
    ("{renal cyst} (series 3, images 4 and 9).", ["renal cyst", "renal cyst"]),
    ("{renal cyst} (series 3, image 4 and series 5, image 9).", ["renal cyst", "renal cyst"]),
    ("{gallstone} and {renal cyst} (series 3, images 4 and 9).", ["? gallstone renal cyst"] * 2),
    ("{gallstone} and {renal cyst} (3:4 and 3:9, respectively).", ["gallstone", "renal cyst"]),
    # of another place, or another statement
    ("{gallstone} (series 3, image 4) and {renal cyst}.", ["gallstone"]),
    ("{splenomegaly}, and there is a {gallstone} (series 3, image 4).", ["gallstone"]),
    ("{renal cyst}; {gallstone} (series 3, image 4).", ["gallstone"]),
    ("The {gallstone}, seen on series 3, image 4, is unchanged, but the {renal cyst} has grown.", ["gallstone"]),
    ("{gallstone}; see series 3, image 4.", ["gallstone"]),
    # denied, doubted, of another time
    ("No {-hydronephrosis} (series 3, image 4).", ["hydronephrosis"]),
    ("{gallstone} without {-ascites} (series 3, image 4).", ["gallstone"]),
    ("{gallstone} (series 3, image 4), no {-ascites}.", ["gallstone"]),
    ("Possible {?gallstone} (series 3, image 4).", ["? gallstone"]),
    ("{?renal cyst} versus {?abscess} (series 3, image 4).", ["? renal cyst abscess"]),
    ("{~cholecystitis} years ago, now a {gallstone} (series 3, image 4).", ["gallstone"]),
    ("{renal cyst}, previously 6 mm (prior series 2, image 8), now 9 mm (series 3, image 4).", ["", "renal cyst"]),
    ("{renal cyst} (3:4), larger than on the prior study (series 2, image 8), and {ascites}.", ["renal cyst", ""]),
    ("See series 3, image 4.", [""]),
    ("{renal cyst} and {ascites} (3:4).", ["ascites ? renal cyst"]),
    ("{renal cyst}&nbsp;and&nbsp;{ascites} (3:4).", ["ascites ? renal cyst"]),
    ("{renal cyst}<br/>and <b style='x; y'>{ascites}</b> (3:4).", ["ascites ? renal cyst"]),
    (r"{renal cyst} \T\ {ascites} (3:4).", ["ascites ? renal cyst"]),
]  # fmt: skip


def shown(text: str, mentions: list[Mention]) -> list[str]:
    rows = []
    for row in relevance_of(text, mentions, find_references(text)):
        names = {
            r: [m.finding for m, known in zip(mentions, row, strict=True) if known is r] for r in Relevance
        }
        perhaps = names[Relevance.UNCERTAIN]
        rows.append(" ".join([*names[Relevance.RELEVANT], *(["?", *perhaps] if perhaps else [])]))
    return rows


@pytest.mark.parametrize(("sentence", "expected"), SENTENCES)
def test_what_a_sentence_says_of_its_images(sentence: str, expected: list[str]) -> None:
    text, mentions = marked(sentence)
    assert [row.replace("_", " ") for row in shown(text, mentions)] == [e.replace("_", " ") for e in expected]


@given(
    st.lists(
        st.sampled_from(
            ["{renal cyst}", "{-lung nodule}", " (series 3, image 4)", " 3:9 ", ", ", " and ", "; ", "İ "]
        )
    )
)
def test_any_sentence_gets_a_relevance_for_each_pair(pieces: list[str]) -> None:
    text, mentions = marked("".join(pieces))
    references = find_references(text)
    table = relevance_of(text, mentions, references)
    assert [len(row) for row in table] == [len(mentions)] * len(references)


# -- votes ------------------------------------------------------------------------------------------------


def votes(text: str, links: dict[str, int | tuple[int, int] | None]) -> dict[str, dict[str, Vote]]:
    """The votes on images: a number links an image by that reference, a span by its caption, None to the report."""
    read = parse_report(text)
    references = find_references(text)
    made = []
    for image, link in links.items():
        if isinstance(link, int):
            at = references[link].start
            start, end, _ = next(s for s in read.sentences if s.start <= at < s.end)
            made.append(Link("R", image, "reference", 0.95, start, end, link))
        elif link is None:
            made.append(Link("R", image, "study", 0.9))
        else:
            made.append(Link("R", image, "caption", 1.0, *link))
    cast = rule_votes_on_images(read, made, references, Panel().cast([read])[0])
    return {image: {finding: vote for finding, (vote,) in of.items()} for image, of in cast}


def test_findings_go_to_the_images_of_their_references() -> None:
    text = "Gallstone (series 3, image 4) and hydronephrosis (series 3, image 9)."
    found = votes(text, {"four": 0, "nine": 1})
    assert set(found["four"]) == {"gallstone"}
    assert set(found["nine"]) == {"hydronephrosis"}
    vote = found["four"]["gallstone"]
    assert (vote.voter, vote.assertion) == ("rules:linked_sentence", PRESENT)
    assert vote.mentions[0] in parse_report(text).mentions


def test_what_an_image_may_show_is_a_doubtful_vote() -> None:
    found = votes("Gallstone and hydronephrosis (series 3, image 4).", {"four": 0})["four"]
    assert found["hydronephrosis"].assertion is PRESENT
    doubtful = found["gallstone"]
    assert (doubtful.voter, doubtful.assertion) == ("rules:linked_sentence_uncertain", UNCERTAIN)
    assert doubtful.probability <= 0.5
    assert doubtful.mentions[0].assertion is PRESENT  # what the sentence says stays known


def test_parents_are_labelled_with_their_children() -> None:
    found = votes("Rib fracture (series 3, image 4) and hydronephrosis (series 3, image 9).", {"four": 0})
    assert {"rib_fracture", "fracture"} <= set(found["four"])


def test_a_caption_labels_its_image_with_all_that_it_names() -> None:
    text = "Gallstone and hydronephrosis."
    found = votes(text, {"a": (0, len(text)), "b": None})
    assert {f: v.assertion for f, v in found["a"].items()} == {
        "gallstone": PRESENT,
        "hydronephrosis": PRESENT,
    }
    assert "b" not in found  # both are pinned to the image of the caption


def test_an_image_that_no_sentence_speaks_of_inherits_what_is_pinned_to_none() -> None:
    text = "Cardiomegaly, and there is a rib fracture (series 1, image 1). No ascites."
    found = votes(text, {"one": 0, "other": None})
    assert "cardiomegaly" not in found["one"]
    assert {"cardiomegaly", "ascites"} <= set(found["other"])
    assert "rib_fracture" not in found["other"]
    assert {v.voter for v in found["other"].values()} == {"rules:report"}


def test_a_sure_sentence_counts_more_than_a_doubtful_one() -> None:
    text = "Gallstone and hydronephrosis (series 3, image 4). Gallstone (series 3, image 4)."
    found = votes(text, {"four": 0})["four"]
    assert found["gallstone"].assertion is UNCERTAIN
    read, references = parse_report(text), find_references(text)
    links = [Link("R", "four", "reference", 0.95, *read.sentences[i][:2], i) for i in range(2)]
    ((_, both),) = rule_votes_on_images(ReadReport(*read), links, references, {})
    assert both["gallstone"][0].assertion is PRESENT


def test_time_grows_with_the_number_of_sentences_that_speak_of_images() -> None:
    def label(count: int) -> None:
        read = parse_report("Renal cyst (series 3, image 4) is seen. " * count)
        references = find_references(read.text)
        spans = [(s.start, s.end) for s in read.sentences]
        links = [
            Link("R", f"image {n % 3}", "reference", 0.9, *spans[n], n) for n, _ in enumerate(references)
        ]
        assert len(references) == count
        assert len(list(rule_votes_on_images(read, links, references, {}))) == 3

    assert_grows_with_length(label, 100, 100 * TIMES)
