"""The topics stage: topics and words fitted once on a corpus, then what every report, sentence and image speaks of."""

from collections.abc import Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from radmine.corpus import Corpus, Shard
from radmine.errors import CorpusError, InputError
from radmine.files import data_digest, digest
from radmine.models import model_facts
from radmine.parse import NameFinder, names_digest
from radmine.records import (
    READ_TABLES,
    ReadReport,
    Rejected,
    SentenceTopics,
    Topic,
    TopicMixture,
)
from radmine.run import (
    Guard,
    Job,
    NotApplicable,
    Piece,
    Stage,
    to_list,
    uncollected,
)
from radmine.topics.columns import COLUMNS, corpus_columns, read_columns
from radmine.topics.fitting import Fitting, Texts, fit_topics
from radmine.topics.images import decided_elsewhere, image_topics
from radmine.topics.marks import apply_marks, lost_marks, marks_digest, read_marks
from radmine.topics.model import MODEL, TopicModel, load_topics
from radmine.topics.odds import finding_words
from radmine.topics.refits import moved_words, refits
from radmine.topics.score import level_counts, score
from radmine.topics.sentences import FINDING, REFERRING, around, told_sentences, windows
from radmine.topics.settings import TopicsSettings
from radmine.topics.words import leave_out, report_words

NAME = "topics"
_UNREADABLE = "unreadable_report"
_OVER = (*READ_TABLES, "references", "links")
_FITTED = (*READ_TABLES, "references")  # whose shards, once fitted on, have to be there for the model to stay
_HELD_OUT = 1000  # reports of the test part that the perplexity is measured on
_SLIGHT = 0.05  # a sentence's topics of less weight are not listed
_MOST = 5
_MADE = ("topic_mixtures", "sentence_topics", "image_topics")


def run(job: Job) -> None:
    """Fit topics and words on reports that are not of the test part, then write what all reports, sentences and images speak of.

    What was fitted before stays while the reports that it was fitted on do.
    """
    corpus = job.corpus
    if not corpus.rows("reports"):
        raise NotApplicable("the corpus has no reports")
    folder = corpus.folder / MODEL
    if not stands(job, folder):
        with uncollected():
            fit(job, folder)
    model = load_topics(folder)
    job.folders[MODEL] = model.fingerprint
    pieces = _pieces(job, folder)
    made = job.make_shards(mixture_shard, pieces, what="reports", tables=_MADE)
    job.add(made)
    topics = [
        replace(t, documents=n) for t, n in zip(model.topics(), _documents(job, model, made), strict=True)
    ]
    topics = apply_marks(topics, read_marks(corpus.folder))
    job.write("topics", topics)
    job.notes["outcome"] = level_counts(topics)
    silent = sum(p.size for p in pieces) - sum(s["topic_mixtures"].rows + s["rejected"].rows for s in made)
    _tell(job, model, topics, silent)


def _pieces(job: Job, folder: Path) -> list[Piece]:
    """Return a piece of work for each shard of reports, with the images that a report of another shard decides."""
    mark = [job.stage.name, job.stage.version, job.folders[MODEL], job.settings.limits.seconds]
    pieces = job.pieces(_OVER, job.settings, folder, columns=COLUMNS, marked_by=mark)
    others = decided_elsewhere(job.corpus)
    return [
        Piece(digest(piece.mark, sorted(images)), piece.size, (*piece.arguments, images))
        for piece, images in zip(pieces, others, strict=True)
    ]


def _documents(job: Job, model: TopicModel, made: Sequence[Mapping[str, Shard]]) -> list[int]:
    """Return of how many reports or sentences each topic is the strongest, level by level."""
    levels = model.levels
    counts = {
        name: np.zeros(len(level) if level else 0, np.int64)
        for name, level in (
            ("topic", levels.document),
            ("second", levels.second),
            ("sentence", levels.sentence),
        )
    }
    for shards in made:
        mixtures = job.corpus.read_shard(
            "topic_mixtures", shards["topic_mixtures"], columns=["topic", "second"]
        )
        sentences = job.corpus.read_shard("sentence_topics", shards["sentence_topics"], columns=["topic"])
        for name, column in (
            *zip(mixtures.column_names, mixtures.columns, strict=True),
            ("sentence", sentences.column(0)),
        ):
            counts[name] += np.bincount(column.to_numpy(), minlength=len(counts[name]))
    return [int(n) for of_level in counts.values() for n in of_level]


def stands(job: Job, folder: Path) -> bool:
    """Return whether the model of a folder was fitted by the settings as they are, on reports that are all still there, none of them now of the test part."""
    facts = model_facts(folder)
    if facts is None or facts.get("made_from") != fitted_by(job):
        return False
    return set(facts["fitted_on"]) <= set(fitted_on(job.corpus))


