"""The network learns what the pictures show, repeats itself, goes on where it was killed, and is scored honestly."""

import csv
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from safetensors.numpy import load_file
from sklearn.metrics import roc_auc_score

from radmine.corpus import Corpus, Manifest
from radmine.errors import CorpusError, InputError, SettingsError
from radmine.models import model_facts
from radmine.pixels import open_pixels
from radmine.records import Assertion, ImageTopic, Split, Topic, TrueImage, TrueLabel, Truth
from radmine.run import Execution, place_of, read_settings, run_stage, stage_inputs
from radmine.show.network import network_html
from radmine.train import MODEL, STAGE, TrainSettings, evaluate_network, load_model
from radmine.train.boards import write_events
from radmine.train.predictions import read_predictions
from radmine.train.score import score
from tests.train.corpus import make_corpus

SETTINGS = TrainSettings(
    targets=("labels", "modality"),
    network="small",
    epochs=6,
    patience=6,
    batch_size=16,
    min_positives=10,
    erase=0.0,
)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    corpus = make_corpus(tmp_path_factory.mktemp("train"), repeated=3)
    run_stage(corpus, STAGE, SETTINGS, execution=Execution(device="cpu"))
    return corpus


def test_it_learns_what_the_pictures_show(trained: Corpus) -> None:
    scores = {(s.subject, s.metric): s for s in trained.records("scores")}
    assert set(scores) == {
        ("fracture", "auc"),
        ("lung_mass", "auc"),
        ("labels", "auc_micro"),
        ("labels", "auc_macro"),
        ("fracture", "auc_new"),
        ("lung_mass", "auc_new"),
        ("labels", "auc_micro_new"),
        ("labels", "auc_macro_new"),
        ("modality", "accuracy"),
        ("modality", "majority_accuracy"),
        ("modality", "auc_macro"),
    }
    # What is as plain as this is told apart almost always (20 seeds, either precision: at least .91); the share of right
    # guesses is looser, since the epoch is chosen by ranks.
    for subject, metric in (("fracture", "auc"), ("lung_mass", "auc"), ("modality", "auc_macro")):
        assert scores[subject, metric].value > 0.75
    for found in scores.values():
        if found.low is not None:
            assert found.low <= found.value <= found.high
    assert scores["modality", "majority_accuracy"].value == 0.5
    assert scores["modality", "accuracy"].n == 24
    assert scores["lung_mass", "auc"].n == 24
    assert "6 of 24 test images have a text that also occurs in training" in scores["lung_mass", "auc"].note
    assert scores["lung_mass", "auc_new"].n == 24 - 6
    assert "left out: 6 of 24 test images" in scores["lung_mass", "auc_new"].note


def test_the_manifest_tells_how_it_went(trained: Corpus) -> None:
    manifest = trained.manifest("train")
    assert manifest is not None
    assert manifest.notes["images"] == {"train": 72, "validation": 24, "test": 24}
    assert manifest.notes["device"].startswith("CPU because it was asked for")
    course = manifest.notes["course"]
    assert len(course) <= 6
    with (trained.folder / MODEL / "course.csv").open(newline="") as stream:
        written = list(csv.DictReader(stream))
    assert [[float(v) for v in row.values()] for row in written] == course
    assert [*written[0]] == ["epoch", "loss", "validation_loss", "validation_auc"]
    assert all(float(row["validation_loss"]) > 0 for row in written)


def test_the_folder_tells_people_what_was_done(trained: Corpus) -> None:
    folder = trained.folder / MODEL
    held = read_settings(folder / "settings.toml", {"train": TrainSettings})
    assert held["train"] == SETTINGS
    parts = {s.patient_id: s.split for s in trained.records("splits")}
    with (folder / "splits.csv").open(newline="") as stream:
        written = {row["image_id"]: row["part"] for row in csv.DictReader(stream)}
    assert written == {image.image_id: parts[image.patient_id] for image in trained.records("images")}
    drawn = ElementTree.parse(folder / "curves.svg").getroot()
    assert [child.attrib["x"] for child in drawn] == ["0", "320"]
    card = (folder / "card.md").read_text()
    scores = {(s.subject, s.metric): s for s in trained.records("scores")}
    for finding in ("fracture", "lung_mass"):
        of = scores[finding, "auc"]
        assert re.search(rf"\| {finding} \| 24 \| \d+ \| {of.value:.3f}", card)
    assert "| train | 72 | 36 |" in card
    assert "Not for diagnosis" in card
    assert "who had a part in them: v 306." in card  # who labelled
    assert not [r.text for r in trained.records("reports") if r.text in card]
    assert not {i for i in written if i in card}
    # None of it is part of what the model is.
    assert set(json.loads((folder / "model.json").read_text())["files"]) == {
        "model.safetensors",
        "model.onnx",
    }


