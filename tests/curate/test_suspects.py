"""Suspected labels go out as a sheet, are answered, and come back as decisions; no answer is lost."""

import csv
from pathlib import Path

import numpy as np
import pytest

from radmine import label, link
from radmine.corpus import Corpus
from radmine.curate import correct_from, suspects, write_suspects
from radmine.errors import InputError
from radmine.records import Report, Split
from radmine.run import run_stage
from radmine.train import noise
from radmine.train.features import LookedAt
from radmine.train.targets import read_cases
from tests.cli.commands import objects, radmine
from tests.link.made import image, make_corpus

PATIENTS = 30
WRONG = ("i3", "i8", "i14")  # whose pictures show the opposite of what the reports say


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Corpus:
    """Images of which every second report names an effusion, and what a network sees in them."""
    said = ["Small" if n % 2 else "No" for n in range(PATIENTS)]
    reports = [
        Report(f"r{n}", f"p{n}", f"{word} pleural effusion (series 1, image 1).", "test", study_id=f"s{n}")
        for n, word in enumerate(said)
    ]
    images = [image(f"i{n}", f"s{n}", 1, 1, patient_id=f"p{n}") for n in range(PATIENTS)]
    splits = [Split(f"p{n}", "train", f"p{n}", "drawn") for n in range(PATIENTS)]
    made = make_corpus(tmp_path, reports, images, splits=splits)
    run_stage(made, link.STAGE, link.LinkSettings())
    run_stage(made, label.STAGE, label.LabelSettings())
    cases = read_cases(made, [i.image_id for i in images])
    shown = [(n % 2 == 1) != (f"i{n}" in WRONG) for n in range(PATIENTS)]
    noisy = np.array(shown, np.float32)[:, None] + 0.1 * np.random.default_rng(0).normal(size=(PATIENTS, 1))
    seen = LookedAt(cases, noisy.astype(np.float32), "made up")
    monkeypatch.setattr(noise, "unlearned", lambda *_, **__: seen)
    monkeypatch.setattr(noise, "STRENGTH", 1.0)
    return made


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8-sig") as stream:
        return list(csv.DictReader(stream))


def test_a_filled_sheet_makes_decisions_and_they_are_suspected_no_more(
    corpus: Corpus, tmp_path: Path
) -> None:
    found = suspects(corpus)
    assert {s.image_id for s in found.labels} == set(WRONG)
    assert {(s.image_id, s.ours) for s in found.labels} == {
        ("i3", "present"),
        ("i8", "absent"),
        ("i14", "absent"),
    }
    assert all("pleural effusion" in s.sentence for s in found.labels)
    assert found.suspected == 3
    file = tmp_path / "suspects.csv"
    assert write_suspects(found.labels, file) == 0
    rows = rows_of(file)
    assert [row["image_id"] for row in rows] == [s.image_id for s in found.labels]
    rows[0]["answer"] = "absent" if rows[0]["ours"] == "present" else "present"
    with file.open("w", newline="", encoding="utf-8-sig") as stream:
        table = csv.DictWriter(stream, rows[0])
        table.writeheader()
        table.writerows(rows)
    assert (
        write_suspects(found.labels[1:], file) == 1
    )  # an answer stays, though its label is not asked for now
    kept = {row["image_id"]: row["answer"] for row in rows_of(file)}
    assert kept[rows[0]["image_id"]] == rows[0]["answer"]
    made = correct_from(corpus, file, by="someone")
    assert [(d.image_id, d.answer) for d in made.decided] == [(rows[0]["image_id"], rows[0]["answer"])]
    assert not made.refused
    run_stage(corpus, label.STAGE, label.LabelSettings())
    assert rows[0]["image_id"] not in {s.image_id for s in suspects(corpus).labels}


def test_another_file_is_not_written_over(corpus: Corpus, tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text("image_id,finding,answer\ni1,pleural_effusion,present\n")
    with pytest.raises(InputError, match="Another file"):
        write_suspects((), file)


def test_the_command_lists_them_and_writes_the_sheet(corpus: Corpus, tmp_path: Path) -> None:
    shown = radmine("suspects", "made", "--n", "2", home=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert "3 labels are suspected" in shown.stdout
    file = tmp_path / "sheet.csv"
    rows = objects(
        radmine(
            "suspects", "made", "--finding", "pleural_effusion", "--to", str(file), "--json", home=tmp_path
        )
    )
    assert {row["image_id"] for row in rows} == set(WRONG)
    assert len(rows_of(file)) == 3
    assert radmine("suspects", "made", "--finding", "fracture", home=tmp_path).returncode == 2
