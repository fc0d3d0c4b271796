"""How we know that it works: pixels that a careful reader can decode are there, and those of traps are set aside."""

from radmine.corpus import Corpus
from radmine.pixels.store import open_pixels
from radmine.records import Score, Truth


def score(corpus: Corpus, truth: Truth) -> list[Score]:
    """Return the share of the wanted, decodable images that are stored, and how many of the stored are blank."""
    if not truth.images or not corpus.rows("pixels"):
        return []
    store = open_pixels(corpus)
    wanted = {image.image_id for image in truth.images}
    linked = set(corpus.read("links", columns=["image_id"]).column("image_id").to_pylist())
    wanted &= linked or wanted
    stored = [i for i in store if i in wanted]
    blank = sum(int(store[i].max()) == int(store[i].min()) for i in stored)
    return [
        _share("pixels", "decoded", len(stored), len(wanted)),
        _share("pixels", "not_blank", len(stored) - blank, len(stored)),
    ]


def _share(subject: str, metric: str, part: int, whole: int) -> Score:
    return Score("pixels", subject, metric, part / whole if whole else None, whole)
