"""Numbers, grades and times: what is read of the source's columns, what it costs to be wrong, what a network answers."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from radmine.corpus import Corpus, Manifest
from radmine.errors import SettingsError
from radmine.records import Image, Report, Split
from radmine.run import run_stage
from radmine.train import MODEL, STAGE, TrainSettings, evaluate_network, load_model
from radmine.train.answers import Grades, Number, answer_layer
from radmine.train.losses import Losses
from radmine.train.measure import concordance, measure_times
from radmine.train.merit import merit
from radmine.train.targets import Target, read_cases, read_target
from radmine.train.tasks import Asked, event_of, number_of
from radmine.train.terms import cox_loss, number_loss
from tests.train.corpus import make_corpus

NOT_KNOWN = np.nan


def corpus_of(home: Path, facts: list[dict[str, Any]]) -> Corpus:
    """A corpus of an image a patient, with what its source says of it besides."""
    corpus = Corpus.create("c", home=home)
    ids = [chr(ord("a") + place) for place in range(len(facts))]
    rows: dict[str, list[Any]] = {
        "images": [Image(i, f"p{i}", i, meta=json.dumps(of)) for i, of in zip(ids, facts, strict=True)],
        "splits": [Split(f"p{i}", "train", f"p{i}", "drawn") for i in ids],
    }
    rows["images"][-1] = replace(rows["images"][-1], report_id="r")
    rows["reports"] = [Report("r", f"p{ids[-1]}", "x", "s", meta=json.dumps({"Patient Age": "70"}))]
    shards = {t: [corpus.write_shard(t, "part-00000-a.parquet", r)] for t, r in rows.items()}
    corpus.write_manifest(Manifest("ingest", "x", {}, shards))
    return corpus


FACTS: list[dict[str, Any]] = [
    {"Grade": "3", "PatientAge": "045Y", "Ejection fraction": "55,5", "Days": "100", "Died": "1"},
    {"Grade": "1", "PatientAge": "060Y", "Ejection fraction": 30.0, "Days": "250", "Died": "no"},
    {"Grade": "10", "PatientAge": "051Y", "Ejection fraction": "n/a", "Days": "0", "Died": "1"},
    {"Grade": "3", "Days": "90", "Died": "perhaps"},
]


@pytest.mark.parametrize(
    ("name", "classes", "values"),
    [
        ("ordinal:grade", ("1", "3", "10"), [[0, 1, 0], [1, 0, 0], [0, 0, 1], [0, 1, 0]]),
        ("ordinal:grade=3<1", ("3", "1"), [[1, 0], [0, 1], [NOT_KNOWN] * 2, [1, 0]]),
        ("class:grade", ("1", "10", "3"), [[0, 0, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1]]),
        ("regression:age", ("age",), [[45], [60], [51], [70]]),
        ("regression:ejection_fraction", ("ejection_fraction",), [[55.5], [30], [NOT_KNOWN], [NOT_KNOWN]]),
        ("survival:days,died", ("days",), [[100, 1], [250, 0], [NOT_KNOWN] * 2, [NOT_KNOWN] * 2]),
    ],
)
def test_a_target_is_read_of_columns_that_were_kept(
    tmp_path: Path, name: str, classes: tuple[str, ...], values: list[list[float]]
) -> None:
    corpus = corpus_of(tmp_path, FACTS)
    target = read_target(corpus, name, read_cases(corpus, "abcd"), least=1, uncertain="mask")
    assert target.classes == classes
    np.testing.assert_array_equal(target.values, np.array(values, np.float32))


@pytest.mark.parametrize(
    "wrong",
    [
        "ordinal",
        "grade:x",
        "ordinal:",
        "survival:days",
        "regression:a=1<2",
        "ordinal:g=a<a",
        "ordinal:g=a",
        "class:a.b",
    ],
)
def test_a_target_that_is_written_otherwise_is_an_error(wrong: str) -> None:
    with pytest.raises(SettingsError, match="There is no target"):
        TrainSettings(targets=(wrong,))


def test_classical_classifiers_learn_classes_alone() -> None:
    TrainSettings(targets=("auto", "class:sex"), classifier="svm")
    with pytest.raises(SettingsError, match="learns classes, not regression:age"):
        TrainSettings(targets=("labels", "regression:age"), classifier="svm")


def test_a_column_that_no_image_has_is_an_error(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path, FACTS)
    with pytest.raises(SettingsError, match="No image has a column 'weight'"):
        read_target(corpus, "regression:weight", read_cases(corpus, "abcd"), least=1, uncertain="mask")


def test_words_for_numbers_and_events() -> None:
    assert [number_of(v) for v in ("1", " -2,5 ", "1e3", 4)] == [1, -2.5, 1000, 4]
    assert np.isnan([number_of(v) for v in ("", None, "5 mm", "inf", True)]).all()
    assert [event_of(v) for v in ("1", 1.0, "Yes", "died", 0, "alive", False)] == [1, 1, 1, 1, 0, 0, 0]
    assert np.isnan(event_of("lost"))
    assert Asked.read("survival: days , died").columns == ("days", "died")


def test_grades_are_a_proportional_odds_model() -> None:
    torch.manual_seed(0)
    layer, features = Grades(4, 5), torch.randn(50, 4)
    said = layer(features).detach().exp()
    assert torch.allclose(said.sum(1), torch.ones(50), atol=1e-5)
    at_least = 1 - said.cumsum(1)[:, :-1]
    odds = torch.logit(at_least)
    # Log odds of every threshold differ by the same from image to image.
    assert torch.allclose(odds - odds[:1], (odds - odds[:1])[:, :1].expand_as(odds), atol=2e-3)
    order = layer.slope(features)[:, 0].argsort()
    mean = (said * torch.arange(5)).sum(1)[order]
    assert bool((mean.diff() >= -1e-6).all())


def test_coxs_loss_is_that_of_the_textbook_and_grows_where_order_is_wrong() -> None:
    times, events = torch.tensor([5.0, 3.0, 9.0, 3.0]), torch.tensor([True, True, False, True])
    risks = torch.tensor([0.2, 1.0, -0.5, 0.4])
    each = [
        np.log(sum(np.exp(float(risks[j])) for j in range(4) if times[j] >= times[i])) - float(risks[i])
        for i in (0, 1, 3)
    ]
    assert float(cox_loss(risks, times, events)) == pytest.approx(np.mean(each), abs=1e-6)
    assert cox_loss(-times, times, events) < cox_loss(times, times, events)
    assert float(cox_loss(risks, times, torch.zeros(4, dtype=torch.bool))) == 0


def test_guessing_costs_one_of_numbers_and_about_one_of_times() -> None:
    random = np.random.default_rng(0)
    rows = np.arange(64)
    numbers = random.normal(50, 20, (64, 1)).astype(np.float32)
    times = np.column_stack([random.random(64) + 0.1, np.ones(64)]).astype(np.float32)
    targets = [Target("regression:x", ("x",), numbers), Target("survival:t,e", ("t",), times)]
    for target, said in zip(targets, (np.full((64, 1), numbers.mean()), np.zeros((64, 1))), strict=True):
        losses = Losses([target], rows, TrainSettings(batch_size=64), "cpu")
        truth = torch.from_numpy(target.values)
        loss = losses({target.name: torch.tensor(said, dtype=torch.float32)}, {target.name: truth})
        assert float(loss) == pytest.approx(1, abs=0.02)
        assert float(losses({target.name: torch.ones(64, 1)}, {target.name: truth * torch.nan})) == 0
    assert float(number_loss(torch.tensor([3.0]), torch.tensor([1.0]), spread=2.0)) == pytest.approx(0.5)


def test_a_number_is_given_in_its_own_unit() -> None:
    layer = answer_layer("regression:age", 3, 1)
    assert isinstance(layer, Number)
    layer.scale(60, 15)
    torch.nn.init.zeros_(layer.linear.weight)
    torch.nn.init.ones_(layer.linear.bias)
    assert layer(torch.zeros(2, 3)).tolist() == [[75], [75]]


def test_merit_is_the_order_that_answers_put_images_in() -> None:
    truth = np.array([[10, 1], [20, 1], [30, 0], [np.nan, np.nan]], np.float32)
    times, numbers = Target("survival:t,e", ("t",), truth), Target("regression:t", ("t",), truth[:, :1])
    rising = np.array([[1], [2], [3], [9]], np.float32)
    assert merit(times, -rising, truth)[0] == 1
    assert merit(times, rising, truth)[0] == 0
    assert merit(numbers, rising, truth[:, :1])[0] == 1
    assert np.isnan(merit(numbers, rising, truth[3:, :1] * np.ones((4, 1), np.float32))[0])


def test_the_interval_of_the_c_index_counts_patients_as_whole() -> None:
    random = np.random.default_rng(0)
    risk, times = random.random(60), random.random(60)
    found = measure_times(risk, times, np.ones(60, bool), [f"p{i % 30}" for i in range(60)])["c_index"]
    assert found.value == concordance(risk, times, np.ones(60, bool))
    assert found.low is not None
    assert found.high is not None
    assert found.low < (found.value or 0) < found.high


@pytest.mark.slow
def test_a_network_answers_grades_numbers_and_times_of_a_corpus(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path)
    table = corpus.read("images").to_pylist()
    squares: NDArray[np.uint8] = np.load(corpus.folder / "arrays" / "a.npy")
    bright = squares[:, 4:12, 10:22].mean(axis=(1, 2))
    facts = [
        {"Score": float(b), "Stage": str(int(b > 100)), "Days": 500 - float(b), "Event": 1} for b in bright
    ]
    for row, of in zip(table, facts, strict=True):
        row["meta"] = json.dumps(of)
    rows = [Image(**row) for row in table]
    tables = ("pixels", "splits", "reports", "links", "labels")
    shards = {t: list(corpus.shards(t)) for t in tables}
    shards["images"] = [corpus.write_shard("images", "part-00000-b.parquet", rows)]
    corpus.write_manifest(Manifest("ingest", "x", {}, shards))
    names = ("regression:score", "ordinal:stage", "survival:days,event")
    run_stage(
        corpus, STAGE, TrainSettings(targets=names, network="small", start="scratch", epochs=20, size=32)
    )
    model = load_model(corpus.folder / MODEL)
    said = model.predict(squares)
    assert [said[name].shape[1] for name in names] == [1, 2, 1]
    scores = {(s.subject, s.metric): s.value for s in corpus.records("scores")}
    assert {m for s, m in scores if s == names[0]} >= {"mae", "mae_of_median", "r2", "pearson"}
    assert ("survival:days,event", "c_index") in scores
    assert ("ordinal:stage", "accuracy") in scores
    evaluation = evaluate_network(corpus)
    assert [x.target for x in evaluation.numbers] == [names[0], names[2]]
    assert [c.target for c in evaluation.classes] == [names[1]]
