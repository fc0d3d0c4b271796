"""Topics of a corpus whose reports speak of two things: rows, levels, and the model that gives them."""

from pathlib import Path

import pytest

from radmine.corpus import Corpus
from radmine.errors import CorpusError, InputError
from radmine.records import SentenceTopics, Topic, TopicMixture, Truth
from radmine.run import Job
from radmine.topics import STAGE, load_topics
from radmine.topics.fitting import Texts
from radmine.topics.score import score
from radmine.topics.stage import fit_texts
from tests.topics.two_kinds import (
    CHEST,
    HELD_OUT,
    KNEE,
    REPORTS,
    SETTINGS,
    digests,
    model_of,
    run,
    text_of,
    texts_of,
    write,
)

EMPTY = REPORTS - 2  # the report that says nothing
TOLD = [n for n in range(REPORTS) if n != EMPTY]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    made = write(tmp_path_factory.mktemp("home"), texts_of(REPORTS))
    outcome = run(made)
    assert (outcome.status, outcome.rejected) == ("done", 0)
    assert outcome.said == ("1 report has no word that the topics know, and no topic.",)
    return made


@pytest.fixture(scope="module")
def mixtures(corpus: Corpus) -> dict[int, TopicMixture]:
    return {int(m.report_id[1:]): m for m in corpus.records("topic_mixtures")}


@pytest.fixture(scope="module")
def of_sentences(corpus: Corpus) -> list[SentenceTopics]:
    return list(corpus.records("sentence_topics"))


@pytest.fixture(scope="module")
def texts(corpus: Corpus) -> tuple[Texts, Texts]:
    """Return what is fitted on and what is held out."""
    job = Job(corpus, STAGE, SETTINGS)
    with job.course:
        fitted, held_out, _ = fit_texts(job)
    return fitted, held_out


def topics(corpus: Corpus, level: str) -> list[Topic]:
    return [t for t in corpus.records("topics") if t.level == level]


def test_a_topic_speaks_of_one_kind_of_reports(corpus: Corpus, mixtures: dict[int, TopicMixture]) -> None:
    kinds = [{mixtures[n].topic for n in TOLD if n % 2 == k} for k in (0, 1)]
    assert sorted(kinds, key=min) == [{0}, {1}]
    of_kind = [topics(corpus, "document")[kind.pop()] for kind in kinds]
    for topic, own in zip(of_kind, (CHEST, KNEE), strict=True):
        stems = {word.strip(",") for word in own}
        assert {part for word in topic.words[:5] for part in word.split("_")} <= stems | {
            "no",
            "pneumothorax",
            "fracture",
        }
    assert "no_pneumothorax" in of_kind[0].words + of_kind[0].findings
    assert "no_pneumothorax" in of_kind[0].findings
    assert "pneumothorax" not in model_of(corpus).words


def test_rows_stand_beside_the_reports(corpus: Corpus, mixtures: dict[int, TopicMixture]) -> None:
    assert [f"R{n}" for n in range(REPORTS)] == corpus.read("reports").column("report_id").to_pylist()
    assert list(mixtures) == TOLD
    for table in ("topic_mixtures", "sentence_topics", "image_topics"):
        assert len(corpus.shards(table)) == len(corpus.shards("reports")) == 5
    for mixture in mixtures.values():
        assert sum(mixture.weights) == pytest.approx(1, abs=1e-5)
        assert sum(mixture.second_weights) == pytest.approx(1, abs=1e-5)
        assert mixture.weights[mixture.topic] == max(mixture.weights)


def test_a_part_belongs_to_the_strongest_topic(corpus: Corpus, mixtures: dict[int, TopicMixture]) -> None:
    parents = [t.parent for t in topics(corpus, "second")]
    assert parents == [0, 0, 1, 1]
    assert {t.parent for level in ("document", "sentence") for t in topics(corpus, level)} == {None}
    for mixture in mixtures.values():
        assert mixture.second is not None
        assert parents[mixture.second] == mixture.topic
        first = parents.index(mixture.topic)
        assert mixture.second_weights[mixture.second - first] == max(mixture.second_weights)


def test_the_referring_sentences_have_topics(
    mixtures: dict[int, TopicMixture], of_sentences: list[SentenceTopics]
) -> None:
    assert [(s.report_id, s.sentence) for s in of_sentences] == [(f"R{n}", 1) for n in TOLD]
    pairs = {(mixtures[n].topic, s.topic) for n, s in zip(TOLD, of_sentences, strict=True)}
    assert len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs}) == 2
    for row in of_sentences:
        assert row.topics[0] == row.topic
        assert list(row.weights) == sorted(row.weights, reverse=True)
        assert sum(row.weights) <= 1 + 1e-5


def test_an_image_has_the_topics_of_its_sentence_and_report(
    corpus: Corpus, mixtures: dict[int, TopicMixture], of_sentences: list[SentenceTopics]
) -> None:
    rows = {row.image_id: row for row in corpus.records("image_topics")}
    said = {row.report_id: row.topic for row in of_sentences}
    assert [f"I{n}" for n in TOLD] == [name for name in rows if name != f"I{EMPTY}"]
    for n in TOLD:
        row, mixture = rows[f"I{n}"], mixtures[n]
        assert (row.report_id, row.topic, row.second) == (f"R{n}", mixture.topic, mixture.second)
        assert row.sentence == said[f"R{n}"]


