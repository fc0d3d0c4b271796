"""How often heat maps lie where findings are, in words: `located_table`, `located_words`."""

from collections.abc import Iterator

from radmine.show.scores import measure
from radmine.train import LEVELS, Localisation

HEADS = (
    "finding",
    "n",
    "patients",
    "pointing",
    "a random point",
    "the centre",
    *(f"{name} >= {level:g}" for name in ("IoU", "IoBB") for level in LEVELS),
)
_ALIKE = 0.5  # rank correlation from which a map is called much the same


def located_rows(found: Localisation) -> Iterator[tuple[str, ...]]:
    """Yield a row for all findings together and for each: hits, and boxes that are right with false ones an image behind a stroke."""
    for one in found.located:
        of = one.measures
        shown = [measure(of[m].value, of[m].low, of[m].high) for m in ("pointing",)]
        shown += [measure(of[m].value) for m in ("by_chance", "centre")]
        for name in ("iou", "iobb"):
            for level in LEVELS:
                right, wrong = (of[f"{kind}_{name}_{level:g}"].value for kind in ("accuracy", "false"))
                shown.append(f"{measure(right)} / {measure(wrong)}")
        yield (one.finding, f"{one.n:,}", f"{one.patients:,}", *shown)


def located_words(found: Localisation) -> Iterator[str]:
    """Yield what the numbers are of, what was left out, and what the check with random weights says."""
    yield (
        f"Heat maps by {found.method}, of images with known boxes. Pointing: the hottest point lies in a box; beside it what a random "
        "point and the middle of the picture hit. IoU, IoBB: how often a box of the map overlaps a true one by as much, and after "
        "the stroke how many boxes an image do not."
    )
    left = []
    if found.learned_from:
        left.append(f"{found.learned_from:,} of images that the network learned from")
    if found.missing:
        left.append(f"{found.missing:,} images that have no pixels here")
    if found.unknown:
        left.append(f"findings that it did not learn ({', '.join(found.unknown)})")
    if left:
        yield f"Left out: {'; '.join(left)}."
    for part, value in found.likeness.items():
        what = "the head's weights" if part == "head" else "all weights"
        if value is None:
            yield f"With {what} drawn at random no map is left that could be compared."
            continue
        said = (
            "the maps stay much the same: they show the picture more than what was learned"
            if value >= _ALIKE
            else "the maps change, as they should: they depend on what was learned"
        )
        yield f"With {what} drawn at random {said} (rank correlation {value:.2f}, median of {found.checked:,} maps)."
