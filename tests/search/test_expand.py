import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from radmine.cli import app
from radmine.corpus import Corpus, Manifest
from radmine.embed import fit_text_encoder
from radmine.embed.text import save_text_encoder
from radmine.errors import CorpusError, InputError
from radmine.parse import parse_report
from radmine.run import why_out_of_date
from radmine.search import STAGE, Hits, Index, IndexSettings, index_folder, open_index, reason_words
from radmine.search.expand import FILE, Neighbours, chosen_sources, write_neighbours
from radmine.search.question import read_query
from tests.search.corpora import embeddings, index, make_corpus, opened

TEXTS = {
    "r1": "The rind is thickened today.",
    "r2": "The rind is quivering today.",
    "r3": "There is a small pneumothorax.",
    "r4": "The collapsed lung is seen.",
    "r5": "The clavicle is seen.",
    "r6": "The bone is seen.",
    "r7": "Cardiomegaly.",
    "r8": "The heart is enlarged.",
    "r9": "No pneumothorax.",
}
# "thickening" is used like "quivering"; what is denied is near everything, and so is a side.
WORDS = ("thickening", "quivering", "no_pneumothorax", "left", "thickened", "wobbly_rind", "sailing")
ANGLES = (0.0, 0.3, 0.01, 0.02, 0.05, 0.2, 2.0)
ROWS = np.array([(np.cos(a), np.sin(a)) for a in ANGLES], np.float32)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("radmine.search.stage._word_vectors", lambda _: (WORDS, ROWS))
        made = make_corpus(tmp_path_factory.mktemp("home"), texts=TEXTS)
        index(made)
    return made


@pytest.fixture(scope="module")
def made(corpus: Corpus) -> Iterator[Index]:
    with open_index(index_folder(corpus)) as opened_index:
        yield opened_index


def ids(hits: Hits) -> list[str | None]:
    return [hit.report_id for hit in hits]


def near(hits: Hits, report_id: str) -> list[str]:
    (hit,) = (h for h in hits if h.report_id == report_id)
    return [r.detail for r in hit.why if r.by == "near"]


def neighbours(tmp_path: Path, words: Sequence[str], rows: np.ndarray) -> Neighbours:
    write_neighbours(tmp_path / FILE, words, rows)
    return Neighbours(tmp_path / FILE)


# -- the words of the corpus


def test_neighbours_are_the_words_of_another_stem_that_are_near(tmp_path: Path) -> None:
    made = neighbours(tmp_path, WORDS, ROWS)
    assert [word for word, _ in made.of(["thicken"])] == ["wobbly rind", "quivering"]
    assert made.of(["thicken"])[1][1] == pytest.approx(
        np.cos(0.25), abs=1e-6
    )  # from the nearer form of the word
    assert [word for word, _ in made.of(["wobbl", "rind"])] == ["quivering", "thickened"]
    assert made.of(["sail"]) == []
    assert made.of(["unknown"]) == []


def test_neither_what_is_denied_nor_what_may_be_the_opposite_is_a_neighbour(tmp_path: Path) -> None:
    made = neighbours(tmp_path, WORDS, ROWS)
    for terms in (["left"], ["no", "pneumothorax"], ["pneumothorax"]):
        assert made.of(terms) == []
    said = {word for word in ("thicken", "quiver") for word, _ in made.of([word])}
    assert said.isdisjoint({"left", "no pneumothorax"})


def test_only_a_few_neighbours_are_kept_however_long_the_vectors(tmp_path: Path) -> None:
    letters = [f"word{chr(97 + i)}{chr(97 + j)}" for i in range(20) for j in range(20)]
    made = neighbours(tmp_path, letters, np.full((400, 3), 7.0, np.float32))
    assert len(made.of(["wordaa"])) == 3
    assert made.of(["wordaa"])[0][1] == pytest.approx(1)
    assert neighbours(tmp_path, (), np.empty((0, 3), np.float32)).of(["wordaa"]) == []


# -- what a search finds


