"""How often a network's heat maps lie where findings are: `locate`, of images whose boxes are known."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from radmine.corpus import Corpus
from radmine.errors import InputError
from radmine.findings import NameReader
from radmine.ids import match_items
from radmine.pixels import open_pixels, to_source
from radmine.records import Score
from radmine.train.heatmaps.boxes import MOST, THRESHOLD, Box, boxes_of, hits, iobb, iou
from radmine.train.heatmaps.maps import heatmap
from radmine.train.heatmaps.randomised import PARTS, likeness, randomised
from radmine.train.heatmaps.true_boxes import TrueBox, read_boxes
from radmine.train.measure import Estimate, Floats, Statistic, estimate
from radmine.train.model import MODEL, ImageModel, load_model

LEVELS = (0.1, 0.25, 0.5)  # of overlap, from which a box counts as right
EVERY = "all"
_AT_ONCE, _CHECKED = 64, 8  # images: of a batch; of a finding that random weights are tried on
_OVERLAPS = {"iou": iou, "iobb": iobb}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a finding is in an image."""

    image_id: str
    patient_id: str
    finding: str
    boxes: tuple[Box, ...]  # in pixels of the source
    crop: tuple[int, ...]
    rows: int
    columns: int


@dataclass(frozen=True, slots=True)
class Located:
    """How often the maps of one finding, or of all, are right."""

    finding: str
    n: int  # pairs of an image and a finding
    patients: int
    # pointing (the hottest point lies in a box), by_chance (the share of the kept picture in boxes: what a random point hits),
    # centre (what the middle of the kept picture hits), likely (probability that the network gives); and by overlap and level
    # accuracy_iou_0.25 (a box of the map that is right), false_iou_0.25 (boxes that are not, an image).
    measures: Mapping[str, Estimate]


@dataclass(frozen=True, slots=True)
class Localisation:
    """How often the heat maps of a network are right."""

    method: str
    located: tuple[Located, ...]  # all together, then each finding
    # Median rank correlation with the maps of random weights, by what was drawn anew.
    likeness: Mapping[str, float | None]
    checked: int  # maps that this was tried on
    learned_from: int  # left out: pairs of images that the network learned from
    unknown: tuple[str, ...]  # findings of the file that the network did not learn
    missing: int  # images of the file that the corpus does not have, or not as pixels

    def scores(self) -> Iterator[Score]:
        """Yield every number of it as a row like those of `scores`."""
        for one in self.located:
            note = f"{self.method}, {one.patients} patients"
            for name, measured in one.measures.items():
                yield Score(
                    "train",
                    f"{one.finding} in place",
                    name,
                    measured.value,
                    one.n,
                    measured.low,
                    measured.high,
                    note,
                )
        for part, value in self.likeness.items():
            subject = f"maps with random weights of the {part}"
            yield Score("train", subject, "rank_correlation", value, self.checked, note=self.method)


def locate(
    corpus: Corpus,
    path: Path,
    *,
    method: str = "gradcam",
    learned_too: bool = False,
    tolerance: float = 0.0,
    device: str = "auto",
    seed: int = 0,
) -> Localisation:
    """Return how often the heat maps of a corpus's network lie where a file says that findings are.

    A box of a map is one of its largest three connected parts above half of its largest value (`boxes_of`). Localisation is
    counted as Wang et al. do (CVPR 2017): it is right where a box overlaps a true one by at least a level. Intervals: 95 %, by a
    bootstrap over patients.

    Parameters
    ----------
    path
        See `read_boxes`.
    method
        See `heatmap`.
    learned_too
        Whether images of the training part count as well.
    tolerance
        By which part of the picture's longer side the hottest point may lie outside.
    seed
        Of the bootstrap, and of random weights.

    Raises
    ------
    InputError
        There are no boxes, no network, or no image of both.
    """
    model = load_model(corpus.folder / MODEL, device=device)
    places, learned_from, unknown, missing = places_of(corpus, path, model, learned_too=learned_too)
    if not places:
        raise InputError(
            "The network can be asked of no box in the file: "
            f"{learned_from:,} of images that it learned from, {missing:,} images without pixels here, "
            f"findings that it did not learn: {', '.join(unknown) or 'none'}.",
            where=str(path),
            do="Check --boxes.",
        )
    rows: dict[str, list[tuple[Place, dict[str, float]]]] = defaultdict(list)
    drawn = {part: randomised(model, part, seed=seed) for part in PARTS}
    alike: dict[str, list[NDArray[np.float64]]] = {part: [] for part in PARTS}
    store = open_pixels(corpus, image_ids={place.image_id for place in places})
    for finding in sorted({place.finding for place in places}):
        own = [place for place in places if place.finding == finding]
        column = model.facts.targets["labels"].index(finding)
        for start in range(0, len(own), _AT_ONCE):
            some = own[start : start + _AT_ONCE]
            squares = store.batch([place.image_id for place in some])
            said = model.predict(squares)["labels"][:, column]
            maps = heatmap(model, squares, "labels", finding, method=method)
            for place, heat, likely in zip(some, maps, said, strict=True):
                rows[finding].append((place, {**_measured(place, heat, tolerance), "likely": float(likely)}))
            few = slice(0, _CHECKED if not start else 0)
            for part, other in drawn.items():
                values = likeness(other, squares[few], "labels", finding, maps[few], method=method)
                alike[part].append(values[~np.isnan(values)])
    tried = {part: np.concatenate(values) for part, values in alike.items()}
    every = [row for own in rows.values() for row in own]
    return Localisation(
        method,
        tuple(_located(name, own, seed) for name, own in ((EVERY, every), *rows.items())),
        {part: float(np.median(values)) if len(values) else None for part, values in tried.items()},
        max(map(len, tried.values())),
        learned_from,
        unknown,
        missing,
    )


