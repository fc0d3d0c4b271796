"""The order of reading: what alerts find, and how long studies wait, against formulas."""

import csv
from pathlib import Path

import numpy as np
import pytest

from radmine.corpus import Corpus
from radmine.errors import InputError
from radmine.findings import critical_findings, is_critical
from radmine.train import worklist
from radmine.train.queue import Waits, simulate_queue
from radmine.train.worklist import make_worklist, measure_alerts
from tests.cli.commands import objects, radmine


def test_the_list_of_critical_findings_names_findings_and_takes_their_kinds() -> None:
    assert "pneumothorax" in critical_findings()
    assert is_critical("subdural_hematoma")
    assert "subdural_hematoma" not in critical_findings()
    assert not is_critical("cardiomegaly")


def test_alerts_find_what_counting_finds() -> None:
    random = np.random.default_rng(0)
    critical = random.random(200) < 0.2
    scores = critical + random.normal(size=200)
    patients = [f"p{i // 2}" for i in range(200)]
    sensitivity, precision = measure_alerts(scores, critical, patients, 0.1)
    top = np.argsort(-scores)[:20]
    assert sensitivity.value == pytest.approx(critical[top].sum() / critical.sum())
    assert precision.value == pytest.approx(critical[top].mean())
    assert sensitivity.low < sensitivity.value < sensitivity.high  # type: ignore[operator]
    every, share = measure_alerts(scores, critical, patients, 1.0)
    assert (every.value, share.value) == (1.0, pytest.approx(critical.mean()))


def test_who_says_the_same_of_all_finds_the_share_that_is_alerted() -> None:
    critical = np.arange(50) < 10
    sensitivity, precision = measure_alerts(np.ones(50), critical, [str(i) for i in range(50)], 0.3)
    assert sensitivity.value == pytest.approx(0.3)
    assert precision.value == pytest.approx(0.2)


def test_waits_are_those_of_the_formulas() -> None:
    # M/D/1, two classes, no preemption (Cobham 1954): the work in hand on arrival is load / 2 reading times.
    load, studies = 0.5, 60_000
    sensitivity, false = 0.8, 0.1
    critical = np.arange(1000) < 100
    alert = np.r_[np.arange(100) < 80, np.arange(900) < 90]
    first, other = simulate_queue(alert, critical, load=load, seed=1, studies=studies)
    of_alerts = 0.1 * sensitivity + 0.9 * false
    soon = load / 2 / (1 - load * of_alerts)
    late = soon / (1 - load)
    expected = {
        "first": (load / 2 / (1 - load), sensitivity * soon + (1 - sensitivity) * late),
        "other": (load / 2 / (1 - load), false * soon + (1 - false) * late),
    }
    waits: Waits
    for waits, (plain, with_alerts) in zip((first, other), expected.values(), strict=True):
        assert waits.first_come.value == pytest.approx(plain, rel=0.05)
        assert waits.alerts_first.value == pytest.approx(with_alerts, rel=0.05)
        assert waits.saved.value == pytest.approx(waits.first_come.value - waits.alerts_first.value)  # type: ignore[operator]
        assert waits.saved.low < waits.saved.value < waits.saved.high  # type: ignore[operator]
    assert first.saved.value > 0 > other.saved.value  # type: ignore[operator]


def test_no_order_changes_what_all_wait_together() -> None:
    # The reading time is one: whatever the order, the sum of all waits stays (Kleinrock's conservation law).
    random = np.random.default_rng(3)
    alert, critical = random.random(500) < 0.3, random.random(500) < 0.2
    studies = 5_000
    first, other = simulate_queue(alert, critical, load=0.9, studies=studies)
    drawn = np.random.default_rng(0).integers(500, size=studies)
    share = critical[drawn].mean()
    assert share * first.saved.value + (1 - share) * other.saved.value == pytest.approx(0, abs=1e-9)  # type: ignore[operator]
    assert simulate_queue(alert, critical, load=0.9, studies=studies) == (first, other)


def test_studies_are_ordered_by_their_most_critical_image(
    judged: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_worklist(judged, findings=["lung_mass"], alert_rate=0.2)
    said = {p.image_id: p for p in judged.records("predictions") if p.target == "labels"}
    of_report: dict[str, float] = {}
    for image, p in said.items():
        if p.part == "test":
            study = f"s{image[1:].split('-')[0]}"
            of_report[study] = max(of_report.get(study, 0), p.probabilities[1])
    assert {e.study_id: e.probability for e in made.entries} == pytest.approx(of_report)
    values = [e.probability for e in made.entries]
    assert values == sorted(values, reverse=True)
    assert sum(e.alert for e in made.entries) == int(0.2 * len(values))
    assert all(e.alert for e in made.entries[: int(0.2 * len(values))])
    told = [e for e in made.entries if e.critical is not None]
    found = sum(e.alert and e.critical for e in told) / sum(bool(e.critical) for e in told)
    assert made.sensitivity.value == pytest.approx(found, abs=0.02)  # those of unknown truth take alerts too
    assert made.critical_waits.saved.value > 0 > made.other_waits.saved.value  # type: ignore[union-attr, operator]
    monkeypatch.setattr(worklist, "FEWEST", 10_000)
    few = make_worklist(judged, findings=["lung_mass"], alert_rate=0.2)
    assert (few.sensitivity.low, few.critical_waits) == (None, None)
    assert few.sensitivity.value == made.sensitivity.value
    monkeypatch.undo()
    with pytest.raises(InputError, match="does not know cardiomegaly"):
        make_worklist(judged, findings=["cardiomegaly"])
    with pytest.raises(InputError, match="knows no critical finding"):
        make_worklist(judged)
    home, name = str(judged.folder.parents[1]), judged.name
    file = tmp_path / "list.csv"
    rows = objects(
        radmine("worklist", name, "--findings", "lung_mass", "--to", str(file), "--json", home=Path(home))
    )
    assert len(rows) == len(made.entries) + 1
    assert rows[-1]["critical_waits"]["saved"]["value"] > 0
    with file.open(newline="", encoding="utf-8-sig") as stream:
        assert [row["study_id"] for row in csv.DictReader(stream)] == [e.study_id for e in made.entries]
    shown = radmine("worklist", name, "--findings", "lung_mass", home=Path(home))
    assert "alerts first" in shown.stdout