def test_a_report_with_what_was_asked_stands_before_one_with_another_word(made: Index) -> None:
    found = made.search(text="thickening", expand=["vectors"])
    assert ids(found) == ["r1", "r2"]
    assert near(found, "r2") == ["thickening ~ quivering .97"]
    assert near(found, "r1") == []
    assert found[1].sentence is not None
    assert [found[1].sentence[a:b] for a, b in found[1].marks] == ["quivering"]
    assert "thickening ~ quivering .97" in reason_words(found[1])
    assert ids(made.search(text="thickening", expand=False)) == ["r1"]


def test_however_rare_the_other_word_is(tmp_path: Path) -> None:
    texts = {f"a{n}": "pneumothorax" for n in range(30)} | {"z": "ptx"}
    with opened(make_corpus(tmp_path, texts=texts)) as made:
        assert ids(made.search(text="pneumothorax", k=40)) == [*sorted(texts)]
        assert ids(made.search(text="pneumothorax", k=40))[-1] == "z"


def test_the_lexicon_stands_in_for_findings_and_for_lay_words(made: Index) -> None:
    found = made.search(text="enlarged heart", expand=["lexicon"])
    assert ids(found)[:2] == ["r8", "r7"]
    assert near(found, "r7") == ["enlarged heart ~ cardiomegaly from the lexicon"]
    lay = made.search(text="collarbones")
    assert near(lay, "r5") == ["collarbones ~ clavicle from the lexicon"]
    assert ids(made.search(text="collarbones", expand=False)) == []
    assert near(made.search(text="collar bone"), "r5") == ["collar bone ~ clavicle from the lexicon"]


def test_a_report_in_lay_words_stands_before_one_in_others_by_meaning_too(tmp_path: Path) -> None:
    texts = {
        **{f"a{n}": "The clavicle is seen." for n in range(3)},
        "b": "The collar bone is seen.",
        **{f"c{n}": "The bone is seen." for n in range(3)},
    }
    with opened(with_report_vectors(tmp_path, texts)) as made:
        found = made.search(text="collar bone", k=7)
        assert ids(found) == ["b", "a0", "a1", "a2", "c0", "c1", "c2"]
        assert ids(made.search(text='collar bone "clavicle"', k=7)) == ["a0", "a1", "a2"]
        assert any(r.by == "text_vector" for r in found[1].why)


def with_report_vectors(home: Path, texts: dict[str, str]) -> Corpus:
    made = make_corpus(home, texts=texts)
    encoder = fit_text_encoder(map(parse_report, texts.values()), dimension=2)
    fingerprint = save_text_encoder(made.folder / "models" / "text", encoder)
    vectors = embeddings("report", list(texts), encoder.texts(list(texts.values())), fingerprint)
    make_corpus(home, texts=texts, vectors=vectors)
    made.write_manifest(Manifest("embed", "", {}, folders={"models/text": fingerprint}))
    return made


@pytest.mark.parametrize(
    "query", ["no thickening", "no pneumothorax", "without cardiomegaly", '"thickening"', '"collar bone"']
)
def test_what_is_denied_or_quoted_is_not_widened(made: Index, query: str) -> None:
    plain = made.search(text=query, expand=False)
    wide = made.search(text=query, expand=["lexicon", "vectors"])
    assert list(wide) == list(plain)


def test_what_is_denied_beside_what_is_asked_stays_denied(made: Index) -> None:
    found = made.search(text="enlarged heart without pneumothorax", expand=["lexicon", "vectors"])
    assert near(found, "r7") == ["enlarged heart ~ cardiomegaly from the lexicon"]
    assert not any("pneumothorax ~" in detail for hit in found for detail in near(found, hit.report_id or ""))
    assert ids(found).index("r9") < ids(found).index("r3")


def test_a_phrase_in_quotes_must_occur_though_another_report_is_near(tmp_path: Path) -> None:
    with opened(make_corpus(tmp_path, texts={"a": "collar and bone", "b": "the collar bone"})) as made:
        assert ids(made.search(text='"collar bone"')) == ["b"]