def fitted_on(corpus: Corpus) -> list[str]:
    """Return the fingerprints of what a model is fitted on, shard by shard: of reports, too, which are of the test part."""
    test = pa.array([s.patient_id for s in corpus.records("splits") if s.split == "test"], pa.string())
    marks = [shard.digest for table in _FITTED[1:] for shard in corpus.shards(table)]
    for shard in corpus.shards("reports"):
        patients = corpus.read_shard("reports", shard, columns=["patient_id"]).column(0)
        is_test = pc.is_in(patients, value_set=test).to_numpy()
        marks.append(digest(shard.digest, np.packbits(is_test).tobytes().hex()))
    return marks


def fitted_by(job: Job) -> str:
    """Return the fingerprint of all that decides how a model is fitted, but for the reports."""
    how = {f.name: getattr(job.settings, f.name) for f in fields(Fitting)}
    others = [job.settings.fit_reports, reading(job.settings), refits(job.corpus)]
    mark: str = digest(job.stage.name, job.stage.version, how, others, job.inputs["data files"])
    return mark


def fit(job: Job, folder: Path) -> None:
    """Fit the model into its folder, whole or not at all."""
    settings: TopicsSettings = job.settings
    texts, held_out, kind = fit_texts(job)
    if not any(any(sentences) for sentences in texts.reports):
        raise NotApplicable("no report has a word to fit on")
    fitting = Fitting(**{f.name: getattr(settings, f.name) for f in fields(Fitting)})
    device = job.execution.device if job.execution.device.startswith("cuda") else None
    try:
        model = fit_topics(
            texts,
            held_out,
            fitting,
            reading=reading(settings),
            facts={"sentence": kind, "of": job.corpus.rows("reports")},
            device=device,
            tell=lambda what: job.progress(0, None, what),
        )
    except InputError as error:  # too few reports, or too much alike: what rests on topics goes on without
        raise NotApplicable(error.what.rstrip(".").lower()) from error
    with suppress(CorpusError):  # there is none, or of another version
        job.notes["moved"] = moved_words(load_topics(folder), model, texts.reports)
    model.save(folder, made_from=fitted_by(job), fitted_on=fitted_on(job.corpus))


def reading(settings: TopicsSettings) -> dict[str, Any]:
    """Return how reports are read into words."""
    return {"skip_sections": list(settings.skip_sections), "join_negated": settings.join_negated}


