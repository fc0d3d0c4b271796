import sys
from dataclasses import astuple
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from radmine.errors import CorpusError, InputError, NotAvailable
from radmine.parse import parse_report
from radmine.records import Hit, LabelRow, Link
from radmine.records.text import Assertion
from radmine.search import Index, open_index
from tests.search.corpora import embeddings, index, make_corpus, opened, unit

TEXTS = {
    "both": "FINDINGS: Large right pneumothorax. Small left pleural effusion.",
    "clear": "FINDINGS: The lungs are clear. Normal heart size.",
    "effusion": "FINDINGS: No pneumothorax. Moderate pleural effusion, no pneumothorax, really no pneumothorax.",
    "maybe": "FINDINGS: Possible small pneumothorax.",
    "none": "FINDINGS: No pneumothorax or pleural effusion. No pneumothorax. No pneumothorax is seen.",
    "old": "FINDINGS: Clear lungs. History of tuberculosis.",
    "synonym": "FINDINGS: PTX on the right.",
}


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Index:
    return opened(make_corpus(tmp_path_factory.mktemp("home"), texts=TEXTS))


def found(index: Index, text: str, **options: object) -> list[str | None]:
    return [hit.report_id for hit in index.search(text=text, **options)]  # type: ignore[arg-type]


@pytest.mark.parametrize("query", ["pneumothorax", "PTX", "collapsed lung", "is there a pneumothorax?"])
def test_reports_that_assert_a_finding_stand_before_those_that_deny_it(reports: Index, query: str) -> None:
    hits = found(reports, query)
    assert set(hits[:2]) == {"both", "synonym"}
    assert hits[2] == "maybe"
    assert set(hits[-2:]) == {"effusion", "none"}


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("effusion without pneumothorax", "effusion"),
        ("pleural effusion and pneumothorax", "both"),
        ("no effusion", "none"),
        ("no pneumothorax, no effusion", "none"),
        ("possible pneumothorax", "maybe"),
        ("history of tuberculosis", "old"),
        ("normal heart size", "clear"),
    ],
)
def test_the_first_hit_is_what_the_query_asks_for(reports: Index, query: str, first: str) -> None:
    assert found(reports, query)[0] == first


def test_what_contradicts_the_query_comes_last(reports: Index) -> None:
    assert found(reports, "no effusion")[-1] in {"both", "effusion"}
    assert found(reports, "effusion without pneumothorax")[-1] in {"synonym", "maybe"}


def test_hits_are_ranked_and_say_why(reports: Index) -> None:
    hits = reports.search(text="effusion without pneumothorax", k=3)
    assert [hit.rank for hit in hits] == [1, 2, 3]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    best = hits[0]
    assert (best.kind, best.report_id, best.patient_id, best.image_id) == (
        "report",
        "effusion",
        "p-effusion",
        None,
    )
    said = {(r.by, r.detail): TEXTS["effusion"][r.start : r.end] for r in best.why if r.start is not None}
    assert said == {
        ("finding", "pleural_effusion present"): "pleural effusion",
        ("finding", "pneumothorax absent"): "pneumothorax",
        ("terms", "effusion"): "effusion",
        ("terms", "pneumothorax"): "pneumothorax",
    }


@given(st.text(max_size=40))
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_span_lies_in_the_text(reports: Index, text: str) -> None:
    if not text.strip():
        return
    for query in (text, f"{text} effusion", f'"{text}" pneumothorax'):
        for hit in reports.search(text=query):
            for reason in hit.why:
                assert reason.start is None or 0 <= reason.start < (reason.end or 0) <= len(
                    TEXTS[str(hit.report_id)]
                )


def test_a_query_of_punctuation_finds_nothing_and_a_blank_one_is_an_error(reports: Index) -> None:
    assert reports.search(text='"?') == []
    with pytest.raises(InputError, match="empty"):
        reports.search(text="  \n")


def test_what_cannot_be_asked(reports: Index) -> None:
    with pytest.raises(InputError, match="nothing to search"):
        reports.search()
    with pytest.raises(InputError, match="k must be"):
        reports.search(text="x", k=0)
    with pytest.raises(InputError, match="no image vectors"):
        reports.search(image="i1")
    with pytest.raises(InputError, match="modality"):
        reports.search(text="x", where="color=red")