def test_each_source_can_be_chosen(made: Index) -> None:
    assert chosen_sources(True) == ("lexicon",)
    assert chosen_sources(False) == chosen_sources([]) == ()
    assert chosen_sources("vectors") == ("vectors",)
    assert ids(made.search(text="thickening", expand="vectors")) == ["r1", "r2"]
    with pytest.raises(InputError, match="rumour") as caught:
        made.search(text="thickening", expand=["rumour"])
    assert "lexicon, vectors" in caught.value.do


@pytest.mark.parametrize(
    ("query", "said", "place"),
    [
        ("a broken collar bone of pneumothorax", "a broken clavicle of pneumothorax", "pneumothorax"),
        ("windpipes, water on the lung, belly", "trachea, water on the lung, abdomen", "water on the lung"),
        ('"womb" cardiomegaly', '"womb" cardiomegaly', "cardiomegaly"),
        ("edema of the muscle belly",) * 3,
        ("\u017fhin bone, slipped di\u017fc, edema", "\u017fhin bone, slipped di\u017fc, edema", "edema"),
    ],
)
def test_a_query_is_read_in_the_words_of_reports_and_keeps_its_places(
    query: str, said: str, place: str
) -> None:
    read = read_query(query, parts=True)
    assert read.said == said
    assert place in [query[n.start : n.end] for n in read.named]


@given(st.text(alphabet=st.characters(codec="utf-8"), min_size=1, max_size=60).filter(str.strip))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_query_is_an_internal_error(made: Index, text: str) -> None:
    for query in (text, f"no {text} enlarged heart", f'thickening "{text} collar bone'):
        assert len(made.search(text=query, k=20, expand=["lexicon", "vectors"])) <= len(TEXTS)


# -- the index


def test_the_index_goes_on_alone(corpus: Corpus, made: Index, tmp_path: Path) -> None:
    shutil.copytree(index_folder(corpus), tmp_path / "moved")
    with open_index(tmp_path / "moved") as moved:
        wide = [i.search(text="thickening", expand=["vectors"]) for i in (moved, made)]
    assert list(wide[0]) == list(wide[1])
    assert len(wide[0]) == 2


def test_without_topics_there_are_no_words_used_alike(tmp_path: Path) -> None:
    with opened(make_corpus(tmp_path, texts=TEXTS)) as plain:
        assert FILE not in plain.manifest.files
        assert ids(plain.search(text="thickening", expand=["lexicon", "vectors"])) == ["r1"]


def test_damage_of_the_words_is_an_error(corpus: Corpus, tmp_path: Path) -> None:
    shutil.copytree(index_folder(corpus), tmp_path / "case")
    (path,) = (tmp_path / "case").rglob(FILE)
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with open_index(tmp_path / "case") as broken:
        assert broken.search(text="thickening")
        with pytest.raises(CorpusError, match="not what was written"):
            broken.search(text="thickening", expand=["vectors"])


def test_other_word_vectors_make_the_index_anew(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path, texts=TEXTS)
    index(corpus)
    corpus.write_manifest(Manifest("topics", "1", {}, {}, folders={"models/topics": "another"}))
    assert "models/topics" in (why_out_of_date(corpus, STAGE, IndexSettings()) or "")


# -- the command line


def test_the_command_line_says_why_and_can_leave_it(corpus: Corpus) -> None:
    home = str(corpus.folder.parent.parent)

    def ask(*options: str) -> list[dict[str, object]]:
        run = CliRunner().invoke(app, ["search", "case", "--home", home, "--json", *options])
        assert run.exit_code == 0, run.output
        return [json.loads(line) for line in run.stdout.splitlines()]

    (hit,) = ask("--text", "collarbone")
    why = hit["why"]
    assert isinstance(why, list)
    assert {"by": "near", "detail": "collarbone ~ clavicle from the lexicon", "start": 4, "end": 12} in why
    assert ask("--text", "collarbone", "--expand", "no") == []
    assert [h["report_id"] for h in ask("--text", "thickening", "--expand", "both")] == ["r1", "r2"]
    wrong = CliRunner().invoke(app, ["search", "case", "--home", home, "--text", "x", "--expand", "all"])
    assert isinstance(wrong.exception, InputError)
