"""The trained classifier of abnormal sentences: its letters and words, and what the rules find in it."""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from os import PathLike
from pathlib import Path

from radmine.label.abnormal.cues import cues_in
from radmine.label.voters.text_model import Block, count_terms, text_model_of
from radmine.models import load_model
from radmine.parse import NameFinder, blank_names, parse_report
from radmine.records import STRUCTURE, ReadReport

KIND = "classifier of abnormal sentences"
STRENGTH = 3.0
BLOCKS = (Block("letters"), Block("words"), Block("rules", flags=True, weight=0.3))
_WORD = re.compile(r"[^\W\d_]+")
_LETTERS = (3, 4, 5, 6)


def train_abnormal(sentences: Iterable[tuple[str, bool]], folder: str | PathLike[str]) -> None:
    """Train a classifier of abnormal sentences on (sentence, abnormal) pairs and write it into a folder.

    Names of people and places are left out of the sentences before.
    `abnormal_probability(sentence, model=folder)` uses it.

    Raises
    ------
    InputError
        All are labelled alike.
    """
    rows = list(sentences)
    finder = NameFinder()
    seen = [finder.look(sentence) for sentence, _ in rows]
    names = finder.names()
    texts = [sentence_terms(blank_names(sentence, names)) for sentence in seen]
    targets = {"abnormal": [bool(label) for _, label in rows]}
    model = count_terms(texts, BLOCKS).fit(targets, strength=STRENGTH)
    model.save(Path(folder), kind=KIND)


def load_abnormal(folder: str | PathLike[str]) -> Callable[[str], float]:
    """Return the classifier in a folder: a sentence in, its probability out.

    Raises
    ------
    CorpusError
        The folder holds none.
    """
    make = "radmine.label.train_abnormal"
    model = load_model(folder, kind=KIND, make=make, build=text_model_of)
    return lambda sentence: model.probabilities(sentence_terms(sentence))["abnormal"]


def sentence_terms(sentence: str) -> dict[str, list[str]]:
    """Return what the classifier sees of a sentence.

    Its runs of 3 to 6 letters; its words, pairs and triples, a finding's own words replaced by what the sentence says of it,
    so that it learns "<absent> or <absent>" for all findings at once; and the findings, rules and cues themselves.
    """
    read = parse_report(sentence)
    read = read._replace(mentions=[m for m in read.mentions if m.finding != STRUCTURE])
    letters = f" {' '.join(sentence.lower().split())} "
    words = ["<start>", *_masked_words(read), "<end>"]
    kinds = cues_in(read)
    said = [str(m.assertion) for m in read.mentions]
    return {
        "letters": [letters[i : i + n] for n in _LETTERS for i in range(len(letters) - n + 1)],
        "words": [
            *words,
            *(f"{a} {b}" for a, b in pairwise(words)),
            *(f"{a} {b} {c}" for a, b, c in zip(words, words[1:], words[2:], strict=False)),
        ],
        "rules": [
            *(f"cue={kind}" for kind in kinds),
            f"cues={'|'.join(kinds)}",
            *(f"said={a}" for a in said),
            *(f"said={m.finding}:{a}" for m, a in zip(read.mentions, said, strict=True)),
            *(f"rule={m.rule}" for m in read.mentions),
        ],
    }


def _masked_words(read: ReadReport) -> Iterator[str]:
    at = 0
    for m in read.mentions:
        if m.start < at:  # a second finding in the same words
            continue
        yield from _WORD.findall(read.text[at : m.start].lower())
        yield f"<{m.assertion}>" if m.temporality == "current" else f"<{m.assertion} {m.temporality}>"
        at = m.end
    yield from _WORD.findall(read.text[at:].lower())
