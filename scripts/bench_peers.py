"""Other readers of clinical text, each in an environment of its own, asked the same questions as ours.

`bench_parse.py --peers` calls this. A peer lives in `build/peers/NAME`, a virtual environment into which its package is
installed once (remove the folder to install it again), and answers there: this same file runs in it with `--answer NAME`,
reads one request from standard input and writes one line of JSON, so it imports nothing of ours. No peer gets a trained model: they run
on their own rules, with spaCy's blank English pipeline and a sentence splitter by rule where they want one.
"""

import json
import os
import re
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = Path(__file__).parent.parent / "build" / "peers"
REPEAT = 3  # the best of so many runs counts

Span = tuple[int, int]


class Flags(NamedTuple):
    """What a peer says of a span; None where it knows no such thing."""

    negated: bool
    uncertain: bool | None = None
    historical: bool | None = None
    elsewhere: bool | None = None  # hypothetical, or of another person


Judge = Callable[[str, Sequence[Span]], list[Flags]]


@dataclass(frozen=True)
class Peer:
    """A package and how it judges spans of a text."""

    package: str  # with its version
    judge: (
        Callable[[Mapping[str, str]], Judge] | None
    )  # gets the files that the peer reads; None: it never installed
    whole_reports: bool = False  # splits sentences itself


@dataclass(frozen=True)
class Answer:
    """What a peer said of each text, and how long all texts took, in seconds of processor time."""

    flags: list[list[tuple[str, Flags]]]  # for each text, the span's name and what is said of it
    seconds: float


# -- in the peer's environment ----------------------------------------------------------------------------


def _pynegex(_files: Mapping[str, str]) -> Judge:
    from pynegex.model import negex, runners

    triggers = Path(runners.__file__).parent / "triggersets" / "chapman-en.txt"
    rules = negex.sortRules(triggers.read_text().splitlines())

    def judge(text: str, spans: Sequence[Span]) -> list[Flags]:
        sentence = " ".join(text.split())
        phrases = [" ".join(text[start:end].split()) for start, end in spans]
        taggers = [
            negex.negTagger(sentence=sentence, phrases=[phrase], rules=rules, negP=False)
            for phrase in phrases
        ]
        return [Flags(tagger.getNegationFlag() == "negated") for tagger in taggers]

    return judge


def _pycontextnlp(files: Mapping[str, str]) -> Judge:
    from pyConTextNLP import ConTextMarkup, itemData

    modifiers = itemData.instantiateFromCSVtoitemData(files["pycontext"])
    negations = {"definite_negated_existence", "probable_negated_existence"}
    doubts = {"ambivalent_existence", "probable_existence"}

    def categories(sentence: str, phrase: str) -> set[str]:
        markup = ConTextMarkup.ConTextMarkup()
        markup.setRawText(sentence)
        markup.cleanText()
        markup.markItems(modifiers, mode="modifier")
        markup.markItems([itemData.contextItem((phrase, "TARGET", re.escape(phrase), ""))], mode="target")
        markup.pruneMarks()
        markup.dropMarks("Exclusion")
        markup.applyModifiers()
        markup.pruneSelfModifyingRelationships()
        markup.dropInactiveModifiers()
        # its own getModifiers sorts what networkx no longer gives as a list
        return {c for n in markup.getMarkedTargets() for m in markup.predecessors(n) for c in m.getCategory()}

    def judge(text: str, spans: Sequence[Span]) -> list[Flags]:
        sentence = " ".join(text.lower().split())
        found = []
        for start, end in spans:
            try:
                found.append(categories(sentence, " ".join(text[start:end].lower().split())))
            except TypeError:  # two marks of equal place: it compares dicts, as Python 2 did
                found.append(set())
        return [
            Flags(bool(f & negations), bool(f & doubts), "historical" in f, "hypothetical" in f)
            for f in found
        ]

    return judge


def _negspacy(_files: Mapping[str, str]) -> Judge:
    import spacy
    from negspacy.negation import Negex  # noqa: F401

    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.add_pipe("negex")
    return _spacy_judge(nlp, lambda entity: Flags(bool(entity._.negex)))


def _medspacy(_files: Mapping[str, str]) -> Judge:
    import medspacy  # noqa: F401
    import spacy

    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")  # seven times as fast as its own splitter, PyRuSH
    nlp.add_pipe("medspacy_context")

    def flags(entity: Any) -> Flags:
        e = entity._
        return Flags(e.is_negated, e.is_uncertain, e.is_historical, e.is_hypothetical or e.is_family)

    return _spacy_judge(nlp, flags)


def _spacy_judge(nlp: Any, flags: Callable[[Any], Flags]) -> Judge:
    from spacy.util import filter_spans

    def judge(text: str, spans: Sequence[Span]) -> list[Flags]:
        doc = nlp.make_doc(text)
        entities = [doc.char_span(s, e, label="FINDING", alignment_mode="expand") for s, e in spans]
        doc.ents = filter_spans([e for e in entities if e is not None])
        for _, component in nlp.pipeline:
            doc = component(doc)
        said = {entity.start: flags(entity) for entity in doc.ents}
        return [Flags(False) if e is None else said.get(e.start, Flags(False)) for e in entities]

    return judge


PEERS: dict[str, Peer] = {
    "NegEx (pynegex)": Peer("pynegex==0.0.3.dev0", _pynegex),
    "negspaCy": Peer("negspacy==1.1.0", _negspacy, whole_reports=True),
    "medspaCy": Peer("medspacy==1.3.1", _medspacy, whole_reports=True),
    "pyConTextNLP": Peer("pyConTextNLP==0.7.0.1", _pycontextnlp),
    "RadText": Peer("radtext==1.0.dev8", None),
}


