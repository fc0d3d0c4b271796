"""Where an image network sees a finding."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from radmine.cli.options import Device, Home, Json, Name, execution
from radmine.cli.terminal import say, tell, write_json
from radmine.errors import InputError

if TYPE_CHECKING:
    from radmine.corpus import Corpus

Method = Annotated[
    str,
    typer.Option(help="gradcam (by gradients), or occlusion (by covering parts; slower, no gradient)."),
]


def heatmap(
    name: Name,
    image: Annotated[
        str,
        typer.Argument(
            metavar="IMAGE", help="A picture file, or an image of the corpus by id or ending of its path."
        ),
    ],
    finding: Annotated[
        str | None,
        typer.Option(
            help="A finding that the network learned, or a class (CT, axial); else the likeliest finding."
        ),
    ] = None,
    method: Method = "gradcam",
    to: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.png", help="Write the picture, and beside it the map over it with its boxes."
        ),
    ] = None,
    device: Device = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Say where in a picture the image network sees a finding.

    Boxes are around what is hot, in pixels of the picture. A map is no proof: it has a hottest place even where the network is wrong.
    """
    from radmine.corpus import Corpus
    from radmine.pixels import read_pixels
    from radmine.train import MODEL, load_model, see

    corpus = Corpus.open(name, home=home)
    path, frame = _picture(corpus, image)
    try:
        grey = read_pixels(path, frame=frame).grey
    except OSError as error:
        raise InputError(
            f"The picture cannot be read: {error.strerror or type(error).__name__}.",
            where=path,
            do="Give the path of its file.",
        ) from error
    model = load_model(corpus.folder / MODEL, device=execution(corpus, None, device).device)
    seen = see(model, grey, name=finding, method=method, lexicon=corpus.lexicon)
    if to is not None:
        _write(to, grey, seen)
    if as_json:
        boxes = [
            {"x": b.left, "y": b.top, "width": b.right - b.left, "height": b.bottom - b.top}
            for b in seen.boxes
        ]
        row = {
            "image": image,
            "target": seen.target,
            "name": seen.name,
            "probability": round(seen.probability, 4),
        }
        write_json([{**row, "method": seen.method, "boxes": boxes}])
        return
    say(f"{seen.name}: probability {seen.probability:.2f}")
    for box in seen.boxes:
        say(f"x {box.left} to {box.right}, y {box.top} to {box.bottom}")
    if not seen.boxes:
        say(f"Nothing in the picture speaks for it ({seen.method}).")


def _picture(corpus: "Corpus", image: str) -> tuple[str, int | None]:
    """Return the file of a picture, and its frame."""
    if Path(image).is_file():
        return image, None
    from radmine.ids import find_item

    item = find_item(corpus, image, kinds=("image",))
    (row,) = (r for r in corpus.records("images") if r.image_id == item.id)
    if row.path is None:
        raise InputError("No file of this image is known.", where=image, do="Give the path of its file.")
    return row.path, row.frame


def _write(to: Path, grey: Any, seen: Any) -> None:
    from radmine.files import write_whole
    from radmine.show.heatmap import heatmap_png

    try:
        write_whole(to, heatmap_png(grey, seen))
    except OSError as error:
        raise InputError(
            f"The picture cannot be written: {error.strerror}.", where=str(to), do="Give another path."
        ) from error
    tell(f"Written: {to}")