def test_equal_reports_come_by_id(tmp_path: Path) -> None:
    texts = {f"r{i:02}": "Pleural effusion." for i in (5, 3, 9, 1, 7)}
    with opened(make_corpus(tmp_path, texts=texts)) as made:
        assert found(made, "effusion") == sorted(texts)
        assert found(made, "effusion", k=2) == ["r01", "r03"]


def test_children_of_a_finding_count_for_it(tmp_path: Path) -> None:
    texts = {"a": "No fracture. No fracture.", "b": "Rib fracture."}
    with opened(make_corpus(tmp_path, texts=texts)) as made:
        hits = made.search(text="fractures")
        assert [h.report_id for h in hits] == ["b", "a"]
        reason = hits[0].why[0]
        assert (reason.detail, texts["b"][reason.start : reason.end]) == ("fracture present", "Rib fracture")


def test_a_closed_index(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path, texts=TEXTS)
    index(corpus)
    with open_index(tmp_path / "indexes" / "case") as made:
        found(made, "effusion")
    made.close()
    with pytest.raises(CorpusError, match="closed"):
        made.search(text="effusion")
    with pytest.raises(CorpusError, match="--through index"):
        open_index("nothing", home=tmp_path)


def test_report_vectors_order_reports_of_equal_agreement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from radmine.corpus import Manifest
    from radmine.embed import fit_text_encoder
    from radmine.embed.text import save_text_encoder

    texts = {
        **{f"liver{i}": "Hypodense lesion of the liver, hepatic cyst." for i in range(4)},
        **{f"lung{i}": "Opacity of the lung, pulmonary nodule." for i in range(4)},
        "target": "Hepatic cyst.",
    }
    corpus = make_corpus(tmp_path, texts=texts)
    encoder = fit_text_encoder(map(parse_report, texts.values()), dimension=2)
    fingerprint = save_text_encoder(corpus.folder / "models" / "text", encoder)
    make_corpus(
        tmp_path,
        texts=texts,
        vectors=embeddings("report", list(texts), encoder.texts(list(texts.values())), fingerprint),
    )
    corpus.write_manifest(Manifest("embed", "", {}, folders={"models/text": fingerprint}))
    with opened(corpus) as made:
        hits = made.search(text="liver", k=9)
        assert hits[4].report_id == "target"  # it has no word of the query, only a near meaning
        assert any(r.by == "text_vector" for r in hits[4].why)
        assert made.search(text="of")[0].score > 0  # no word that the encoder knows
    monkeypatch.setitem(sys.modules, "faiss", None)
    with open_index("case", home=tmp_path) as made:  # made with FAISS, searched without it
        hits = made.search(text="liver", k=9)
        assert [h.report_id for h in hits] == [f"liver{i}" for i in range(4)]
        assert not any(r.by == "text_vector" for r in hits[0].why)


# -- images


def picture_index(
    tmp_path: Path, *, n: int = 40, d: int = 8, patients: int = 10, kind: str = "auto"
) -> Index:
    """Return an index of images, four to a patient; every second one is a CT, every third has a report."""
    ids = [f"i{i:02}" for i in range(n)]
    vectors = unit(np.random.default_rng(0).normal(size=(n, d)))
    texts = {f"r{i:02}": f"Report number {i}. Pleural effusion." for i in range(0, n, 3)}
    corpus = make_corpus(
        tmp_path,
        texts=texts,
        reports={f"r{i:02}": {"patient_id": f"p{i % patients}", "study_id": f"s{i}"} for i in range(n)},
        images={
            i: {
                "patient_id": f"p{j % patients}",
                "modality": "CT" if j % 2 else "MR",
                "path": f"/files/{i}.png",
            }
            for j, i in enumerate(ids)
        },
        links=[Link(f"r{i:02}", f"i{i:02}", "caption", 1.0, 0, 6) for i in range(0, n, 3)],
        vectors=embeddings("image", ids, vectors),
    )
    return opened(corpus, vector_index=kind)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Index:
    return picture_index(tmp_path_factory.mktemp("home"))


