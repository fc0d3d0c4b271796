"""Any text, as long and as odd as it may be: read whole, in time, with spans in order; the seed of each round is its name."""

import random

import pytest

from radmine.findings import schemes, to_scheme
from radmine.label import label_report
from radmine.link import find_references
from radmine.parse import assert_spans, parse_report
from radmine.parse.text import WHITE
from tests.growth import PATTERNS, TIMES, assert_grows_with_length, cpu_seconds

LONG = 256_000
MATTERS = 0.5  # CPU seconds: what is read sooner cannot have grown out of hand

SENTENCES = [
    "FINDINGS: The heart is mildly enlarged.",
    "No pleural effusion or pneumothorax.",
    "4 mm nodule in the right upper lobe (series 3, image 45), previously 3 mm (prior 2:39).",
    "IMPRESSION:\n1. Possible pneumonia, cannot exclude mass.\n2) Stable scoliosis.",
    "History of mastectomy. Mother had breast cancer.",
    "CLINICAL HISTORY: Cough, rule out pneumonia.",
    "Comparison: None. TECHNIQUE: PA and lateral views.",
    "negative for:\n- fracture\n- dislocation",
    "Lungs: [clear]. Heart: normal",
    "Seen by [**Name**] on 3/4/2019 at 3:45 pm, Dr. J. Doe.",
    "HEART SIZE NORMAL. LUNGS CLEAR",
    "Key images 2 and 3; images 12 through 15 of series 4.",
]
ODD = [
    *WHITE,
    *"()[]{}<>\"'.,:;?!*#_-=~/&%|0123456789",
    "\0",
    "\ud800",
    "İ",
    "ß",
    "ﬁ",
    "\u0301",
    "²",
    "٣",
    "😀",
    "XXXX",
]


def odd_text(chance: random.Random) -> str:
    """Return sentences of ours, cut, joined, doubled and strewn with odd characters; sometimes a long line."""
    text = chance.choice(["", " ", "\n", "\n\n", "\x0c"]).join(
        chance.choice(SENTENCES) for _ in range(chance.randint(1, 12))
    )
    for _ in range(chance.randint(0, 30)):
        at = chance.randint(0, len(text))
        kind = chance.randrange(5)
        if kind == 0:
            text = text[:at] + text[at + chance.randint(1, 20) :]
        elif kind == 1:
            text = text[:at] + chance.choice(ODD) * chance.choice([1, 1, 2, 3, 200]) + text[at:]
        elif kind == 2:
            end = at + chance.randint(1, 40)
            text = text[:end] + text[at:end] + text[end:]
        elif kind == 3:
            text = text[:at] + chance.choice([str.upper, str.lower, str.title, str.swapcase])(text[at:])
        else:
            text = text.replace(chance.choice(" \n.:,"), chance.choice(ODD), chance.randint(1, 10))
    return text


def check(text: str) -> None:
    read = parse_report(text)
    at = 0
    for section in read.sections:
        start = section.start if section.heading is None else section.heading[0]
        assert at <= start <= section.start <= section.end <= len(text)
        at = section.end
    at = 0
    for sentence in read.sentences:
        section = read.sections[sentence.section]
        assert max(at, section.start) <= sentence.start < sentence.end <= section.end
        at = sentence.end
    for mention in read.mentions:
        start, end, _ = read.sentences[mention.sentence]
        assert start <= mention.start < mention.end <= end
        for span in (mention.trigger, mention.scope):
            assert span is None or start <= span[0] <= span[1] <= end
    assert [m.start for m in read.mentions] == sorted(m.start for m in read.mentions)
    for reference in find_references(text):
        assert 0 <= reference.start < reference.end <= len(text)
        assert 0 <= reference.first <= reference.last
    assert_spans(text, [(m.start, m.end) for m in read.mentions])
    labels = label_report(text)
    for scheme in schemes():
        to_scheme(labels, scheme)


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 20))])
def test_odd_texts_are_read(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(100):
        text = odd_text(chance)
        try:
            check(text)
        except Exception as error:
            raise AssertionError(f"seed {seed}: {text!r}") from error


@pytest.mark.slow
@pytest.mark.parametrize("work", [parse_report, find_references, label_report])
def test_time_grows_with_length_only(work: object) -> None:
    """Every pattern to 256 KB."""
    assert callable(work)
    slow = {name: pattern for name, pattern in PATTERNS.items() if cpu_seconds(work, pattern(LONG)) > MATTERS}
    for name, pattern in slow.items():
        try:
            assert_grows_with_length(work, pattern(LONG // TIMES), pattern(LONG))
        except AssertionError as error:
            raise AssertionError(name) from error


@pytest.mark.parametrize("text", ["Effusion? '", 'Effusion? "', "Effusion? ' )", "Effusion? \"' \t"])
def test_a_question_before_marks_alone(text: str) -> None:
    assert "pleural_effusion" in {m.finding for m in parse_report(text).mentions}
