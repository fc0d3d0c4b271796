"""Counts names of people and places, planted in reports, that come into the vocabularies of models, and what keeping them out costs.

    python scripts/bench_names.py [--data PATH] [--before TREE] [--part development|test] [--json]

Names are drawn anew from syllables and planted in reports of the sample and, with `PATH/openi`, of Open-i: in signatures,
letterheads, salutations and sentences, in every report, in three of ten, in one of twenty; reports are as they are, in
capitals, or in lower case. The cues and words of the guard were tuned on the development part only: other reports (those of
`bench_parse.py`; another seed of the sample) and other names than the test part has. TREE is a worktree of an older commit that has
the same faces of models: the same is counted there. A name is in a model where one of its words is a word of the model's vocabulary.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np
from bench_machine import heading, markdown
from bench_parse import PARTS, part_of, read_openi

from radmine.embed import fit_text_encoder
from radmine.label.voters.training import train_on_reports
from radmine.label.voters.transformer import Learning, _from_scratch
from radmine.label.voters.words import found_text
from radmine.models import strings_of
from radmine.parse import NameFinder, parse_report, without_names
from radmine.records import ReadReport
from radmine.sample import generate_reports
from radmine.topics import TopicModel, TopicsSettings, report_words
from radmine.topics.fitting import Fitting, Texts, fit_topics
from radmine.topics.odds import finding_words
from radmine.topics.sentences import FINDING
from radmine.topics.stage import reading
from radmine.topics.words import leave_out

REPORTS = 1000  # of the sample
STYLES = ("as they are", "in capitals", "in lower case")
EVERY, SOME, FEW = 1.0, 0.3, 0.05

# A shape: where it stands in a report, in how many, and with what words. {n} is a name, {g} a given name, {i} an initial,
# {id} letters and digits; the same in all reports.
HEAD, SENTENCE, FOOT = "head", "sentence", "foot"
SHAPES = {
    "signature": (FOOT, EVERY, "Electronically signed by: {g} {i}. {n}, MD on 3/14/2019 at 10:42"),
    "dictation in capitals": (FOOT, EVERY, "Dictated by: {N}"),
    "letterhead": (HEAD, EVERY, "{n} General Hospital\n12 {n2} Street, {n3}, KY 40312\nPhone 555 0134"),
    "bare line": (FOOT, EVERY, "{g} {n}"),
    "surname first": (HEAD, SOME, "PATIENT: {N}, {G}  MRN: {id}"),
    "called": (SENTENCE, SOME, "These findings were discussed with Dr. {n} at 14:35."),
    "hyphenated": (FOOT, SOME, "Attending radiologist: {g} {n}-{n2}"),
    "with particles": (SENTENCE, SOME, "Results were communicated to Dr. van der {n} by telephone."),
    "apostrophe": (SENTENCE, FEW, "Ms. O'{n} was informed."),
    "salutation": (HEAD, FEW, "Dear Mr. {n},"),
    "behind degrees": (SENTENCE, FEW, "Reviewed with {g} {n}, M.D."),
    "town in a sentence": (SENTENCE, FEW, "Comparison with outside films from {n} is advised."),
    "name without a cue": (SENTENCE, FEW, "As {n} suspected, this needs another look."),
    "small title": (SENTENCE, FEW, "d/w dr. {low} in the morning."),
    "copies": (FOOT, FEW, "cc: {g} {n}; {n2} Family Practice"),
}
ONSETS = [
    "b",
    "br",
    "c",
    "ch",
    "d",
    "dr",
    "f",
    "fl",
    "g",
    "gr",
    "h",
    "j",
    "k",
    "kr",
    "l",
    "m",
    "n",
    "p",
    "pr",
    "qu",
    "r",
    "s",
    "st",
    "t",
    "th",
    "tr",
    "v",
    "w",
    "z",
]
VOWELS = ["a", "e", "i", "o", "u", "ai", "ea", "ee", "ie", "oa", "ou"]
CODAS = [
    "b",
    "ck",
    "d",
    "ff",
    "g",
    "k",
    "l",
    "ll",
    "lm",
    "ln",
    "m",
    "n",
    "nd",
    "ng",
    "nk",
    "p",
    "r",
    "rd",
    "rn",
    "rt",
    "ss",
    "st",
    "t",
    "x",
]
ENDS = ["worth", "by", "ham", "ley", "ski", "son", "ton", "vic", "well", "wyn", "ova", "ez", "iani"]


def name_of(draw: random.Random) -> str:
    """A made name, such as "Kroandley"."""
    return "".join(map(draw.choice, (ONSETS, VOWELS, CODAS, ENDS))).capitalize()


def plant(texts: Sequence[str], draw: random.Random) -> tuple[list[str], dict[str, set[str]]]:
    """The texts with each shape planted, and for each shape the words, in lower case, that are names."""
    found, lines = {}, {}
    for shape, (_, _, template) in SHAPES.items():
        n, n2, n3, g = (name_of(draw) for _ in range(4))
        code = "".join(draw.choices("BCDFGHJKLMNPQRSTVWXZ", k=4)) + str(draw.randrange(10**5)) + "QX"
        filled = {"n": n, "n2": n2, "n3": n3, "g": g, "i": "Q", "N": n.upper(), "G": g.upper(), "id": code}
        lines[shape] = template.format(**filled, low=n.lower())
        used = [part for part in ("n", "n2", "n3", "g") if f"{{{part}}}" in template]
        used += ["n"] * ("{N}" in template or "{low}" in template) + ["g"] * ("{G}" in template)
        found[shape] = {filled[part].lower() for part in used} | (
            {code[:4].lower()} if "{id}" in template else set()
        )
    planted = []
    for text in texts:
        heads, sentences, feet = [], [], []
        for shape, (place, share, _) in SHAPES.items():
            if draw.random() < share:
                {HEAD: heads, SENTENCE: sentences, FOOT: feet}[place].append(lines[shape])
        body = " ".join([text.rstrip(), *sentences])
        planted.append("\n".join([*heads, body, *feet]))
    return planted, found


def in_style(texts: Iterable[str], style: str) -> list[str]:
    """The texts as they are, in capitals or in lower case."""
    change = {STYLES[0]: str, STYLES[1]: str.upper, STYLES[2]: str.lower}[style]
    return [change(text) for text in texts]


# -- vocabularies -----------------------------------------------------------------------------------------


def topic_model(reads: Sequence[ReadReport], *, guard: bool = True, seed: int = 0) -> TopicModel:
    """Topics and word vectors, as the stage fits them, with its guard against names or without."""
    settings = TopicsSettings(topics=20, parts=1, sentence_topics=0, seed=seed)
    how = reading(settings)
    finder = NameFinder()
    words = [report_words(finder.read(read) if guard else read, **how) for read in reads]
    if guard:
        words = leave_out(words, finder.names())
    texts = Texts(words, [finding_words(read) for read in reads], [{} for _ in reads])
    fitting = Fitting(**{field.name: getattr(settings, field.name) for field in fields(Fitting)})
    facts = {"sentence": FINDING, "of": len(reads)}
    return fit_topics(texts, Texts(), fitting, reading=how, facts=facts)


def vocabularies(texts: Sequence[str]) -> dict[str, set[str]]:
    """The words of each model that is made of texts."""
    reads = [parse_report(text) for text in texts]
    topics = topic_model(reads)
    encoder = fit_text_encoder(reads)
    with tempfile.TemporaryDirectory() as folder:
        train_on_reports(reads, Path(folder), kinds=("words",))
        from safetensors.numpy import load_file

        saved = load_file(Path(folder) / "words" / "model.safetensors")
        voter = strings_of(saved["terms"])
    _, tokenizer = _from_scratch([found_text(read) for read in without_names(reads)], 2, Learning())
    terms = {
        "topics": topics.words,
        "word vectors": topics.vectors.words,
        "report encoder": tuple(encoder.terms),
        "words voter": voter,
        "tokenizer": tuple(token.lstrip("Ġ") for token in tokenizer.get_vocab()),
    }
    return {
        model: {w for t in of for w in t.replace("-", " ").replace("_", " ").split()}
        for model, of in terms.items()
    }


def reports_of(source: str, part: str, data: Path | None) -> list[str]:
    """The texts of a source's part."""
    if source == "sample":
        seed = 100 + PARTS.index(part)
        return [made.report.text for made in generate_reports(REPORTS, seed=seed)]
    assert data is not None
    return [r.whole for r in read_openi(data / "openi") if r.text and part_of(r.text) == part]