def nearest_by_hand(query: int, *, n: int = 40, d: int = 8, patients: int = 10) -> list[str]:
    vectors = unit(np.random.default_rng(0).normal(size=(n, d)))
    others = [i for i in range(n) if i % patients != query % patients]
    return [f"i{i:02}" for i in sorted(others, key=lambda i: (-float(vectors[i] @ vectors[query]), i))]


@pytest.mark.parametrize("query", range(0, 40, 7))
def test_images_come_by_nearness_without_the_own_patient(pictures: Index, query: int) -> None:
    hits = pictures.search(image=f"i{query:02}", k=40)
    assert [hit.image_id for hit in hits] == nearest_by_hand(query)
    assert {hit.kind for hit in hits} == {"image"}
    assert all(hit.path == f"/files/{hit.image_id}.png" for hit in hits)


def test_the_own_patient_comes_when_asked_for(pictures: Index) -> None:
    hits = pictures.search(image="i03", k=40, same_patient=True)
    assert len(hits) == 40
    assert hits[0].image_id == "i03"
    assert hits[0].score == pytest.approx(1)


def test_an_image_hit_names_its_report(pictures: Index) -> None:
    hits = {hit.image_id: hit for hit in pictures.search(image="i00", k=40)}
    linked, alone = hits["i03"], hits["i04"]
    assert (linked.report_id, linked.study_id) == ("r03", "s3")
    assert [(r.by, r.detail) for r in linked.why] == [
        ("image", f"similarity {linked.score:.3f}"),
        ("link", "caption"),
    ]
    assert (linked.why[1].start, linked.why[1].end) == (0, 6)
    assert (alone.report_id, [r.by for r in alone.why]) == (None, ["image"])


