"""Where image networks look: heat maps beside boxes, by method, and beside what needs no network.

python scripts/bench_heatmaps.py --home DIR --of CORPUS=BOXES.csv ... [--methods gradcam,occlusion] [--learned-too CORPUS] > scripts/results/heatmaps.md

A corpus was run with its defaults: `radmine sample DIR --boxes`, `radmine ingest sample DIR/source`, `radmine run sample`, boxes in
DIR/truth/boxes.csv; or nih1000 with its BBox_List_2017.csv. Of images that the network did not learn from, unless they are too few
(--learned-too). Without a network: a random point, the middle of the picture, the border (hot at the edge), the picture's own
brightness, and where the finding mostly is (mean of the boxes of the training part). Seed 0.
"""

import argparse
from pathlib import Path

import numpy as np
from bench_machine import heading, markdown

from radmine.corpus import Corpus
from radmine.pixels.placed import placed
from radmine.show.scores import measure
from radmine.train import MODEL, Localisation, load_model, locate
from radmine.train.heatmaps import METHODS
from radmine.train.heatmaps.located import places_of
from radmine.train.heatmaps.maps import Maps
from radmine.train.model import ImageModel

SHOWN = ("pointing", "accuracy_iou_0.1", "accuracy_iou_0.25", "accuracy_iou_0.5", "accuracy_iobb_0.25")


def brightness(model: ImageModel, squares: np.ndarray, target: str, column: int) -> Maps:
    return squares.astype(np.float32) / 255


def border(model: ImageModel, squares: np.ndarray, target: str, column: int) -> Maps:
    line = np.abs(np.linspace(-1, 1, squares.shape[-1], dtype=np.float32))
    return np.repeat(np.maximum(line[:, None], line)[None], len(squares), axis=0)


def mostly(corpus: Corpus, boxes: Path, model: ImageModel) -> dict[str, np.ndarray]:
    """The mean of the boxes of the training part, on the square, by finding."""
    part = {s.patient_id: s.split for s in corpus.records("splits")}
    side = model.facts.stored_size
    found: dict[str, np.ndarray] = {}
    for place in places_of(corpus, boxes, model, learned_too=True)[0]:
        if part[place.patient_id] == "train":
            top, bottom, left, right = place.crop
            y, x, height, width = placed(bottom - top, right - left, side)
            mask = found.setdefault(place.finding, np.zeros((side, side), np.float32))
            down, across = height / (bottom - top), width / (right - left)
            for box in place.boxes:
                rows = slice(max(0, round(y + (box.top - top) * down)), round(y + (box.bottom - top) * down))
                columns = slice(
                    max(0, round(x + (box.left - left) * across)), round(x + (box.right - left) * across)
                )
                mask[rows, columns] += 1
    return found


def row(name: str, found: Localisation) -> tuple[str, ...]:
    of = found.located[0].measures
    numbers = [measure(of[m].value, of[m].low, of[m].high) for m in SHOWN]
    alike = [
        measure(found.likeness[part]) if name in METHODS and found.likeness else "-"
        for part in found.likeness
    ]
    return (name, *numbers, measure(of["false_iou_0.25"].value), *(alike or ("-", "-")))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--of", action="append", required=True, metavar="CORPUS=BOXES")
    parser.add_argument("--methods", default="gradcam,occlusion")
    parser.add_argument("--learned-too", action="append", default=[])
    args = parser.parse_args()
    print(f"# Heat maps beside boxes\n\n{heading()}\n")
    for pair in args.of:
        name, _, file = pair.partition("=")
        corpus, boxes = Corpus.open(name, home=args.home), Path(file)
        model = load_model(corpus.folder / MODEL, device="cpu")
        names = model.facts.targets["labels"]
        prior = mostly(corpus, boxes, model)
        empty = np.zeros((model.facts.stored_size,) * 2, np.float32)

        def likely(
            model: ImageModel,
            squares: np.ndarray,
            target: str,
            column: int,
            prior=prior,
            names=names,
            empty=empty,
        ) -> Maps:
            return np.repeat(prior.get(names[column], empty)[None], len(squares), axis=0)

        METHODS.update(
            {"the picture's brightness": brightness, "the border": border, "where it mostly is": likely}
        )
        rows, found = [], None
        try:
            for method in (*args.methods.split(","), *list(METHODS)[2:]):
                found = locate(
                    corpus, boxes, method=method, learned_too=name in args.learned_too, device="cpu"
                )
                without = method in list(METHODS)[2:]
                rows.append(row(method, found)[: -2 if without else None] + (("-", "-") if without else ()))
                if method == args.methods.split(",")[0]:
                    each = found.located
        finally:
            for extra in list(METHODS)[2:]:
                del METHODS[extra]
        assert found is not None
        of = each[0].measures
        for said, key in (("a random point", "by_chance"), ("the middle", "centre")):
            rows.append((said, measure(of[key].value, of[key].low, of[key].high), *("-",) * (len(SHOWN) + 2)))
        print(f"## {name}: {each[0].n} pairs of image and finding, {each[0].patients} patients\n")
        print(
            f"{model!r}. {'Images of the training part count too. ' if name in args.learned_too else ''}"
            f"Left out: {found.learned_from} pairs of images learned from, {len(found.unknown)} findings not learned.\n"
        )
        heads = ["map", *(m.replace("accuracy_", "").replace("_", " >= ").replace("io", "Io") for m in SHOWN)]
        print(markdown([*heads, "false boxes, IoU < 0.25", "like random head", "like random network"], rows))
        heads = [
            "finding",
            "n",
            "patients",
            "pointing",
            "a random point",
            "the middle",
            "IoU >= 0.25",
            "probability",
        ]
        keys = ("pointing", "by_chance", "centre", "accuracy_iou_0.25", "likely")
        lines = [
            (one.finding, str(one.n), str(one.patients), *(measure(one.measures[k].value) for k in keys))
            for one in each[1:]
        ]
        print(f"\n{args.methods.split(',')[0]} by finding:\n\n{markdown(heads, lines)}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