def measure(part: str, data: Path | None) -> Iterator[dict[str, object]]:
    """One row for each source, style, shape and model: how many planted words, and how many of them are in the model."""
    for source in ("sample", *(("Open-i",) if data else ())):
        texts = reports_of(source, part, data)
        for style in STYLES:
            planted, names = plant(texts, random.Random(f"{part} {source} {style}"))
            for model, words in vocabularies(in_style(planted, style)).items():
                for shape, of in names.items():
                    row = {"source": source, "style": style, "shape": shape, "model": model}
                    yield {**row, "planted": len(of), "found": len(of & words)}


# -- what it costs ----------------------------------------------------------------------------------------


def costs(part: str, data: Path | None) -> Iterator[dict[str, object]]:
    """What is left out of reports without planted names, and what topics and vectors are worth with it and without."""
    for source in ("sample", *(("Open-i",) if data else ())):
        texts = reports_of(source, part, data)
        for style in STYLES:
            reads = [parse_report(text) for text in in_style(texts, style)]
            finder = NameFinder()
            for read in reads:
                finder.read(read)
            names = finder.names()
            counts = Counter(w for text in texts for w in set(text.lower().replace("-", " ").split()))
            lost = sorted((w for w in names if counts[w] >= 5), key=lambda w: -counts[w])
            row: dict[str, object] = {"source": source, "style": style, "lost": len(lost)}
            row["of"] = sum(n >= 5 for n in counts.values())
            row["words"] = lost[:20] if source == "sample" else []
            yield row
    for source in ("sample", *(("Open-i",) if data else ())):
        reads = [parse_report(text) for text in reports_of(source, part, data)]
        with_guard = topic_model(reads)
        without, other = topic_model(reads, guard=False), topic_model(reads, guard=False, seed=1)
        yield {
            "source": source,
            "coherence": [_coherence(model) for model in (without, with_guard)],
            "same nearest": [overlap(without, other), overlap(without, with_guard)],
        }