def places_of(
    corpus: Corpus, path: Path, model: ImageModel, *, learned_too: bool
) -> tuple[list[Place], int, tuple[str, ...], int]:
    """Return the pairs of an image and a finding that can be asked, and what of the file cannot."""
    grouped: dict[tuple[str, str], list[TrueBox]] = defaultdict(list)
    for box in read_boxes(path):
        grouped[box.image, box.finding].append(box)
    ids = match_items(corpus, {image for image, _ in grouped}, kind="image")
    names = {name for _, name in grouped}
    reader = NameReader(names, lexicon=corpus.lexicon)
    meant = {name: known.finding for name in names if (known := reader.read(name)) is not None}
    learned = set(model.facts.targets.get("labels", ()))
    part_of = {s.patient_id: s.split for s in corpus.records("splits")}
    patients = dict(
        zip(*corpus.read("images", columns=["image_id", "patient_id"]).to_pydict().values(), strict=True)
    )
    pixels = {p.image_id: p for p in corpus.records("pixels")}
    found: dict[tuple[str, str], Place] = {}
    learned_from, missing = 0, set()
    for (image, name), boxes in grouped.items():
        row = pixels.get(ids.get(image, ""))
        if row is None:
            missing.add(image)
            continue
        finding, patient = meant.get(name, ""), patients[row.image_id]
        if finding not in learned:
            continue
        if part_of.get(patient) == "train" and not learned_too:
            learned_from += 1
            continue
        own = tuple(_in_pixels(box, row.rows, row.columns) for box in boxes)
        before = found.get((row.image_id, finding))
        own = (*before.boxes, *own) if before else own
        found[row.image_id, finding] = Place(
            row.image_id, patient, finding, own, tuple(row.crop), row.rows, row.columns
        )
    unknown = tuple(sorted(name for name in names if meant.get(name) not in learned))
    return list(found.values()), learned_from, unknown, len(missing)


def _in_pixels(box: TrueBox, rows: int, columns: int) -> Box:
    """Return a box in whole pixels of an image, within it, of a pixel at least."""
    down, across = (rows / box.side, columns / box.side) if box.side else (1.0, 1.0)
    top, left = (
        min(max(0, round(at * scale)), most - 1)
        for at, scale, most in ((box.y, down, rows), (box.x, across, columns))
    )
    bottom, right = round((box.y + box.height) * down), round((box.x + box.width) * across)
    return Box(top, min(max(bottom, top + 1), rows), left, min(max(right, left + 1), columns))


def _measured(place: Place, heat: NDArray[np.float32], tolerance: float) -> dict[str, float]:
    """Return what one map is worth."""
    far = tolerance * max(place.rows, place.columns)
    map_ = to_source(heat, place.crop, place.rows, place.columns)
    top, bottom, left, right = place.crop
    kept = np.zeros(map_.shape, bool)
    for box in place.boxes:
        kept[box.top : box.bottom, box.left : box.right] = True
    middle = np.zeros(map_.shape, np.float32)
    middle[(top + bottom) // 2, (left + right) // 2] = 1
    values = {
        "pointing": float(hits(map_, place.boxes, tolerance=far)),
        "by_chance": float(kept[top:bottom, left:right].mean()),
        "centre": float(hits(middle, place.boxes, tolerance=far)),
    }
    boxes = boxes_of(map_, threshold=THRESHOLD, most=MOST)
    for name, overlap in _OVERLAPS.items():
        best = [max(overlap(box, true) for true in place.boxes) for box in boxes]
        for level in LEVELS:
            right_ones = sum(value >= level for value in best)
            values[f"accuracy_{name}_{level:g}"] = float(right_ones > 0)
            values[f"false_{name}_{level:g}"] = float(len(best) - right_ones)
    return values


def _located(finding: str, rows: Sequence[tuple[Place, Mapping[str, float]]], seed: int) -> Located:
    patients = [place.patient_id for place, _ in rows]
    measures = {}
    for name in rows[0][1]:
        values = np.array([measured[name] for _, measured in rows])
        measures[name] = estimate(_mean_of(values), patients, seed=seed)
    return Located(finding, len(rows), len(set(patients)), measures)


def _mean_of(values: Floats) -> Statistic:
    def mean(weights: Floats) -> Floats:
        found: Floats = weights @ values / weights.sum(axis=1)
        return found

    return mean
