"""What settings of the image network are worth on MedPix: every grid of `scripts/ablations`, or those that are named.

python scripts/bench_ablations.py --home DIR [--corpus NAME] [--grids head classifiers] [--seeds N] [--folds K] [--out FILE.md]

DIR holds `corpora/NAME`, run through `pixels`. Variants are scored on its validation part, or by cross-validation over train and
validation; the test part is not looked at. 95 % intervals are by patient. What was finished before is not trained again.
"""

import argparse
from pathlib import Path

from bench_machine import heading

from radmine import pipeline
from radmine.corpus import Corpus
from radmine.run import check_inputs
from radmine.show.ablation import ablation_markdown
from radmine.train import STAGE, ablate, read_grid

GRIDS = Path(__file__).parent / "ablations"


def about(grid: Path) -> str:
    """The comment at the head of a grid, without its marks and the command."""
    lines = [line.removeprefix("#").strip() for line in grid.read_text().splitlines() if line.startswith("#")]
    return " ".join(line for line in lines if not line.startswith("radmine "))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--corpus", default="medpix")
    parser.add_argument("--grids", nargs="*", default=sorted(path.stem for path in GRIDS.glob("*.toml")))
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--folds", type=int, default=0)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    corpus = Corpus.open(asked.corpus, home=asked.home)
    settings = pipeline.settings_of(corpus)
    check_inputs(corpus, pipeline.STAGES, STAGE, settings)
    parts = [heading()]
    for name in asked.grids:
        grid = GRIDS / f"{name}.toml"
        variants = read_grid(grid, settings["train"])
        rows = ablate(corpus, variants, seeds=asked.seeds, folds=asked.folds)
        where = f"{asked.folds} folds" if asked.folds else "the validation part"
        parts.append(f"### {name}\n\n{about(grid)} Scored on {where}; seeds: {asked.seeds}.")
        parts.append(ablation_markdown(rows).rstrip())
        text = "\n\n".join(parts) + "\n"
        if asked.out:  # after each grid, since some take long
            asked.out.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
