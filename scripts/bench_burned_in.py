"""Burned-in text on MedPix's key images: how much of it is left, what it costs to find it, and what it does to the numbers.

python scripts/bench_burned_in.py --data PATH [--parts text middles places] [--images N] [--out FILE.md]

PATH holds `medpix/`; its train part alone is read. OCR is the judge: an image has readable text where it finds a box in which
two letters or digits are read with confidence .5 (`radmine.pixels.read_boxes`), on the picture as it is cut, before it is made
smaller. False alarms are counted on the middles of the images, on which nothing is printed; print of our own is planted on the
middles, too. What text does to the numbers: the cases are drawn into two halves (seed 0), a logistic regression on
the features of the pretrained trunk learns places from one half and names those of the other, both ways round.
"""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from bench_images import by_cases, told, untrained
from bench_machine import heading, markdown
from PIL import Image, ImageDraw, ImageFont

from radmine.pixels import Mark, burned_in, find_content, find_marks, learn_marks, read_boxes, to_square
from radmine.pixels.printed import blank_boxes

WORDS = ("Ward 12", "Archive 2001-02-03", "DOE, JANE", "Acc. 48213", "W 400 L 40")


def read(path: Path) -> np.ndarray:
    return np.array(Image.open(path).convert("L"))


def middle(picture: np.ndarray) -> np.ndarray:
    rows, columns = picture.shape
    return np.ascontiguousarray(picture[rows // 4 : -rows // 4, columns // 5 : -columns // 5])


def cut(picture: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(find_content(picture).cut(picture))


def left_over(pictures: list[np.ndarray], marks: tuple[Mark, ...]) -> str:
    """How many images still have readable text, by what was taken out; and how long that took."""
    ways: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "cropped": cut,
        "marks blanked, cropped (the default)": lambda p: cut(blank_boxes(p, find_marks(p, marks))),
        "marks and OCR's boxes blanked, cropped": lambda p: cut(
            blank_boxes(p, burned_in(p, marks=marks, ocr=True))
        ),
        "as they are": lambda p: p,
    }
    rows = []
    for title, way in ways.items():
        start = time.process_time()
        done = [way(p) for p in pictures]
        each = (time.process_time() - start) / len(pictures)
        boxes = [len(read_boxes(p)) for p in done]
        rows.append(
            (title, f"{np.mean(np.array(boxes) > 0):.3f}", f"{np.mean(boxes):.2f}", f"{1000 * each:.1f}")
        )
        print(*rows[-1], sep=" | ", flush=True)
    return markdown(["images", "with readable text", "boxes an image", "processor ms an image"], rows)


def alarms(pictures: list[np.ndarray], marks: tuple[Mark, ...]) -> str:
    """False alarms on middles of images, and print planted there that is found."""
    random = np.random.default_rng(0)
    middles = [middle(p) for p in pictures]
    found = 0
    for number, picture in enumerate(middles):
        image = Image.fromarray(picture)
        word, high = WORDS[number % len(WORDS)], int(random.integers(10, 24))
        font = ImageFont.load_default(high)
        width = int(font.getlength(word))
        x = int(random.integers(0, max(1, image.width - width)))
        y = int(random.integers(0, max(1, image.height - high - 4)))
        ImageDraw.Draw(image).text((x, y), word, fill=int(random.integers(160, 256)), font=font)
        planted = (y + high // 2, x + min(width, image.width) // 2)
        boxes = read_boxes(np.array(image))
        found += any(t <= planted[0] <= b and le <= planted[1] <= r for t, b, le, r in boxes)
    rows = [
        ("OCR: middles with a box", f"{np.mean([bool(read_boxes(p)) for p in middles]):.3f}"),
        ("marks: middles with one", f"{np.mean([bool(find_marks(p, marks)) for p in middles]):.3f}"),
        ("OCR: planted lines found", f"{found / len(middles):.3f}"),
    ]
    return markdown(["what", "share"], rows)


def numbers(pictures: list[np.ndarray], facts: list[dict[str, str]], marks: tuple[Mark, ...]) -> str:
    """Places that are learned from one half of the cases and asked of the other, with text and without."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    cases = np.unique([f["U_id"] for f in facts], return_inverse=True)[1]
    places = np.array([f["Location"] for f in facts])
    half = np.random.default_rng(0).permutation(cases.max() + 1)[cases] % 2
    ways = {
        "with all text": [to_square(p, size=224, crop=False).array for p in pictures],
        "cropped": [to_square(p, size=224).array for p in pictures],
        "marks blanked, cropped (the default)": [
            to_square(p, size=224, printed=find_marks(p, marks)).array for p in pictures
        ],
    }
    rows, before = [], None
    for title, squares in ways.items():
        features = untrained(np.stack(squares))
        if features is None:
            return "The extra `weights` is not installed."
        right, precision = np.zeros(len(places)), np.zeros(len(places))
        for asked in (0, 1):
            learned, queries = half != asked, half == asked
            model = make_pipeline(StandardScaler(), LogisticRegression(C=0.003, max_iter=300))
            model.fit(features[learned], places[learned])
            said = model.predict_proba(features)
            right[queries] = model.classes_[said[queries].argmax(1)] == places[queries]
            vectors = said / np.linalg.norm(said, axis=1, keepdims=True)
            for row in np.flatnonzero(queries):
                others = np.flatnonzero(cases != cases[row])
                nearest = others[np.argsort(-(vectors[others] @ vectors[row]), kind="stable")[:10]]
                precision[row] = np.mean(places[nearest] == places[row])
        values = (right, precision)
        change = (
            [told(by_cases(v - b, cases)) for v, b in zip(values, before, strict=True)]
            if before
            else ["", ""]
        )
        before = before or values
        rows.append(
            (title, told(by_cases(right, cases)), change[0], told(by_cases(precision, cases)), change[1])
        )
    return markdown(["images", "accuracy of place", "change", "P@10 of place", "change"], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--parts", nargs="+", default=("text", "middles", "places"))
    parser.add_argument("--images", type=int, default=60, help="that OCR reads")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    folder = arguments.data / "medpix"
    facts = [f for f in json.loads((folder / "descriptions.json").read_text()) if f["split"] == "train"]
    facts = sorted({f["image"]: f for f in facts}.values(), key=lambda f: f["image"])
    paths = [folder / "images" / f"{f['image']}.png" for f in facts]
    start = time.process_time()
    marks = learn_marks([read(path) for path in paths[:: max(1, len(paths) // 400)]])
    learning = time.process_time() - start
    some = [read(paths[i]) for i in np.random.default_rng(0).permutation(len(paths))[: arguments.images]]
    lines = [
        heading(),
        "",
        f"Marks learned: {', '.join(f'{m}, {m.rows} x {m.columns} pixels' for m in marks) or 'none'};"
        f" {learning:.1f} processor seconds.",
    ]
    if "text" in arguments.parts:
        lines += ["", f"### Text that is left, {len(some)} images", "", left_over(some, marks)]
    if "middles" in arguments.parts:
        lines += ["", f"### Middles of {len(some)} images", "", alarms(some, marks)]
    if "places" in arguments.parts:
        lines += ["", f"### Places, {len(paths)} images, halves of the cases", ""]
        lines.append(numbers([read(path) for path in paths], facts, marks))
    text = "\n".join(lines) + "\n"
    print(text)
    if arguments.out:
        arguments.out.write_text(text)


if __name__ == "__main__":
    main()
