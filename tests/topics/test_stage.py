"""Topics of a corpus whose reports speak of two things."""

from pathlib import Path

import numpy as np
import pytest

from radmine.corpus import Corpus
from radmine.errors import CorpusError, InputError
from radmine.records import Report, Split, TopicMixture, Truth
from radmine.run import run_stage
from radmine.topics import STAGE, TopicsSettings, load_topics
from radmine.topics.score import score
from tests.link.made import make_corpus

CHEST = [
    "pleural",
    "effusion,",
    "atelectasis,",
    "cardiomegaly,",
    "pneumonia",
    "and",
    "a",
    "catheter",
    "in",
    "the",
    "atrium",
]
KNEE = [
    "meniscus",
    "tear,",
    "ligament",
    "sprain,",
    "tendon,",
    "cartilage",
    "and",
    "bone",
    "marrow",
    "edema",
    "of",
    "the",
    "femur",
]
SETTINGS = TopicsSettings(topics=2, passes=8, min_reports=3, vector_size=16, epochs=300)


def reports(n: int) -> list[Report]:
    rng = np.random.default_rng(0)
    texts = [f"FINDINGS: There is {' '.join(rng.permutation((CHEST, KNEE)[i % 2]))}." for i in range(n)]
    return [Report(f"R{i}", f"P{i}", text, "test") for i, text in enumerate(texts)]


def run(home: Path, n: int = 40, *, empty: bool = False) -> Corpus:
    rows = reports(n) + ([Report("E", "E", "FINDINGS: The of and.", "test")] if empty else [])
    splits = [
        Split(r.patient_id, "test" if i % 10 > 7 else "train", r.patient_id, "drawn")
        for i, r in enumerate(rows)
    ]
    corpus = make_corpus(home, rows, splits=splits, shard=15)
    run_stage(corpus, STAGE, SETTINGS)
    return corpus


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return run(tmp_path_factory.mktemp("topics"), empty=True)


def test_topics_tell_the_two_kinds_of_reports_apart(corpus: Corpus) -> None:
    mixtures = {m.report_id: m for m in corpus.records("topic_mixtures")}
    chest, knee = ({mixtures[f"R{i}"].topic for i in range(k, 40, 2)} for k in (0, 1))
    assert len(chest) == len(knee) == 1
    assert chest != knee


def test_topics_are_named_by_their_strongest_words(corpus: Corpus) -> None:
    for topic in corpus.records("topics"):
        assert topic.name == " ".join(topic.words[:3])
        assert list(topic.weights) == sorted(topic.weights, reverse=True)
        assert topic.coherence is not None
    assert [s.n for s in score(corpus, Truth())] == [2]


def test_mixtures_stand_beside_the_reports_and_sum_to_one(corpus: Corpus) -> None:
    rows: list[TopicMixture] = list(corpus.records("topic_mixtures"))
    assert [r.report_id for r in rows] == corpus.read("reports").column("report_id").to_pylist()
    assert [s.rows for s in corpus.shards("topic_mixtures")] == [s.rows for s in corpus.shards("reports")]
    assert all(sum(r.weights) == pytest.approx(1, abs=1e-5) for r in rows)


def test_a_report_without_words_gets_the_prior(corpus: Corpus) -> None:
    model = load_topics(corpus.folder / "models" / "topics")
    assert model.mixture("") == pytest.approx(model.alpha / model.alpha.sum())
    assert list(corpus.records("topic_mixtures"))[-1].weights == pytest.approx(model.mixture(""))


def test_the_saved_model_gives_the_mixtures_of_the_table(corpus: Corpus) -> None:
    model = load_topics(corpus.folder / "models" / "topics")
    report, mixture = next(iter(corpus.records("reports"))), next(iter(corpus.records("topic_mixtures")))
    assert model.mixture(report.text) == pytest.approx(mixture.weights, abs=1e-6)


def test_inference_agrees_with_gensim(corpus: Corpus) -> None:
    from gensim.corpora import Dictionary
    from gensim.models import LdaModel

    model = load_topics(corpus.folder / "models" / "topics")
    words = [w for s in model.read(reports(1)[0].text) for w in s]
    names = Dictionary.from_corpus([[(i, 1)] for i in range(len(model.words))], dict(enumerate(model.words)))
    oracle = LdaModel(num_topics=2, id2word=names, alpha=model.alpha, iterations=200, gamma_threshold=1e-6)
    oracle.expElogbeta = model.expected
    bag = [(model.words.index(w), words.count(w)) for w in sorted(set(words)) if w in model.words]
    gamma, _ = oracle.inference([bag])
    assert model.mixture_of(words) == pytest.approx(gamma[0] / gamma[0].sum(), abs=0.01)


def test_words_used_alike_are_similar(corpus: Corpus) -> None:
    model = load_topics(corpus.folder / "models" / "topics")
    near = [word for word, _ in model.similar("Meniscus", k=4)]
    assert set(near) <= {w.strip(",") for w in KNEE}
    with pytest.raises(InputError):
        model.similar("unheard-of")


def test_the_same_corpus_gives_the_same_bytes(tmp_path: Path, corpus: Corpus) -> None:
    again = run(tmp_path, empty=True)
    for table in ("topics", "topic_mixtures"):
        assert [s.digest for s in again.shards(table)] == [s.digest for s in corpus.shards(table)]


def test_reports_of_the_test_part_are_not_fitted_on(corpus: Corpus) -> None:
    from radmine.run import Job
    from radmine.topics.stage import fit_reports

    assert len(list(fit_reports(Job(corpus, STAGE, SETTINGS)))) == 33


def test_a_corpus_without_words_has_no_topics(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path, [Report("E", "E", "The of and.", "test")])
    outcome = run_stage(corpus, STAGE, SETTINGS)
    assert (outcome.status, outcome.reason) == ("not applicable", "no report has a word to fit on")
    assert corpus.rows("topics") == corpus.rows("topic_mixtures") == 0


def test_a_missing_model_folder_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no topic model here"):
        load_topics(tmp_path)