@given(
    query=st.integers(0, 39),
    k=st.integers(1, 45),
    where=st.sampled_from([None, "modality=CT", "patient_id=p3|p4"]),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_filters_hold_and_leave_k_hits(pictures: Index, query: int, k: int, where: str | None) -> None:
    def fits(image: int) -> bool:
        return where is None or (image % 2 == 1 if "CT" in where else image % 10 in (3, 4))

    fit = [i for i in nearest_by_hand(query) if fits(int(i[1:]))]
    hits = pictures.search(image=f"i{query:02}", k=k, where=where)
    assert [hit.image_id for hit in hits] == fit[:k]
    assert all(hit.patient_id != f"p{query % 10}" for hit in hits)
    cases = pictures.search(image=f"i{query:02}", text="effusion", k=k, where=where)
    assert all(hit.patient_id != f"p{query % 10}" for hit in cases)
    assert len(cases) == min(k, len(fit))  # every report here has an image, so cases are images


@pytest.mark.parametrize("kind", ["hnsw", "ivf"])
def test_approximate_indexes_keep_the_promises(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr("radmine.search.vectors._FEW", 0)
    with picture_index(tmp_path, kind=kind) as made:
        assert made.manifest.vector_index == {"image": kind}
        for query in range(40):
            hits = made.search(image=f"i{query:02}", k=36)
            assert len(hits) == 36
            assert all(hit.patient_id != f"p{query % 10}" for hit in hits)


def test_no_entry_fits(pictures: Index) -> None:
    for options in ({"image": "i00"}, {"text": "effusion"}, {"image": "i00", "text": "effusion"}):
        assert pictures.search(where="modality=US", **options) == []  # type: ignore[arg-type]


def test_text_and_image_together_put_first_what_both_find(tmp_path: Path) -> None:
    corpus = make_corpus(
        tmp_path,
        texts={"a": "Pneumothorax.", "b": "Pneumothorax.", "c": "Pleural effusion.", "d": "Clear."},
        images={i: {"study_id": "s"} if i in "yz" else {} for i in "tuvwyz"},
        links=[
            Link("a", "t", "report", 0.5),
            Link("b", "u", "report", 0.5),
            Link("b", "v", "caption", 0.9, 0, 4),
            Link("c", "w", "report", 0.5),
        ],
        vectors=embeddings(
            "image", list("qtuvwyz"), unit([[9, 9], [0, 1], [1, 0.2], [0, -1], [1, 0], [1, 0.4], [1, 0.5]])
        ),
    )
    with opened(corpus) as made:
        hits = made.search(text="pneumothorax", image="w")
        assert [(h.kind, h.report_id, h.image_id) for h in hits] == [
            ("report", "b", "u"),  # nearest of its images, though another is linked more strongly
            ("report", "a", "t"),
            ("image", None, "y"),  # one case of two images: they share the study
        ]
        assert {r.by for r in hits[0].why} == {"finding", "terms", "image", "link"}
        assert hits[0].score == pytest.approx(1 / 62 + 1 / 61)
        assert made.search(text="pneumothorax")[1].image_id == "v"
        assert [
            h.image_id for h in made.search(text="pneumothorax", where={"patient_id": ["p-b", "p-u"]})
        ] == ["u"]


def test_an_image_that_is_not_known(pictures: Index, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="neither a file nor the image_id"):
        pictures.search(image="i99")
    with (
        pytest.raises(InputError, match="no reports"),
        opened(make_corpus(tmp_path, images={"i": {}}, vectors=embeddings("image", ["i"], [[1.0]]))) as made,
    ):
        made.search(text="effusion")


def test_an_index_without_an_encoder_takes_its_own_images_only(pictures: Index) -> None:
    with pytest.raises(NotAvailable, match="image_id"):
        pictures.search(image=np.zeros((8, 8), np.uint8))


def test_an_image_filter_reads_the_labels_of_the_image(tmp_path: Path) -> None:
    present = Assertion.PRESENT
    corpus = make_corpus(
        tmp_path,
        texts={"r": "Large pneumothorax. Pleural effusion."},
        images={"i": {}, "j": {}, "q": {}},
        links=[Link("r", "i", "caption", 1.0), Link("r", "j", "study", 0.3)],
        labels=[LabelRow("r", "i", "pleural_effusion", present, 0.9, ("rules",))],
        vectors=embeddings("image", ["i", "j", "q"], unit([[1, 0], [1, 0.1], [1, 0.2]])),
    )
    with opened(corpus) as made:

        def images(where: str) -> list[str | None]:
            return [hit.image_id for hit in made.search(image="q", where=where)]

        assert images("finding=pleural_effusion") == ["j", "i"]
        assert images("finding=pneumothorax") == ["j"]  # i has labels of its own, j has its report's


def test_the_same_search_gives_the_same_hits(tmp_path: Path) -> None:
    def all_hits(home: Path) -> list[tuple[object, ...]]:
        with picture_index(home) as made:
            hits: list[Hit] = [
                *made.search(text="effusion", k=20),
                *made.search(image="i05", k=20),
                *made.search(image="i05", text="report", k=20),
            ]
        return [astuple(hit) for hit in hits]

    assert all_hits(tmp_path / "a") == all_hits(tmp_path / "b")


def test_pairs_are_asked_for_by_either_part(tmp_path: Path) -> None:
    texts = {
        "r1": "Injury of the colon.",
        "r2": "Injury of the cecum.",
        "r3": "Injury of the ureter.",
        "r4": "No injury of the colon.",
        "r5": "Atrophy of the colon.",
    }
    index = opened(make_corpus(tmp_path, texts=texts))

    def found(where: str) -> set[str]:
        return {str(hit.report_id) for hit in index.search(where=where, k=9)}

    assert found("finding=injury@colon") == {"r1", "r2"}
    assert found("finding=injury@*") == {"r1", "r2", "r3"}
    assert found("finding=*@colon") == {"r1", "r2", "r5"}
    assert found("finding=*@cecum") == {"r2"}
    assert found("finding=injury") == {"r1", "r2", "r3"}
    (hit,) = index.search(where="finding=*@cecum")
    assert [reason.detail for reason in hit.why if reason.by == "finding"] == ["injury@cecum present"]
    assert hit.sentence == "Injury of the cecum."
    assert [hit.sentence[slice(*mark)] for mark in hit.marks] == ["Injury"]