def test_tensorboard_reads_the_course(trained: Corpus, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

    course = [(1, 0.5, 0.75, None), (2, 0.25, 0.5, 1.0)]
    assert write_events(tmp_path, course)
    (path,) = tmp_path.iterdir()
    first, *events = EventFileLoader(str(path)).Load()
    assert first.file_version == "brain.Event:2"
    read = [(e.step, {v.tag: v.tensor.float_val[0] for v in e.summary.value}) for e in events]
    assert read == [
        (1, {"loss": 0.5, "validation_loss": 0.75}),
        (2, {"loss": 0.25, "validation_loss": 0.5, "validation_auc": 1.0}),
    ]
    before = path.read_bytes()
    assert write_events(tmp_path, course)
    assert path.read_bytes() == before
    assert (trained.folder / MODEL / path.name).exists()


def test_what_came_of_it_is_said_in_the_outcome(trained: Corpus) -> None:
    again = run_stage(trained, STAGE, SETTINGS, execution=Execution(device="cpu"))
    scores = {(s.subject, s.metric): s.value for s in trained.records("scores")}
    macro = f"{scores['labels', 'auc_macro']:.2f}".removeprefix("0")
    assert re.fullmatch(
        rf"AUC macro {macro}( \(\d?\.\d\d to \d?\.\d\d\))?, 2 of 2 findings; \d?\.\d\d( \(.*\))? on new texts",
        again.result,
    )


def test_what_it_says_of_images_that_it_did_not_learn_from_is_kept(trained: Corpus) -> None:
    parts = {s.patient_id: s.split for s in trained.records("splits")}
    patients = {image.image_id: image.patient_id for image in trained.records("images")}
    found = read_predictions(trained)
    assert set(found) == {"labels", "modality"}
    model, store = load_model(trained.folder / MODEL, device="cpu"), open_pixels(trained)
    for target, predicted in found.items():
        assert all(parts[patients[i]] == p for i, p in zip(predicted.image_ids, predicted.parts, strict=True))
        assert sorted(predicted.image_ids) == sorted(i for i, p in patients.items() if parts[p] != "train")
        again = model.predict(store.batch(predicted.image_ids))[target]
        assert predicted.probabilities == pytest.approx(again, abs=1e-2)  # in bfloat16 batches differ
    scores = {(s.subject, s.metric): s.value for s in trained.records("scores")}
    for finding in evaluate_network(trained).findings:
        assert finding.measures["auc"].value == pytest.approx(scores[finding.finding, "auc"])


def test_it_is_tested_on_all_images_of_another_corpus(trained: Corpus, tmp_path: Path) -> None:
    other = make_corpus(tmp_path, patients=30, seed=9)
    manifest = other.manifest("ingest")
    assert manifest is not None
    labels = [row for row in other.records("labels") if row.finding == "lung_mass"]
    shard = other.write_shard("labels", "part-00000-b.parquet", labels)
    other.write_manifest(replace(manifest, tables={**manifest.tables, "labels": [shard]}))
    found = evaluate_network(trained, on=other, device="cpu")
    fracture, mass = found.findings
    own = evaluate_network(trained)
    assert found.on == other.name
    store = open_pixels(other)
    ids = [*store]
    said = load_model(trained.folder / MODEL, device="cpu").predict(store.batch(ids))["labels"][:, 1]
    there = {row.image_id for row in labels if row.assertion is Assertion.PRESENT}
    assert mass.measures["auc"].value == pytest.approx(
        roc_auc_score([i in there for i in ids], said), abs=1e-2
    )
    assert (mass.n, mass.positives) == (60, len(there))
    assert (mass.threshold, found.temperature) == (own.findings[1].threshold, own.temperature)
    assert (fracture.n, fracture.measures["auc"].value) == (0, None)  # nobody there has one
    assert found.classes[0].n == 60
    page = network_html(trained, found)
    assert f"all images of the corpus {other.name}" in page


def test_the_model_is_whole_with_its_curves(trained: Corpus) -> None:
    manifest = trained.manifest("train")
    assert manifest is not None
    assert load_model(trained.folder / MODEL).fingerprint == manifest.folders[MODEL]


def test_the_model_holds_what_is_needed_to_use_it(trained: Corpus) -> None:
    facts = model_facts(trained.folder / MODEL)
    assert facts is not None
    assert facts["targets"] == {"labels": ["fracture", "lung_mass"], "modality": ["CT", "MR"]}
    assert (facts["stored_size"], facts["size"], facts["network"], facts["crop"]) == (32, 32, "small", True)
    model = load_model(trained.folder / MODEL, device="cpu")
    squares = open_pixels(trained).batch(["i0-0", "i0-1", "i1-0"])
    predicted = model.predict(squares)
    assert predicted["modality"].shape == (3, 2)
    np.testing.assert_allclose(predicted["modality"].sum(axis=1), 1, atol=1e-5)
    one_by_one = np.concatenate([model.features(squares[i : i + 1]) for i in range(3)])
    np.testing.assert_allclose(model.features(squares), one_by_one, atol=1e-4)
    assert model.features(squares[:0]).shape == (0, model.dimension)
    with pytest.raises(InputError, match="32 pixels, not of 16"):
        model.features(squares[:, :16, :16])


def test_truth_scores_it_too(trained: Corpus) -> None:
    images = tuple(
        TrueImage(i, i.split("-")[0], "CT" if i.endswith("1") else "MR", None, "chest", "g")
        for i in open_pixels(trained)
    )
    labels = tuple(
        TrueLabel(None, row.image_id, row.finding, row.assertion) for row in trained.records("labels")
    )
    found = {(s.subject, s.metric): s for s in score(trained, Truth(images=images, labels=labels))}
    (said,) = (s for s in trained.records("scores") if (s.subject, s.metric) == ("modality", "accuracy"))
    assert found["modality", "accuracy"].value == said.value
    assert found["lung_mass", "auc"].value > 0.75
    assert found["lung_mass", "auc"].n == 24
    assert score(trained, Truth()) == []


def test_a_killed_training_goes_on_with_the_same_result(trained: Corpus, tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path, repeated=3)

    class KilledError(Exception):
        pass

    def kill(done: int, total: int | None, what: str) -> None:
        if done == 3 * 72 + 32:  # images: in the middle of the fourth epoch
            raise KilledError

    with pytest.raises(KilledError) as killed:
        run_stage(corpus, STAGE, SETTINGS, progress=kill)
    place = place_of(killed.value)
    assert place == f"at {3 * 72 + 32} of {6 * 72} images of train"
    assert place.goes_on == f"the last whole epoch, at {3 * 72} of {6 * 72} images"
    assert not (corpus.folder / MODEL).exists()
    seen: list[tuple[int, str]] = []
    run_stage(
        corpus, STAGE, SETTINGS, progress=lambda done, total, what: seen.append((done if total else -1, what))
    )
    assert [done for done, _ in seen[:3]] == [-1, 3 * 72, 3 * 72 + 16]
    assert re.fullmatch(
        r"images learned from \(train\): epoch 4 of 6, loss \d\.\d\d, AUC \d\.\d\d", seen[2][1]
    )
    weights = [load_file(c.folder / MODEL / "model.safetensors") for c in (trained, corpus)]
    for name, value in weights[0].items():
        np.testing.assert_allclose(value, weights[1][name], atol=1e-5)
    assert not (corpus.folder / "work" / "train").exists()


def test_not_applicable_says_why(tmp_path: Path) -> None:
    empty = Corpus.create("e", home=tmp_path)
    assert run_stage(empty, STAGE, SETTINGS).reason == "the corpus has no decoded pixels"
    corpus = make_corpus(tmp_path, 10)
    outcome = run_stage(corpus, STAGE, TrainSettings(targets=("labels",), min_positives=500))
    assert (outcome.status, outcome.reason) == (
        "not applicable",
        "no class of labels has 500 training images",
    )


def test_topics_of_a_level_are_learned_and_rare_ones_are_said(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path, 20)
    number_of = {i: 2 if i == "i0-0" else i.endswith("1") for i in open_pixels(corpus)}
    rows = {
        "topics": [Topic("sentence", n, None, "said", ("a", "b"), (0.5, 0.5), (), (), 1) for n in range(3)],
        "image_topics": [ImageTopic(i, "r0", 0, None, int(n)) for i, n in number_of.items()],
    }
    shards = {t: [corpus.write_shard(t, "part-00000-a.parquet", r)] for t, r in rows.items()}
    corpus.write_manifest(Manifest("topics", "x", {}, shards))
    settings = replace(SETTINGS, targets=("sentence_topics", "topics"), epochs=1, min_positives=5)
    run_stage(corpus, STAGE, settings, execution=Execution(device="cpu"))
    manifest = corpus.manifest("train")
    assert manifest is not None
    assert manifest.notes["classes"] == {"sentence_topics": 2}
    assert manifest.notes["not_learned"] == ["topics"]
    assert manifest.said == [
        "sentence_topics not learned for too few training images (min_positives = 5): classes: 1, images of these: 1"
    ]
    assert load_model(corpus.folder / MODEL).facts.targets == {"sentence_topics": ("0 a b", "1 a b")}
    labels_only = replace(settings, targets=("labels",))
    before = [stage_inputs(corpus, STAGE, s) for s in (settings, labels_only)]

    def inputs_with(**change: Any) -> list[dict[str, str]]:
        topics = [replace(row, **change) for row in rows["topics"]]
        shards["topics"] = [corpus.write_shard("topics", "part-00000-a.parquet", topics)]
        corpus.write_manifest(Manifest("topics", "x", {}, shards))
        return [stage_inputs(corpus, STAGE, s) for s in (settings, labels_only)]

    assert inputs_with(name="Stones", mark="high") == before  # what people say trains nothing anew
    renamed = inputs_with(words=("c", "d"))
    assert [now == then for now, then in zip(renamed, before, strict=True)] == [False, True]


def test_less_than_one_epoch_is_said(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path, 15)
    outcome = run_stage(
        corpus, STAGE, TrainSettings(network="small", seconds=0.001, batch_size=2, min_positives=1)
    )
    assert outcome.result.startswith("less than one epoch learned; AUC macro ")


def test_parts_without_patients_still_work(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path, 15)
    manifest = corpus.manifest("ingest")
    assert manifest is not None
    everyone = [Split(f"p{n}", "train", f"p{n}", "drawn") for n in range(15)]
    manifest.tables["splits"] = [corpus.write_shard("splits", "part-00000-b.parquet", everyone)]
    corpus.write_manifest(Manifest("ingest", "y", {}, manifest.tables))
    settings = TrainSettings(targets=("labels", "modality"), network="small", epochs=2, min_positives=5)
    outcome = run_stage(corpus, STAGE, settings)
    scores = list(corpus.records("scores"))
    assert outcome.result == "AUC macro not known: no test part"
    assert scores
    assert all(s.value is None and s.n == 0 and s.note for s in scores)


@pytest.mark.parametrize(
    "wrong",
    [
        {"uncertain": "perhaps"},
        {"targets": ()},
        {"targets": ("labels", "plane", "labels")},
        {"seconds": 0.0},
        {"learning_rate": float("nan")},
        {"epochs": 0},
        {"targets": ("weather",)},
        {"network": "no_such"},
        {"network": "timm:"},
        {"size": 8},
        {"hidden": (0,)},
        {"start": "warm"},
        {"trunk": "cut"},
        {"size": 31, "network": "densenet121"},
    ],
)
def test_wrong_settings_are_an_error(wrong: dict[str, Any]) -> None:
    with pytest.raises(SettingsError) as error:
        TrainSettings(**wrong)
    assert error.value.where == next(iter(wrong))


def test_an_unknown_device_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="Unknown device"):
        run_stage(
            make_corpus(tmp_path, 10),
            STAGE,
            TrainSettings(min_positives=1),
            execution=Execution(device="tpu"),
        )


def test_no_model_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="radmine train"):
        load_model(tmp_path)


def test_labels_of_other_images_change_nothing(trained: Corpus) -> None:
    assert Assertion.PRESENT in {row.assertion for row in trained.records("labels")}
    assert "rare_one" not in load_model(trained.folder / MODEL).facts.targets["labels"]
