"""How radiologists write which image they mean: many notations, each with the images that it names."""

from collections.abc import Callable
from random import Random
from typing import NamedTuple

from radmine.sample.patient import Lesion, SeriesPlan, StudyPlan, visible


class Pointed(NamedTuple):
    """Words that point to images, and the images: (series, instance) of a study."""

    words: str  # inside the sentence, with a leading space: " (series 3, image 45)"
    bare: str  # as an object: "series 3, image 45"
    images: tuple[tuple[SeriesPlan, int], ...]


_SINGLE = (
    "series {s}, image {i}",
    "series {s}, image {i}",
    "series {s} image {i}",
    "{s}:{i}",
    "{s}:{i}",
    "se {s} im {i}",
    "Se {s}, Im {i}",
    "Se{s}/Im{i}",
    "image {i}, series {s}",
    "image {i} of series {s}",
    "ser {s} img {i}",
    "series #{s}, image #{i}",
    "series {s}/image {i}",
    "SE:{s}, IM:{i}",
    "image {i} series {s}",
    "sequence {s}, slice {i}",
    "im. {i}, ser. {s}",
    "series {s}, image {i} of {n}",
)
_RANGE = (
    "series {s}, images {i}-{j}",
    "{s}:{i}-{j}",
    "Se {s} Im {i}-{j}",
    "series {s}, images {i} through {j}",
    "series {s} images {i} to {j}",
    "images {i}-{j} of series {s}",
    "se {s}, im {i}-{j}",
)
_PAIR = (
    "series {s}, images {i} and {j}",
    "series {s}, image {i}; series {s}, image {j}",
    "{s}:{i}, {s}:{j}",
    "series {s} images {i}, {j}",
    "images {i} and {j} of series {s}",
)
_TWO_SERIES = (
    "series {s}, image {i}; series {t}, image {j}",
    "{s}:{i} and {t}:{j}",
    "series {s}, image {i} and series {t}, image {j}",
    "Se {s} Im {i}, Se {t} Im {j}",
)
_ONLY_IMAGE = ("image {i}", "image {i}", "im {i}", "slice {i}", "image #{i}")
_PRIOR = (
    ", previously {size} (series {s}, image {i})",
    " (previously series {s}, image {i})",
    ", compared with series {s}, image {i} of the prior study",
    ", previously {size} on series {s} image {i}",
    " (prior: series {s}, image {i})",
    ", previously {size} ({s}:{i} on the prior exam)",
)


def _enclosed(text: str, rng: Random) -> str:
    draw = rng.random()
    if draw < 0.72 or ":" in text[:4]:
        return f" ({text})"
    if draw < 0.82:
        return f" [{text}]"
    if draw < 0.92:
        return f" on {text}"
    return f", {text}," if draw < 0.95 else f" (best seen on {text})"


def point(lesion: Lesion, study: StudyPlan, rng: Random) -> Pointed | None:
    """Return words that point to the images of a study that show a lesion, None where none does."""
    rnd = rng.random
    shown = [(series, instances) for series in study.series if (instances := visible(lesion, series))]
    if not shown:
        return None
    series, instances = shown[0] if rnd() < 0.7 else shown[int(rnd() * len(shown))]
    best = instances[0]
    draw = rnd()
    if draw < 0.1 and len(shown) > 1:
        other, others = shown[1] if shown[1][0] is not series else shown[0]
        text = _pick(_TWO_SERIES, rnd).format(s=series.number, i=best, t=other.number, j=others[0])
        images: tuple[tuple[SeriesPlan, int], ...] = ((series, best), (other, others[0]))
    elif draw < 0.28 and len(instances) > 1:
        low, high = sorted(instances[:3])[0], sorted(instances[:3])[-1]
        text = _pick(_RANGE, rnd).format(s=series.number, i=low, j=high)
        images = tuple((series, i) for i in range(low, high + 1))
    elif draw < 0.35 and len(instances) > 1:
        low, high = sorted(instances[:2])
        text = _pick(_PAIR, rnd).format(s=series.number, i=low, j=high)
        images = ((series, low), (series, high))
    else:
        text = _one_image(series, best, study, draw, rnd)
        images = ((series, best),)
    return Pointed(_enclosed(text, rng), text, images)


def _one_image(
    series: SeriesPlan, instance: int, study: StudyPlan, draw: float, rnd: Callable[[], float]
) -> str:
    """Return a notation of one image; without its series only where nothing else can be meant."""
    others = [s for s in study.series if s is not series]
    if draw < 0.42 and all(s.plane != series.plane for s in others):
        return f"{series.plane} image {instance}"
    if draw < 0.5 and all(len(s.positions) < instance for s in others):
        return _pick(_ONLY_IMAGE, rnd).format(i=instance)
    return _pick(_SINGLE, rnd).format(s=series.number, i=instance, n=len(series.positions))


def point_back(lesion: Lesion, before: StudyPlan, size: str, rng: Random) -> Pointed | None:
    """Return words that point to an image of the prior study that shows a lesion, None where none does."""
    series = before.series[0]
    instances = visible(lesion, series) if series.plane else []
    if not instances:
        return None
    text = _pick(_PRIOR, rng.random).format(s=series.number, i=instances[0], size=size)
    return Pointed(text, text, ((series, instances[0]),))


def _pick(texts: tuple[str, ...], rnd: Callable[[], float]) -> str:
    return texts[int(rnd() * len(texts))]