def _coherence(model: TopicModel) -> float:
    return float(np.mean([value for value in model.coherence["document"] if value is not None]))


def overlap(one: TopicModel, other: TopicModel) -> float:
    """The share of a word's ten nearest that are its ten nearest in another model too, over words that both have."""
    both = [word for word in one.vectors.words if word in other.vectors]
    shared = [
        len({w for w, _ in one.vectors.near(x)} & {w for w, _ in other.vectors.near(x)}) / 10 for x in both
    ]
    return float(np.mean(shared))


# -- tables -----------------------------------------------------------------------------------------------


def totals(rows: Iterable[Mapping[str, object]], *keys: str) -> dict[tuple[object, ...], tuple[int, int]]:
    """Planted and found words by some columns."""
    found: dict[tuple[object, ...], tuple[int, int]] = {}
    for row in rows:
        planted, there = found.get(tuple(row[k] for k in keys), (0, 0))
        found[tuple(row[k] for k in keys)] = planted + int(row["planted"]), there + int(row["found"])  # type: ignore[call-overload]
    return found


def show(rows: Sequence[Mapping[str, object]], before: Sequence[Mapping[str, object]]) -> None:
    """Print the tables."""
    for keys in (("source", "style", "model"), ("shape", "style")):
        now, then = totals(rows, *keys), totals(before, *keys)
        cells = [
            (*key, planted, then[key][1] if then else "", there) for key, (planted, there) in now.items()
        ]
        print(markdown((*keys, "planted", "found before", "found now"), cells) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path)
    parser.add_argument("--before", type=Path)
    parser.add_argument("--part", choices=PARTS, default=PARTS[1])
    parser.add_argument("--json", action="store_true", help="one JSON object a line, and no costs")
    options = parser.parse_args()
    rows = list(measure(options.part, options.data))
    if options.json:
        for row in rows:
            print(json.dumps(row))
        return
    before: list[dict[str, object]] = []
    if options.before:
        call = [sys.executable, __file__, "--json", "--part", options.part]
        call += ["--data", str(options.data)] if options.data else []
        environment = {**os.environ, "PYTHONPATH": str(options.before.resolve())}
        made = subprocess.run(call, env=environment, stdout=subprocess.PIPE, text=True, check=True)
        before = [json.loads(line) for line in made.stdout.splitlines() if line.startswith("{")]
    print(heading() + "\n")
    show(rows, before)
    lost, quality = [], []
    for row in costs(options.part, options.data):
        if "lost" in row:
            lost.append((row["source"], row["style"], row["of"], row["lost"], ", ".join(row["words"])))  # type: ignore[arg-type]
        else:
            pairs = (*row["coherence"], *row["same nearest"])  # type: ignore[misc]
            quality.append((row["source"], *(f"{value:.3f}" for value in pairs)))
    print(markdown(("source", "style", "words in 5 reports", "left out", "which"), lost) + "\n")
    heads = ("coherence without", "with", "ten nearest shared by two seeds", "without and with")
    print(markdown(("source", *heads), quality))


if __name__ == "__main__":
    main()
