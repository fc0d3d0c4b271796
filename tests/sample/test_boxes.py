"""Boxes of a sample lie where its lesions are painted."""

import csv
from pathlib import Path

from radmine.sample.boxes import COLUMNS, box_rows
from radmine.sample.files import image_size
from radmine.sample.phantoms import shown, width_mm
from radmine.sample.source import plan_patients, write_sample

ROUND = {"lung_mass", "lung_nodule", "brain_mass", "intracranial_hemorrhage"}


def test_boxes_lie_around_the_centres_of_lesions() -> None:
    near = 0
    for patient in plan_patients(200, seed=0):
        lesions = {lesion.finding for study in patient.studies for lesion in study.lesions}
        if patient.region.name not in {"chest_ct", "brain_mr"} or not lesions & ROUND or near > 9:
            continue
        rows = [dict(zip(COLUMNS, row, strict=True)) for row in box_rows(patient)]
        assert rows == [dict(zip(COLUMNS, row, strict=True)) for row in box_rows(patient)]
        side, wide = image_size(patient), width_mm(patient.region.name)
        for study in patient.studies:
            axial = [series for series in study.series if series.plane == "axial"]
            for series, instance in ((s, i + 1) for s in axial for i in range(len(s.positions))):
                image = patient.image_uid(study, series, instance)
                there = {lesion.finding: lesion for lesion in shown(study, series, instance)}
                own = [row for row in rows if row["image"] == image]
                assert {row["finding"] for row in own} <= set(there)
                for row in own:
                    if row["finding"] in ROUND:
                        x, y = (side * (0.5 + there[row["finding"]].center[axis] / wide) for axis in (0, 1))
                        assert abs(row["x"] + row["width"] / 2 - x) < 0.1 * side
                        assert abs(row["y"] + row["height"] / 2 - y) < 0.1 * side
                        near += 1
    assert near > 3


def test_boxes_are_written_where_asked_and_change_nothing_else(tmp_path: Path) -> None:
    for name, boxes in (("with", True), ("without", False)):
        write_sample(tmp_path / name, reports=2, seed=1, boxes=boxes, workers=1)
    assert not (tmp_path / "without/truth/boxes.csv").exists()
    with (tmp_path / "with/truth/boxes.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert rows
    assert all(float(row["width"]) > 0 and float(row["height"]) > 0 for row in rows)
    for path in sorted((tmp_path / "without").rglob("*")):
        if path.is_file():
            assert (
                path.read_bytes() == (tmp_path / "with" / path.relative_to(tmp_path / "without")).read_bytes()
            )
