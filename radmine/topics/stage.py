"""The topics stage: topics and word vectors fitted once on a corpus, then every report's mixture."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import pyarrow as pa

from radmine.errors import InputError
from radmine.files import data_digest, digest
from radmine.models import model_facts
from radmine.parse import NameFinder, names_digest, unlabelled_sections
from radmine.records import READ_TABLES, Rejected, TopicMixture, read_reports
from radmine.run import (
    MOST_WORKERS,
    Guard,
    Job,
    Limits,
    NotApplicable,
    Stage,
    require_choice,
    require_form,
    require_within,
    to_list,
    uses,
)
from radmine.topics.model import Fitting, fit_topics, load_topics
from radmine.topics.score import score
from radmine.topics.words import leave_out, report_words

NAME = "topics"
FOLDER = "models/topics"
_UNREADABLE = "unreadable_report"
COHERENCE = ("u_mass", "c_v", "c_npmi")


@dataclass(frozen=True, slots=True)
class TopicsSettings:
    """What is fitted, and on what."""

    # How many topics.
    topics: int = 20
    # How often the fit goes over the reports.
    passes: int = 5
    # A word must occur in so many reports (in a tenth of them, where there are few).
    min_reports: int = 5
    # A word that occurs in a larger share of the reports is left out.
    max_share: float = 0.5
    # Length of the word vectors.
    vector_size: int = 100
    # How often the word vectors go over the reports.
    epochs: int = 10
    # How topics are scored: u_mass | c_v | c_npmi
    coherence: str = "u_mass"
    # Sections left out: what was asked and how, not what was found.
    skip_sections: tuple[str, ...] = tuple(sorted(unlabelled_sections()))
    # A finding that is denied is one word: no_pleural_effusion.
    join_negated: bool = True
    # At most so many reports are fitted on, spread evenly.
    fit_reports: int = 200_000
    # Seed of the topics and the word vectors.
    seed: int = 0
    # Threads of the fit; gensim repeats itself only with one.
    fit_workers: int = 1
    limits: Limits = field(default=Limits(), metadata=uses("seconds"))

    def __post_init__(self) -> None:
        many, seeds = (1, 100_000), (0, 2**32 - 1)
        require_within(self, topics=many, passes=many, vector_size=many, epochs=many, seed=seeds)
        require_within(self, min_reports=(1, 2**31), fit_reports=(1, 2**31), fit_workers=(1, MOST_WORKERS))
        require_within(self, max_share=(0, 1))
        require_choice(self, coherence=COHERENCE)
        require_form(
            self, skip_sections="[a-z0-9]+(_[a-z0-9]+)*", like="past_history: a `name` of `sections`"
        )


def run(job: Job) -> None:
    """Fit topics and word vectors on all reports but those of the test part, then give every report its mixture."""
    if not job.corpus.rows("reports"):
        raise NotApplicable("the corpus has no reports")
    folder = job.corpus.folder / FOLDER
    settings: TopicsSettings = job.settings
    if made_from(folder) != job.fingerprint:
        fit(job, folder)
    model = load_topics(folder)
    job.folders[FOLDER] = model.fingerprint
    job.write("topics", model.topics())
    mark = [job.stage.name, job.stage.version, job.fingerprint]
    pieces = job.pieces(READ_TABLES, settings, folder, marked_by=mark)
    job.add(job.make_shards(mixture_shard, pieces, what="reports", tables=("topic_mixtures",)))
    job.notes["dictionary"] = len(model.words)
    job.notes["words with a vector"] = len(model.vector_words)


def fit(job: Job, folder: Path) -> None:
    """Fit the model into its folder, whole or not at all."""
    settings: TopicsSettings = job.settings
    reports = fit_reports(job)
    if not any(reports):
        raise NotApplicable("no report has a word to fit on")
    job.progress(0, None, "fitting topics")
    fitting = Fitting(**{f.name: getattr(settings, f.name) for f in fields(Fitting)})
    try:
        model = fit_topics(reports, fitting, reading=reading(settings))
    except InputError as error:  # too few reports, or too much alike: what rests on topics goes on without
        raise NotApplicable(error.what.rstrip(".").lower()) from error
    model.save(folder, made_from=job.fingerprint)


def reading(settings: TopicsSettings) -> dict[str, Any]:
    """Return how reports are read into words."""
    return {"skip_sections": list(settings.skip_sections), "join_negated": settings.join_negated}


def fit_reports(job: Job) -> list[list[list[str]]]:
    """Return the words of the reports to fit on, without names: not the test part's, and at most so many as the settings say."""
    corpus, settings = job.corpus, job.settings
    test = {s.patient_id for s in corpus.records("splits") if s.split == "test"}
    total = corpus.rows("reports")
    step = max(1, -(-total // settings.fit_reports))
    how = reading(settings)
    finder, words = NameFinder(), list[list[list[str]]]()
    # One that cannot be read is set aside where its mixture is made.
    with Guard(lambda *_: None, otherwise=_UNREADABLE, seconds=settings.limits.seconds) as guard:
        for number, (report_id, read, of) in enumerate(corpus.read_reports(also=("reports",), every=step)):
            if of["reports"][0].patient_id not in test:
                with guard(report_id):
                    words.append(report_words(finder.read(read), **how))
            if number % 1000 == 0:
                job.progress(number * step, total, "reports read")
    job.progress(total, total, "reports read")
    return leave_out(words, finder.names())


def made_from(folder: Path) -> str | None:
    """Return the fingerprint of the run that fitted the model in a folder, None where there is none."""
    facts = model_facts(folder)
    return None if facts is None else facts.get("made_from")


def mixture_shard(
    tables: Mapping[str, pa.Table], settings: TopicsSettings, folder: Path
) -> dict[str, list[Any]]:
    """Return the rows of `topic_mixtures` and `rejected` of a shard of reports."""
    model = load_topics(folder)
    rows: list[TopicMixture] = []
    rejected: list[Rejected] = []
    how, seconds = reading(settings), settings.limits.seconds
    with Guard(to_list(rejected, NAME), otherwise=_UNREADABLE, seconds=seconds) as guard:
        for report_id, read in read_reports(tables):
            with guard(report_id):
                weights = model.mixture_of(
                    [word for sentence in report_words(read, **how) for word in sentence]
                )
                topic = max(range(len(weights)), key=weights.__getitem__)
                rows.append(TopicMixture(report_id, topic, weights))
    return {"topic_mixtures": rows, "rejected": rejected}


STAGE = Stage(
    name=NAME,
    run=run,
    settings=TopicsSettings,
    reads=(*READ_TABLES, "splits"),
    needs=("reports",),
    writes=("topics", "topic_mixtures", FOLDER),
    score=score,
    data=lambda _corpus, _settings: digest(data_digest(Path(__file__).parent / "data"), names_digest()),
    version=4,
)
