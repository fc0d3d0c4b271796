"""Trained voters and the trained classifier of abnormal sentences: made, kept in a folder, loaded."""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from os import PathLike
from pathlib import Path

from radmine.corpus import Corpus
from radmine.errors import InputError
from radmine.label.abnormal import kinds_of
from radmine.label.reading import NOT_FOUND, ReadReport
from radmine.label.report import cast_votes, labels_of
from radmine.label.text_model import TextModel, fit_text_model, load_text_model, text_terms
from radmine.label.voters import VOTERS, Voter
from radmine.records import TABLES, Assertion, Vote, by_report

Folder = str | PathLike[str]

MOST_REPORTS = 200_000  # to train on, spread evenly over the corpus
LEAST_PRESENT = 20  # reports in which a finding must be present to get a voter of its own
VOTES_FROM = 0.5  # on a finding that the report does not name


# -- voters -------------------------------------------------------------------------------------------


def load_voters(folder: Folder) -> dict[str, Voter]:
    """Return the trained voters of a folder.

    Raises
    ------
    CorpusError
        It holds none.
    """
    model = _load(Path(folder), "voters", "Make them with `radmine label NAME --train-voters`.")
    return {"text": lambda read: text_votes(read, model)}


def text_votes(read: ReadReport, model: TextModel) -> Iterator[tuple[str, Vote]]:
    """Yield what the words of a report say of the findings that it names, and of others where they are likely present."""
    named = {mention.finding for mention in read.mentions}
    for finding, probability in model.probabilities(text_terms(found_text(read))).items():
        if finding in named or probability >= VOTES_FROM:
            assertion = Assertion.PRESENT if probability >= VOTES_FROM else Assertion.ABSENT
            yield finding, Vote("text:words", assertion, probability)


def train_voters(reports: Iterable[ReadReport], folder: Folder) -> TextModel:
    """Return a text classifier for each finding, trained on the rules' own labels and written into a folder.

    It learns which words go with a finding, and so sees findings in words that the lexicon lacks.

    Raises
    ------
    InputError
        No finding is present in enough reports.
    """
    texts, present = [], []
    for read in reports:
        texts.append(text_terms(found_text(read)))
        labels = labels_of(cast_votes(read, VOTERS))
        present.append({f for f, label in labels.items() if label.assertion is Assertion.PRESENT})
    everywhere = sorted({finding for findings in present for finding in findings})
    targets = {finding: [finding in findings for findings in present] for finding in everywhere}
    enough = {f: t for f, t in targets.items() if LEAST_PRESENT <= sum(t) < len(t)}
    if not enough:
        raise InputError(
            f"No finding is present in {LEAST_PRESENT} of the reports to train on.",
            where="training",
            do="Train on more reports, or use the rules alone.",
        )
    model = fit_text_model(texts, enough)
    model.save(Path(folder), kind="voters")
    return model


def training_reports(corpus: Corpus) -> Iterator[ReadReport]:
    """Yield the reports of the train part, read: what `train_voters` learns from."""
    train = {s.patient_id for s in corpus.records("splits") if s.split == "train"}
    step = max(1, -(-corpus.rows("reports") // MOST_REPORTS))
    tables = ("reports", "sections", "sentences", "mentions")
    place = 0
    for group in zip(*(corpus.shards(t) for t in tables), strict=True):
        reports, *parts = (corpus.read_shard(t, s) for t, s in zip(tables, group, strict=True))
        sections, sentences, mentions = (
            by_report(TABLES[t], p) for t, p in zip(tables[1:], parts, strict=True)
        )
        for row in reports.select(["report_id", "patient_id", "text"]).to_pylist():
            place += 1
            name = row["report_id"]
            if row["patient_id"] in train and place % step == 0 and name in sections:
                yield ReadReport(row["text"], sections[name], sentences.get(name, []), mentions.get(name, []))


def found_text(read: ReadReport) -> str:
    """Return the sentences of a report that say what is found."""
    return "\n".join(
        read.text[s.start : s.end] for s in read.sentences if read.sections[s.section].name not in NOT_FOUND
    )


# -- abnormal sentences ---------------------------------------------------------------------------------


def load_abnormal(folder: Folder) -> Callable[[str], float]:
    """Return the classifier of abnormal sentences in a folder: a sentence in, its probability out.

    Raises
    ------
    CorpusError
        The folder holds none.
    """
    model = _load(Path(folder), "abnormal sentences", "Make it with `radmine.label.train_abnormal`.")
    return lambda sentence: model.probabilities(abnormal_terms(sentence))["abnormal"]


def train_abnormal(sentences: Iterable[tuple[str, bool]], folder: Folder) -> TextModel:
    """Return a classifier of abnormal sentences, trained on labelled ones and written into a folder.

    Raises
    ------
    InputError
        All are labelled alike.
    """
    rows = list(sentences)
    texts = [abnormal_terms(sentence) for sentence, _ in rows]
    model = fit_text_model(texts, {"abnormal": [bool(label) for _, label in rows]})
    model.save(Path(folder), kind="abnormal sentences")
    return model


def abnormal_terms(sentence: str) -> list[str]:
    """Return the words and word pairs of a sentence, and the kinds of cues that the rules find in it."""
    return [*text_terms(sentence), *(f"<{kind}>" for kind in kinds_of(sentence))]


def _load(folder: Path, kind: str, make: str) -> TextModel:
    written = folder / "model.json"
    return _load_once(folder, written.stat().st_mtime_ns if written.exists() else 0, kind, make)


@lru_cache(maxsize=8)
def _load_once(folder: Path, written: int, kind: str, make: str) -> TextModel:
    return load_text_model(folder, kind=kind, make=make)