def test_topics_count_what_they_are_strongest_of(
    corpus: Corpus, mixtures: dict[int, TopicMixture], of_sentences: list[SentenceTopics]
) -> None:
    columns = {
        "document": [m.topic for m in mixtures.values()],
        "second": [m.second for m in mixtures.values()],
        "sentence": [s.topic for s in of_sentences],
    }
    for level, column in columns.items():
        found = topics(corpus, level)
        assert [t.topic for t in found] == list(range(len(found)))
        assert [t.documents for t in found] == [column.count(t.topic) for t in found]
        for topic in found:
            assert topic.name == " ".join(topic.words[:3])
            assert list(topic.weights) == sorted(topic.weights, reverse=True)
            assert topic.coherence is not None
    manifest = corpus.manifest("topics")
    assert manifest is not None
    assert manifest.notes["outcome"]
    assert score(corpus, Truth())


def test_the_saved_model_gives_the_mixtures_of_the_table(
    corpus: Corpus, mixtures: dict[int, TopicMixture]
) -> None:
    model = model_of(corpus)
    for n in (0, 1, REPORTS - 1):
        assert model.mixture(texts_of(REPORTS)[n]) == pytest.approx(mixtures[n].weights, abs=1e-6)
    assert model.mixture("") == pytest.approx([0.5, 0.5])
    assert model.mixture(texts_of(REPORTS)[EMPTY]) == pytest.approx([0.5, 0.5])


def test_a_level_that_is_saved_is_the_same_again(corpus: Corpus, tmp_path: Path) -> None:
    model = model_of(corpus)
    fingerprint = model.save(tmp_path / "copy", made_from="x", fitted_on=["y"])
    copy = load_topics(tmp_path / "copy")
    assert (copy.fingerprint, copy.words, copy.topics()) == (fingerprint, model.words, model.topics())
    assert (copy.facts["made_from"], copy.facts["fitted_on"]) == ("x", ["y"])
    assert copy.read(text_of(2)) == model.read(text_of(2))
    assert model.facts["perplexity"].keys() == {"document", "second", "sentence"}
    assert all(1 < value < len(model.words) for value in model.facts["perplexity"].values())


def test_names_are_no_words(corpus: Corpus) -> None:
    model = model_of(corpus)
    assert not [word for word in (*model.words, *model.vectors.words) if "quimbleby" in word]


def test_words_used_alike_are_similar(corpus: Corpus) -> None:
    model = model_of(corpus)
    assert "patella" in {word for name in model.vectors.words for word in name.split("_")}
    with pytest.raises(InputError):
        model.vectors.near("unheard-of")


def test_reports_of_the_test_part_are_not_fitted_on(corpus: Corpus, texts: tuple[Texts, Texts]) -> None:
    fitted, held_out = texts
    assert (len(fitted.reports), len(held_out.reports)) == (REPORTS - HELD_OUT, HELD_OUT)
    assert model_of(corpus).facts["reports"] == REPORTS - HELD_OUT


def test_the_same_corpus_gives_the_same_bytes(tmp_path: Path, corpus: Corpus) -> None:
    again = write(tmp_path, texts_of(REPORTS))
    run(again)
    assert digests(again) == digests(corpus)
    assert model_of(again).fingerprint == model_of(corpus).fingerprint


def test_a_missing_model_folder_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no topic model of three levels here"):
        load_topics(tmp_path)


# -- as gensim has it -------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", ["document", "second", "sentence"])
def test_gensim_has_the_same_words_of_the_same_topics(corpus: Corpus, level: str) -> None:
    model = model_of(corpus)
    theirs, ours = model.to_gensim(level), model.level(level)
    assert ours is not None
    assert theirs.num_topics == len(ours)
    assert theirs.get_topics() == pytest.approx(ours.weight, abs=1e-5)
    assert [theirs.id2word[n] for n in range(len(model.words))] == list(model.words)


def test_gensim_reads_reports_nearly_alike(corpus: Corpus, mixtures: dict[int, TopicMixture]) -> None:
    model = model_of(corpus)
    theirs = model.to_gensim()
    for n in (0, 1):
        words = [word for sentence in model.read(text_of(n)) for word in sentence]
        found = theirs.get_document_topics(theirs.id2word.doc2bow(words), minimum_probability=0)
        assert [weight for _, weight in found] == pytest.approx(mixtures[n].weights, abs=0.05)


def test_gensim_measures_the_coherence_that_is_told(corpus: Corpus, texts: tuple[Texts, Texts]) -> None:
    from gensim.models import CoherenceModel

    model = model_of(corpus)
    documents = [
        words for words in texts[0].joined(model.phrases).documents() if words
    ]  # else one window of none
    dictionary = model.to_gensim().id2word
    for topic in topics(corpus, "document"):
        words = list(topic.words)
        oracle = CoherenceModel(
            topics=[words],
            texts=documents,
            dictionary=dictionary,
            coherence="c_npmi",
            window_size=10,
            topn=len(words),
            processes=1,
        )
        assert topic.coherence == pytest.approx(oracle.get_coherence(), abs=1e-3)