def fit_texts(job: Job) -> tuple[Texts, Texts, str]:
    """Return the words of the reports to fit on, without names, those of some of the test part, and which sentences have topics."""
    corpus, settings = job.corpus, job.settings
    test = {s.patient_id for s in corpus.records("splits") if s.split == "test"}
    total = corpus.rows("reports")
    step = max(1, -(-total // settings.fit_reports))
    how = reading(settings)
    finder = NameFinder()
    fitted, held_out = Texts(), Texts()
    kind = REFERRING if _refers(corpus) else FINDING
    # One that cannot be read is set aside where its mixture is made.
    with Guard(lambda *_: None, otherwise=_UNREADABLE, seconds=settings.limits.seconds) as guard:
        for number, row in enumerate(corpus_columns(corpus, every=step)):
            is_test = row.patient_id in test
            if not (is_test and len(held_out.reports) >= _HELD_OUT):
                with guard(row.report_id):
                    words = report_words(row.read if is_test else finder.read(row.read), **how)
                    told = _said(row.read, told_sentences(kind, row.read, row.references, row.links))
                    findings = finding_words(row.read)
                    texts = held_out if is_test else fitted
                    texts.reports.append(words)
                    texts.findings.append(findings)
                    texts.told.append(told)
            if number % 1000 == 0:
                job.progress(number * step, total, "reports read")
    job.progress(total, total, "reports read")
    fitted.reports = leave_out(fitted.reports, finder.names())
    return fitted, held_out, kind


def _refers(corpus: Corpus) -> bool:
    """Return whether a sentence of the corpus refers to an image."""
    if corpus.rows("references"):
        return True
    return any(
        corpus.read_shard("links", shard, columns=["start"]).column(0).null_count < shard.rows
        for shard in corpus.shards("links")
    )


def _said(read: ReadReport, sentences: Sequence[int]) -> dict[int, frozenset[str]]:
    """Return what sentences of a report say of findings, each with its neighbours."""
    return {at: finding_words(read, around(at)) for at in sentences}


def mixture_shard(
    tables: Mapping[str, pa.Table], settings: TopicsSettings, folder: Path, elsewhere: Set[str]
) -> dict[str, list[Any]]:
    """Return the rows that a shard of reports has in the tables of topics, and of `rejected`.

    `elsewhere` are the images whose topics are those of a report of another shard.
    """
    model = load_topics(folder)
    names, documents = list[str](), list[list[str]]()
    told, near = list[tuple[str, int]](), list[list[str]]()
    rejected: list[Rejected] = []
    with Guard(to_list(rejected, NAME), otherwise=_UNREADABLE, seconds=settings.limits.seconds) as guard:
        for report_id, _, read, references, links in read_columns(tables):
            with guard(report_id):
                words = model.words_of(read)
                chosen = told_sentences(model.facts["sentence"], read, references, links)
                of_sentences = windows(words, chosen)
                names.append(report_id)
                documents.append([word for sentence in words for word in sentence])
                told += ((report_id, sentence) for sentence in chosen)
                near += of_sentences
    mixtures, sentences = _mixtures(model, names, documents), _sentence_topics(model, told, near)
    return {
        "topic_mixtures": mixtures,
        "sentence_topics": sentences,
        "image_topics": image_topics(tables, mixtures, sentences, elsewhere=elsewhere),
        "rejected": rejected,
    }


def _mixtures(model: TopicModel, names: list[str], documents: list[list[str]]) -> list[TopicMixture]:
    """Return the topics of the reports that have a word that the model knows."""
    bags = model.bags(documents)
    known = np.flatnonzero(np.diff(bags.ends))
    bags, names = bags.take(known), [names[place] for place in known.tolist()]
    mixtures = model.levels.document.mixtures(bags)
    strongest = mixtures.argmax(1)
    second = model.levels.second
    parts: dict[int, tuple[int, list[float]]] = {}
    for topic in np.unique(strongest).tolist():
        chosen = np.flatnonzero(strongest == topic)
        first = second.parts_of(topic).start
        for place, row in zip(chosen.tolist(), second.mixtures_in(topic, bags.take(chosen)), strict=True):
            parts[place] = (first + int(row.argmax()), row.tolist())
    return [
        TopicMixture(name, int(strongest[place]), tuple(row), parts[place][0], tuple(parts[place][1]))
        for place, (name, row) in enumerate(zip(names, mixtures.tolist(), strict=True))
    ]


def _sentence_topics(
    model: TopicModel, told: list[tuple[str, int]], near: list[list[str]]
) -> list[SentenceTopics]:
    """Return the topics of the sentences that have a word that the model knows."""
    level = model.levels.sentence
    if level is None:
        return []
    bags = model.bags(near)
    rows = list[SentenceTopics]()
    known = np.flatnonzero(np.diff(bags.ends))
    for place, row in zip(known.tolist(), level.mixtures(bags.take(known)), strict=True):
        best = np.argsort(-row, kind="stable")[:_MOST].tolist()
        kept = [t for t in best if row[t] >= _SLIGHT] or best[:1]
        weights = tuple(round(float(row[t]), 6) for t in kept)
        rows.append(SentenceTopics(*told[place], best[0], tuple(kept), weights))
    return rows


def _tell(job: Job, model: TopicModel, topics: Sequence[Topic], silent: int) -> None:
    """Say what topics were fitted on, how many were dropped, what has moved, which marks are lost, and when to fit anew."""
    levels, facts = model.levels, model.facts
    if not job.settings.sentence_topics:
        pass  # none are wanted
    elif levels.sentence is None:
        job.said.append(
            "No topics of sentences: none refers to an image, and none says that a finding is there."
        )
    elif facts["sentence"] == FINDING and _refers(job.corpus):
        job.said.append(
            "Sentences refer to images, which none did when the topics were fitted: "
            f"`radmine topics {job.corpus.name} --refit` fits topics of those."
        )
    elif facts["sentence"] == FINDING:
        job.said.append(
            "No sentence refers to an image: topics of sentences are of those that say a finding is there."
        )
    dropped = [f"{n:,} of the {name} level" for name, n in levels.rare.items() if n]
    if dropped:
        job.said.append(f"Rare topics dropped: {', '.join(dropped)}.")
    if silent:
        which = "1 report has" if silent == 1 else f"{silent:,} reports have"
        job.said.append(f"{which} no word that the topics know, and no topic.")
    if job.notes.get("moved"):
        job.said.append(job.notes["moved"])
    if lost := lost_marks(topics, read_marks(job.corpus.folder)):
        job.said.append(lost)
    reports = job.corpus.rows("reports")
    if reports > facts["of"]:
        later = (
            f"Of {reports:,} reports {reports - facts['of']:,} came after the fit and are read by its topics"
        )
        grown = reports >= 2 * facts["of"] and facts["of"] < job.settings.fit_reports
        job.said.append(
            f"{later}: `radmine topics {job.corpus.name} --refit` fits anew." if grown else f"{later}."
        )
    job.notes["dictionary"] = len(model.words)
    job.notes["words with a vector"] = len(model.vectors)


def given_to(corpus: Corpus) -> dict[str, str]:
    """Return what people gave the topics of a corpus: marks, and that they shall be fitted anew."""
    given = {"marks": marks_digest(corpus), "refits": str(refits(corpus) or "")}
    return {name: mark for name, mark in given.items() if mark}


STAGE = Stage(
    name=NAME,
    run=run,
    settings=TopicsSettings,
    reads=(*_OVER, "splits"),
    needs=("reports",),
    writes=("topics", "topic_mixtures", "sentence_topics", "image_topics", MODEL),
    score=score,
    data=lambda _corpus, _settings: digest(data_digest(Path(__file__).parent / "data"), names_digest()),
    given=given_to,
    version=5,
)