def find_phrases(text: str, phrases: re.Pattern[str], names: Sequence[str]) -> Iterator[tuple[str, Span]]:
    """Yield the named phrases in a text; a phrase without a name is there to hide what it holds."""
    for match in phrases.finditer(text):
        name = names[int(str(match.lastgroup)[1:])]
        if name:
            yield name, match.span()


def phrase_pattern(phrases: Mapping[str, Sequence[str]]) -> str:
    """Return the pattern with a group for each name (g0, g1, ...) of lists of regular expressions."""
    return "|".join(f"(?P<g{i}>{'|'.join(listed)})" for i, listed in enumerate(phrases.values()) if listed)


def _answer(name: str) -> None:
    """Answer the request on standard input, in the environment of a peer."""
    request = json.load(sys.stdin)
    make = PEERS[name].judge
    assert make is not None
    judge = make(request["files"])
    named = request["phrases"]
    pattern = re.compile(phrase_pattern(named), re.IGNORECASE) if named else None
    names = list(named or ())

    def work(text: str, spans: Sequence[Span]) -> list[tuple[str, Flags]]:
        found = list(find_phrases(text, pattern, names)) if pattern else [("", (s, e)) for s, e in spans]
        return list(zip([n for n, _ in found], judge(text, [span for _, span in found]), strict=True))

    items = request["items"]
    for item in items[:5]:
        work(*item)
    seconds = []
    for _ in range(REPEAT):
        started = time.process_time()
        said = [work(*item) for item in items]
        seconds.append(time.process_time() - started)
    sys.stdout.write("\n" + json.dumps({"said": said, "seconds": min(seconds)}) + "\n")


# -- on our side ------------------------------------------------------------------------------------------


def environment(name: str) -> Path | str:
    """Return the Python of a peer's environment, installed where it is not yet, or why it cannot be."""
    folder = FOLDER / name.split(" ")[0]
    python, installed, log = folder / "bin" / "python", folder / "installed.txt", folder / "install.log"
    package = PEERS[name].package
    if not installed.exists() or installed.read_text().split("\n")[0] != package:
        venv.create(folder, with_pip=True, clear=True)
        with log.open("w") as stream:
            pip = [str(python), "-m", "pip", "install", "--quiet", package]
            done = subprocess.run(pip, stdout=stream, stderr=subprocess.STDOUT)
        installed.write_text(f"{package}\n{done.returncode}\n")
    return python if installed.read_text().split("\n")[1] == "0" else f"{package} does not install"


def ask(
    name: str,
    items: Sequence[tuple[str, Sequence[Span]]],
    *,
    phrases: Mapping[str, Sequence[str]] | None = None,
    files: Mapping[str, str],
) -> Answer | str:
    """Return what a peer says of spans of texts, or why it says nothing.

    Parameters
    ----------
    items
        Texts, each with the spans to judge.
    phrases
        Regular expressions by the name of what they find; if given, the peer judges what they find instead.
    files
        Files that peers read, by name.
    """
    python = environment(name)
    if isinstance(python, str):
        return python
    if PEERS[name].judge is None:
        return "installs, but has no adapter here"
    request = json.dumps({"items": items, "phrases": phrases, "files": files})
    done = subprocess.run(
        [str(python), __file__, "--answer", name],
        input=request,
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": "", "PYTHONWARNINGS": "ignore"},
    )
    if done.returncode:
        return (
            f"stops with {done.stderr.strip().splitlines()[-1][:120] if done.stderr.strip() else 'no word'}"
        )
    answer = json.loads(done.stdout.splitlines()[-1])
    return Answer([[(n, Flags(*f)) for n, f in said] for said in answer["said"]], answer["seconds"])


# -- published phrases ------------------------------------------------------------------------------------

# Phrases that name an organ: their labelers count them unless a pattern calls the organ normal. Peers do better without them.
ORGANS = {
    "the heart",
    "heart size",
    "cardiac size",
    "cardiac shadow",
    "cardiac contour",
    "cardiac silhouette",
}


def chexpert_phrases(folder: Path, labels: Collection[str]) -> dict[str, list[str]]:
    """Return the CheXpert labeler's phrases, as regular expressions, by label; under "" what hides one."""
    names = {name.lower(): name for name in labels} | {
        "pleural_effusion": "Effusion",
        "lung_lesion": "Nodule or Mass",
    }
    phrases: dict[str, list[str]] = {"": []}
    for kind in ("unmention", "mention"):
        for file in sorted((folder / "chexpert_phrases" / "phrases" / kind).glob("*.txt")):
            if file.stem in names:
                listed = [p for p in file.read_text().split("\n") if p and p not in ORGANS]
                found = phrases.setdefault(names[file.stem] if kind == "mention" else "", [])
                found += [re.escape(p).replace("_", r"\s") for p in listed]
    return phrases


def radtext_phrases(folder: Path, labels: Collection[str]) -> dict[str, list[str]]:
    """Return RadText's phrases for some findings, as regular expressions, by label; under "" what hides one."""
    names = {"Pleural Effusion": "Effusion", "Pleural Thickening": "Pleural_Thickening"}
    phrases: dict[str, list[str]] = {"": []}
    name, key = "", ""
    for line in (folder / "radtext" / "cxr14_phrases_v2.yml").read_text().splitlines():
        text = line.strip()
        if not line.startswith(" ") and text.endswith(":"):
            name = names.get(text[:-1], text[:-1])
        elif text.endswith(":"):
            key = text[:-1]
        elif text.startswith("- ") and name in labels and text[2:] not in ORGANS:
            phrases.setdefault(name if key == "include" else "", []).append(text[2:].strip("'"))
    return phrases


if __name__ == "__main__":
    if sys.argv[1:2] != ["--answer"]:
        sys.exit("bench_parse.py --peers runs this.")
    _answer(sys.argv[2])
