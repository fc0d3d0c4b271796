"""Near-duplicates: how many pictures are found again that were saved anew, and how many of other patients are taken for the same.

python scripts/bench_near.py --home DIR --names NAME [NAME ...] [--out FILE.md]

Of each corpus 300 stored squares (seed 0) are saved anew in each way, and looked for among all. Alarms are pairs of pictures of
different patients; those of the hashes alone (either differs in 3 bits at most) stand beside. The threshold was chosen on these
pictures.
"""

import argparse
import io
from pathlib import Path

import numpy as np
from bench_machine import heading, markdown
from PIL import Image, ImageEnhance

from radmine.corpus import Corpus
from radmine.pixels import open_pixels
from radmine.pixels.near import _candidates, hashes_of, near_groups

SOME = 300


def saved_anew(square: np.ndarray, random: np.random.Generator) -> dict[str, np.ndarray]:
    """The same picture in several ways."""
    picture = Image.fromarray(square)

    def jpeg(quality: int) -> np.ndarray:
        stream = io.BytesIO()
        picture.save(stream, "JPEG", quality=quality)
        return np.asarray(Image.open(stream))

    side = len(square)

    def cut(share: float) -> np.ndarray:
        edge = round(side * share / 2)
        return np.asarray(picture.crop((edge, edge, side - edge, side - edge)).resize((side, side)))

    return {
        "JPEG, quality 60": jpeg(60),
        "JPEG, quality 25": jpeg(25),
        "half the size and back": np.asarray(picture.resize((side // 2,) * 2).resize((side,) * 2)),
        "brightness x 1.2, clipped": np.asarray(ImageEnhance.Brightness(picture).enhance(1.2)),
        "contrast x 0.7": np.asarray(ImageEnhance.Contrast(picture).enhance(0.7)),
        "gamma 0.7": (255 * (square / 255) ** 0.7).astype(np.uint8),
        "noise, 6 of 255": np.clip(square + random.normal(0, 6, square.shape), 0, 255).astype(np.uint8),
        "4% cut off": cut(0.04),
    }


def measured(corpus: Corpus) -> tuple[dict[str, str], str, str]:
    """The share found of each way, the alarms, and those of the hashes alone."""
    random = np.random.default_rng(0)
    store = open_pixels(corpus)
    columns = corpus.read("images", columns=["image_id", "patient_id"]).to_pydict()
    patient_of = dict(zip(columns["image_id"], columns["patient_id"], strict=True))
    squares = list(store.batch(store.ids))
    hashes = [hashes_of(square) for square in squares]
    groups = near_groups(hashes, squares.__getitem__)
    other = sum(
        patient_of[store.ids[a]] != patient_of[store.ids[b]]
        for group in groups
        for place, a in enumerate(group)
        for b in group[place + 1 :]
    )
    pairs = set[tuple[int, int]]()
    for which in (0, 1):
        numbers = np.array([int(each[which], 16) for each in hashes], np.uint64)
        for first, second in _candidates(numbers):
            pairs |= {(min(p), max(p)) for p in zip(first.tolist(), second.tolist(), strict=True)}
    alone = sum(patient_of[store.ids[a]] != patient_of[store.ids[b]] for a, b in pairs)
    found = dict[str, int]()
    some = random.choice(len(squares), min(SOME, len(squares)), replace=False).tolist()
    for place in some:
        for way, again in saved_anew(squares[place], random).items():
            two = [squares[place], again]
            found[way] = found.get(way, 0) + bool(
                near_groups([hashes[place], hashes_of(again)], two.__getitem__)
            )
    return {way: f"{n / len(some):.3f}" for way, n in found.items()}, f"{other}", f"{alone:,}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--names", nargs="+", required=True)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    corpora = [Corpus.open(name, home=arguments.home) for name in arguments.names]
    results = [measured(corpus) for corpus in corpora]
    rows = [(f"found: {way}", *(found[way] for found, _, _ in results)) for way in results[0][0]]
    rows += [
        ("images", *(f"{len(open_pixels(corpus)):,}" for corpus in corpora)),
        ("pairs of other patients", *(alarms for _, alarms, _ in results)),
        ("the same by hashes alone", *(alone for _, _, alone in results)),
    ]
    text = f"{heading()}\n\n{markdown(['', *(corpus.name for corpus in corpora)], rows)}\n"
    print(text)
    if arguments.out:
        arguments.out.write_text(text)


if __name__ == "__main__":
    main()
