"""What a network predicted stands in a table, and is judged from it without the network: numbers, groups, page."""

import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, roc_auc_score

from radmine.corpus import Corpus
from radmine.errors import InputError
from radmine.files import bytes_digest
from radmine.show.network import network_html
from radmine.train import compare_networks, evaluate_network
from radmine.train.groups import largest_gaps, read_groups
from radmine.train.predictions import read_predictions
from tests.train.conftest import EVIL
from tests.train.corpus import make_corpus


def test_predictions_are_read_as_they_were_written(judged: Corpus) -> None:
    found = read_predictions(judged)
    assert set(found) == {"labels", "modality"}
    written = {(p.image_id, p.target): p for p in judged.records("predictions")}
    for target, predicted in found.items():
        assert len(predicted.image_ids) == 240
        for image, part, values in zip(
            predicted.image_ids, predicted.parts, predicted.probabilities, strict=True
        ):
            assert written[image, target].part == part
            assert values == pytest.approx(written[image, target].probabilities)


def test_findings_and_classes_are_judged_by_the_labels(judged: Corpus) -> None:
    found = evaluate_network(judged)
    fracture, mass = found.findings
    images = {p.image_id: p for p in judged.records("predictions") if p.target == "labels"}
    truth = {
        row.image_id: str(row.assertion) == "present"
        for row in judged.records("labels")
        if row.finding == "lung_mass"
    }
    test = [p for p in images.values() if p.part == "test"]
    said = [p.probabilities[1] for p in test]
    true = [truth.get(p.image_id, False) for p in test]
    assert mass.measures["auc"].value == pytest.approx(roc_auc_score(true, said))
    assert (mass.n, mass.positives) == (120, sum(true))
    called = np.array(said, np.float32) >= mass.threshold
    assert mass.measures["sensitivity"].value == pytest.approx(called[true].mean())
    assert found.chosen_by.startswith("Youden")
    assert fracture.measures["auc"].value < mass.measures["auc"].value  # type: ignore[operator]
    (modality,) = found.classes
    kind = {image.image_id: image.modality == "MR" for image in judged.records("images")}
    answers = {
        p.image_id: p.probabilities[1] > 0.5
        for p in judged.records("predictions")
        if p.target == "modality" and p.part == "test"
    }
    assert (
        modality.confusion.tolist()
        == confusion_matrix([kind[i] for i in answers], [*answers.values()]).tolist()
    )
    assert modality.measures["majority_accuracy"].value == 0.5
    shares = {
        p.image_id: p.probabilities[1]
        for p in judged.records("predictions")
        if p.target == "modality" and p.part == "test"
    }
    area = roc_auc_score([kind[i] for i in shares], [*shares.values()])
    assert modality.each["MR"]["auc"].value == pytest.approx(area)


def test_the_threshold_of_a_wanted_sensitivity_is_lower(judged: Corpus) -> None:
    common, wanted = (evaluate_network(judged, sensitivity=s).findings[1] for s in (None, 0.99))
    assert wanted.threshold < common.threshold  # type: ignore[operator]
    assert wanted.measures["auc"] == common.measures["auc"]


def test_groups_show_where_it_fails_and_say_what_is_too_small(judged: Corpus) -> None:
    groups = evaluate_network(judged).groups
    of = {(g.finding, g.grouping, g.group): g for g in groups}
    men, women = (of["fracture", "sex", name] for name in ("Male", "Female"))
    assert men.n + women.n == 120
    assert men.measures["auc"].value > 0.8 > 0.7 > women.measures["auc"].value  # type: ignore[operator]
    assert largest_gaps(groups)["fracture", "sex", "auc"] > 0.2
    assert {g.group for g in groups if g.grouping == "age"} == {"18 to 39", "40 to 64", "65 to 79"}
    assert {g.group for g in groups if g.grouping == "site"} == {"north", "=1+1"}
    for group in groups:
        enough = min(group.positives, group.n - group.positives) >= 10
        assert bool(group.measures) is enough
    assert not any(g.grouping == "images of the patient" for g in groups)  # one group alone


def test_what_is_said_nowhere_is_no_group(judged: Corpus, tmp_path: Path) -> None:
    bare = make_corpus(tmp_path, patients=10)
    ids = [image.image_id for image in bare.records("images")]
    groups = read_groups(bare, [*ids, "gone"])
    assert set(groups["sex"]) == set(groups["age"]) == set(groups["scanner"]) == {None}
    assert set(groups["modality"]) == {"CT", "MR", None}
    assert set(groups["images of the patient"]) == {"2 to 4", None}
    with pytest.raises(InputError, match="no network was trained"):
        evaluate_network(bare)


def test_the_page_holds_the_numbers_of_its_rows_and_runs_nothing(judged: Corpus) -> None:
    found = evaluate_network(judged)
    page = network_html(judged, found)
    rows = {(s.subject, s.metric): s for s in found.scores()}
    assert f"{rows['lung_mass', 'threshold'].value:.3f}" in page
    for words in (
        "Female",
        "accuracy",
        "Largest gaps",
        "Thresholds of sites",
        "lung_mass: AUC",
        "best epoch 3",
    ):
        assert words in page
    assert page.count("<svg") == 2 * 3 + 1
    assert "<script" not in page
    assert EVIL.replace("<", "&lt;").replace(">", "&gt;") in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"\bnan\b", page)


def test_rows_are_the_same_again_and_no_two_have_one_name(judged: Corpus) -> None:
    one, other = ([*evaluate_network(judged).scores()] for _ in range(2))
    assert one == other
    assert len({(s.subject, s.metric) for s in one}) == len(one)


def test_two_networks_are_compared_on_the_images_of_both(
    judged: Corpus, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("rival") / "c"
    shutil.copytree(judged.folder, home)
    rival = Corpus(home)
    rows = list(judged.records("predictions"))
    mixed = [  # of half of the images, fractures told by chance, masses as before
        replace(row, probabilities=(hash_share(row.image_id), row.probabilities[1]))
        for row in rows
        if row.target == "labels" and int(row.image_id[1:].split("-")[0]) % 10 != 4
    ]
    manifest = rival.manifest("train")
    assert manifest is not None
    shard = rival.write_shard("predictions", "part-00000-z.parquet", mixed)
    rival.write_manifest(replace(manifest, tables={**manifest.tables, "predictions": [shard]}))
    found = {(s.subject, s.metric): s for s in compare_networks(judged, rival)}
    assert found["fracture", "auc_difference"].n == 60
    assert found["lung_mass", "auc_difference"].value == 0
    assert found["lung_mass", "delong_p"].value == 1
    fracture = found["fracture", "auc_difference"]
    ours, theirs = (float(v) for v in (fracture.note or "").split(" and "))
    assert fracture.value == pytest.approx(ours - theirs, abs=1e-3)
    assert fracture.low < fracture.value < fracture.high
    assert 0 < found["fracture", "delong_p"].value < 1


def hash_share(text: str) -> float:
    return int(bytes_digest(text.encode())[:6], 16) / 16**6


def test_no_network_is_loaded_to_judge_it(judged: Corpus) -> None:
    code = (
        "import sys\nfrom radmine.corpus import Corpus\nfrom radmine.train import evaluate_network\n"
        f"evaluate_network(Corpus.open({str(judged.folder)!r}))\nprint(*sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(result.stdout.split())
    assert not loaded & {"torch", "sklearn", "monai", "spacy"}
