"""Searches worth trying on a corpus: `example_searches`."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow.compute as pc

from radmine.corpus import Corpus
from radmine.records import Assertion
from radmine.search.hits import Hits
from radmine.search.index import Index


@dataclass(frozen=True, slots=True)
class ExampleSearch:
    """A search by text or by image (the other is None), and its hits."""

    text: str | None
    image: str | None  # a file
    hits: Hits


def example_searches(corpus: Corpus, index: Index, *, k: int = 3) -> Iterator[ExampleSearch]:
    """Yield a search by the corpus's commonest finding, and one by an image that shows what most of its images show.

    Where the corpus has no finding, or no image with a vector, that search is left out.
    """
    text, image = example_queries(corpus)
    if text is not None:
        yield ExampleSearch(text, None, index.search(text=text, k=k))
    if image is not None:
        yield ExampleSearch(None, image, index.search(image=image, k=k))


def example_queries(corpus: Corpus) -> tuple[str | None, str | None]:
    """Return words for the finding that most reports have, and an image file that shows what most images show.

    None where the corpus has nothing to find that way.
    """
    found = [r for r in corpus.records("labels") if r.assertion is Assertion.PRESENT]
    lexicon = corpus.lexicon
    general = {parent for r in found for parent in lexicon.ancestors(r.finding)}
    found = [r for r in found if r.finding not in general]
    common = Counter(r.finding for r in found if r.image_id is None)
    shown = Counter(r.finding for r in found if r.image_id is not None)
    often = lexicon.find(max(sorted(common), key=common.__getitem__)) if common else None
    text = often.title.lower() if often else None
    vectors = corpus.read("embeddings", columns=["kind", "id"])
    embedded = set(vectors.filter(pc.equal(vectors.column("kind"), "image")).column("id").to_pylist())
    images = {i.image_id: i.path for i in corpus.records("images") if i.path and i.image_id in embedded}
    if not images:
        return text, None
    finding = max(sorted(shown), key=shown.__getitem__) if shown else None
    showing = [r.image_id for r in found if r.finding == finding and r.image_id in images]
    return text, images[min(showing or images)]
