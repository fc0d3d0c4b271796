"""No model that is made of reports keeps the names in them: they are made up, and planted in every report and in some."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
from pyarrow import feather
from safetensors.numpy import load_file

from radmine import embed, link, search, topics
from radmine.corpus import Corpus
from radmine.label import train_abnormal, train_voters
from radmine.label.voters.taught import teach
from radmine.models import strings_of
from radmine.parse import parse_report, without_names
from radmine.records import Report, Split
from radmine.run import run_stage
from radmine.search.text import terms_in
from tests.link.made import make_corpus

SAID = [
    "Small left pleural effusion with mild atelectasis. COPD. The heart is normal.",
    "There is a gallstone in the gallbladder, which is shrunken. CT of the abdomen.",
    "No pneumothorax. Kerley B lines and pulmonary edema, as on the MRI.",
    "Displaced fracture of the distal tibia, seen with a bone window.",
]
NAMES = "jane quentin rowling ramsgate harbour thistlewick vandermolen brathwick hargreave quill ostley pemberlow kqx zr"
HEAD = "Ramsgate General Hospital\n12 Harbour Street, Ramsgate, KY 40312\nMRN: KQX2213ZR\n"
FOOT = "\nDictated by: THISTLEWICK\nElectronically signed by: Jane Quentin Rowling, MD on 3 October 2019"
SOME = (
    " Discussed with Dr. van Vandermolen-Brathwick.",
    " Dear Mr. Hargreave, we saw you.",
    " As Quill asked, compared with Ostley.",
    " d/w dr. pemberlow.",
)
STYLES = {"mixed": str, "capitals": str.upper, "small": str.lower}
# In capitals, or in lower case, nothing shows that these are names.
WITHOUT_CUE = {"quill", "ostley"}
TRADE = {"pleural", "atelectasis", "copd", "gallbladder", "kerley", "mri", "tibia", "fracture", "edema"}


def texts_in(style: str) -> list[str]:
    made = [
        HEAD + "FINDINGS: " + SAID[n % 4] + SOME[n // 4 % 4] * (n % 3 > 0) + f" Case {n}." + FOOT
        for n in range(96)
    ]
    return [STYLES[style](text) for text in made]


@pytest.fixture(scope="module", params=STYLES)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Corpus]:
    home = tmp_path_factory.mktemp(request.param)
    reports = [Report(f"R{n}", f"P{n}", text, "test") for n, text in enumerate(texts_in(request.param))]
    splits = [Split(r.patient_id, "train", r.patient_id, "drawn") for r in reports]
    corpus = make_corpus(home, reports, splits=splits)
    run_stage(corpus, link.STAGE, link.LinkSettings())
    run_stage(corpus, topics.STAGE, topics.TopicsSettings(topics=3, sweeps=5, vector_words=20_000))
    train_voters(corpus, kinds=("words", "topics"))
    run_stage(corpus, embed.STAGE, embed.EmbedSettings())
    return request.param, corpus


def words_of(folder: Path) -> Iterator[str]:
    """Yield every word that the saved files of a folder hold as text."""
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".json":
            yield from parts_of([path.read_text("utf-8")])
        elif path.suffix == ".safetensors":
            for name, array in load_file(path).items():
                if name in {"words", "vector_words", "terms"} and array.dtype == np.uint8:
                    yield from parts_of(strings_of(array))


def parts_of(terms: Iterable[str]) -> Iterator[str]:
    """Yield the words that terms are made of: a phrase has "_" between them, what is joined "-"."""
    for term in terms:
        yield from re.findall(r"[^\W_]+", term.lower())


@pytest.mark.parametrize("model", ["topics", "text", "voters"])
def test_names_are_in_no_vocabulary_and_the_words_of_the_trade_are(
    made: tuple[str, Corpus], model: str
) -> None:
    style, corpus = made
    words = set(words_of(corpus.folder / "models" / model))
    names = set(NAMES.split()) - (WITHOUT_CUE if style != "mixed" else set())
    assert not words & names
    assert words >= TRADE


def test_the_names_of_topics_are_made_of_words_of_the_trade(made: tuple[str, Corpus]) -> None:
    style, corpus = made
    shown = {word for topic in corpus.records("topics") for word in topic.words}
    assert shown
    assert not shown & (set(NAMES.split()) - (WITHOUT_CUE if style != "mixed" else set()))


def test_an_index_has_the_encoder_without_names(made: tuple[str, Corpus]) -> None:
    style, corpus = made
    if style != "mixed":
        return
    run_stage(corpus, search.STAGE, search.IndexSettings())
    (encoder,) = corpus.folder.parent.parent.glob("indexes/*/*/report-encoder")
    words = set(words_of(encoder))
    assert words >= TRADE
    assert not words & set(NAMES.split())


def test_words_that_are_used_alike_in_an_index_are_no_names(made: tuple[str, Corpus]) -> None:
    style, corpus = made
    if style != "mixed":
        return
    run_stage(corpus, search.STAGE, search.IndexSettings())
    (path,) = corpus.folder.parent.parent.glob("indexes/*/*/near.arrow")
    table = feather.read_table(path)
    near = set(parts_of(word for words in table["near"].to_pylist() for word in words))
    stems = set(parts_of(table["terms"].to_pylist()))
    assert near & TRADE
    assert stems & {stem for word in TRADE for stem in terms_in(word)}
    assert not near & set(NAMES.split())
    assert not stems & {stem for name in NAMES.split() for stem in terms_in(name)}


def test_vectors_of_topics_have_no_names(made: tuple[str, Corpus]) -> None:
    style, corpus = made
    words = set(parts_of(topics.load_topics(corpus.folder / "models" / "topics").vectors.words))
    assert words & TRADE
    assert not words & (set(NAMES.split()) - (WITHOUT_CUE if style != "mixed" else set()))


def test_a_name_that_is_called_in_many_sentences_is_no_phrase(tmp_path: Path) -> None:
    texts = [
        f"FINDINGS: Ground glass in the {site}. Called by Dr. Jane Rowling for the {site}.{FOOT}"
        for site in ("liver", "spleen", "kidney", "pancreas", "colon", "uterus", "prostate", "thyroid") * 3
    ]
    reads = [parse_report(text) for text in texts]
    unguarded = topics.fit_phrases(
        [topics.report_words(r, skip_sections=(), join_negated=True) for r in reads], least=3
    )
    assert ("jane", "rowling") in unguarded.passes[0]
    reports = [Report(f"R{n}", f"P{n}", text, "test") for n, text in enumerate(texts)]
    corpus = make_corpus(tmp_path, reports)
    run_stage(corpus, link.STAGE, link.LinkSettings())
    run_stage(corpus, topics.STAGE, topics.TopicsSettings(topics=1, sweeps=2, vector_words=1))
    phrases = topics.load_topics(corpus.folder / "models" / "topics").phrases
    assert phrases.passes == ((("ground", "glass"),),)


def test_a_tokenizer_made_of_reports_has_no_names() -> None:
    from radmine.label.voters.transformer import Learning, train_transformer

    reads = without_names([parse_report(text) for text in texts_in("mixed")])
    targets = np.array([[n % 4 == 0, n % 4 == 1] for n in range(len(reads))], np.float32)
    learning = Learning(epochs=1, hidden=64, layers=1, tokens=32, device="cpu")
    names = ("pleural_effusion", "gallstone")
    voter, _ = train_transformer([read.text for read in reads], targets, names, learning=learning)
    tokens = {token.lstrip("Ġ") for token in voter.tokenizer.get_vocab()}
    assert not {token for token in tokens if any(name in token for name in NAMES.split() if len(name) > 3)}
    assert tokens >= {"pleural", "tibia"}


def test_a_voter_taught_by_truth_has_no_names() -> None:
    reads = without_names([parse_report(text) for text in texts_in("mixed")])
    truth = [{"pleural_effusion": n % 8 == 0, "fracture": True} for n in range(len(reads))]
    lesson = teach(reads, truth)
    assert lesson is not None
    terms = {term for block in lesson.voter.model.terms for term in block}
    assert "word=pleural effusion" in terms
    assert not {term for term in terms if set(term.replace("=", " ").split()) & set(NAMES.split())}


def test_a_classifier_of_abnormal_sentences_has_no_letters_of_names(tmp_path: Path) -> None:
    pairs = [(f"Dr. Thistlewick saw {said}", n % 4 != 2) for n, said in enumerate(SAID * 12)]
    train_abnormal(pairs, tmp_path)
    terms = strings_of(load_file(tmp_path / "model.safetensors")["terms"])
    assert "pleur" in terms
    assert not [term for term in terms if "thist" in term or "lewi" in term]


def test_the_same_reports_give_the_same_vocabularies() -> None:
    reads = [parse_report(text) for text in texts_in("mixed")]
    one, two = without_names(reads), without_names(reads)
    assert one == two
