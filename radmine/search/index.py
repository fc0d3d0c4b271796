"""An open index, and the search in it by text, by image, or by both."""

import hashlib
import os
from collections.abc import Callable, Collection
from functools import cached_property, lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import numpy as np

from radmine.corpus import LEXICON, Corpus, home_folder
from radmine.embed import load_encoder, load_text_encoder
from radmine.errors import CorpusError, InputError, NotAvailable
from radmine.findings import Lexicon, lexicon_in
from radmine.pixels import Picture, as_bytes
from radmine.records import Condition, Hit, Where
from radmine.search.asked import Asked, ImageQuery
from radmine.search.entries import Entries
from radmine.search.expand import FILE as NEAR
from radmine.search.expand import Neighbours, chosen_sources, widen
from radmine.search.explain import Explainer
from radmine.search.folder import OpenFolder, open_folder
from radmine.search.hits import Hits
from radmine.search.manifest import damaged
from radmine.search.note import note_of
from radmine.search.pictures import Pictures, Place
from radmine.search.question import read_query
from radmine.search.ranking import (
    FoundCase,
    Ranked,
    TextQuestion,
    fuse_cases,
    list_cases,
    rank_reports,
)
from radmine.search.text import TextIndex
from radmine.search.vectors import Vectors, require_faiss
from radmine.search.where import allowed, parse_where, values_there_are

T = TypeVar("T")


def open_index(path: str | os.PathLike[str], *, home: str | os.PathLike[str] | None = None) -> "Index":
    """Return an index, open for searching; close it, or use it in a `with` block.

    Opening reads a manifest; everything else is read when a search first needs it. An index that is made anew
    meanwhile does not disturb it: it goes on reading the one that it opened.

    Parameters
    ----------
    path
        The index's folder, or the name of one in `indexes/` under `home` (see `radmine.corpus.home_folder`).

    Raises
    ------
    CorpusError
        There is no index, it is damaged, or another version of radmine made it.
    """
    folder = Path(path)
    if not (folder / "manifest.json").exists() and len(folder.parts) == 1:
        folder = home_folder(home) / "indexes" / folder
    return Index(open_folder(folder))


def stored_hash(square: np.ndarray) -> str:
    """Return the hash of a picture as the pixel store states it (`Pixels.content_hash`)."""
    return hashlib.blake2b(square.tobytes(), digest_size=16).hexdigest()


class Index:
    """An open index; made by `open_index`."""

    def __init__(self, folder: OpenFolder) -> None:
        self._folder = folder
        self.manifest = folder.manifest
        self._entries = Entries(folder.file)
        self._fitting = lru_cache(16)(self._fits)

    def __enter__(self) -> "Index":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        made = self.manifest
        return f"Index({made.corpus!r}: {made.reports:,} reports, {made.images:,} images)"

    def close(self) -> None:
        """Let go of the index's files; a second time is fine."""
        self._folder.close()

    # -- parts, each read when first needed

    @cached_property
    def lexicon(self) -> Lexicon:
        """The findings by which its reports were read: those that can be asked for."""
        return self._loaded(LEXICON, lexicon_in) or lexicon_in(None)

    @cached_property
    def _text_index(self) -> TextIndex:
        if not self.manifest.reports:
            raise InputError(
                "The index has no reports to search by text.",
                where=self.manifest.corpus,
                do="Search by image, or index a corpus with reports.",
            )
        return TextIndex(self._folder.path / "text", self._folder.files_in("text"))

    @cached_property
    def _image_vectors(self) -> Vectors:
        if not self.manifest.vectors.get("image"):
            raise InputError(
                "The index has no image vectors to search by image.",
                where=self.manifest.corpus,
                do=f"Run `radmine run {self.manifest.corpus}` on a corpus with pixels, or search by text.",
            )
        return self._vectors("image")

    @cached_property
    def _report_vectors(self) -> Vectors | None:
        if not self.manifest.vector_index.get("report"):
            return None
        try:
            require_faiss()
        except NotAvailable:  # words and findings alone will do
            return None
        return self._vectors("report")

    @cached_property
    def _encoder(self) -> Any:
        encoder = self._loaded("image-encoder", load_encoder)
        if encoder is None:
            raise NotAvailable(
                "The index holds no image encoder, so only images of the corpus can be the query.",
                where=self.manifest.corpus,
                do="Give an image_id, or make the index again after `radmine embed`.",
            )
        return encoder

    @cached_property
    def _text_encoder(self) -> Any | None:
        return self._loaded("report-encoder", load_text_encoder)

    @cached_property
    def _neighbours(self) -> Neighbours | None:
        return Neighbours(self._folder.file(NEAR)) if NEAR in self.manifest.files else None

    def _vectors(self, kind: str) -> Vectors:
        return Vectors(self._folder.file, kind, kind=self.manifest.vector_index.get(kind))

    def _loaded(self, name: str, load: Callable[[Path], T]) -> T | None:
        """Return what a folder of the index holds, None where there is no such folder."""
        if not self._folder.files_in(name):
            return None
        path = self._folder.path / name
        try:
            return load(path)
        except CorpusError as error:  # it was damaged when it was copied here
            raise damaged(error.what, path, index=path.parent.parent) from error

    def embedded_images(self) -> set[str]:
        """Return the image_ids that have a vector: those that can be a query by id, and hits by image."""
        rows = self._image_vectors.rows
        return set(self._entries.ids["image_id"].take(rows).to_pylist())

    def image_vectors(self) -> np.ndarray:
        """Return the image vectors, memory-mapped, shape (n, dimension), float32."""
        return self._image_vectors.vectors

    @property
    def _corpus(self) -> Path:
        """Where the corpus of the index should be: in `corpora/` beside it."""
        return (
            Path(os.path.abspath(self._folder.path)).parent.parent.parent / "corpora" / self.manifest.corpus
        )

    def is_older(self) -> bool:
        """Return whether the corpus beside the index has other reports, labels or models by now; no where none can be read."""
        try:
            corpus = Corpus.open(str(self._corpus))
            read = ((*key.partition(" "), mark) for key, mark in self.manifest.made_from.items())
            return any(
                kind in {"table", "folder"} and corpus.fingerprint(of) != mark for kind, _, of, mark in read
            )
        except (CorpusError, OSError):
            return False

    # -- search

    def search(
        self,
        *,
        text: str | None = None,
        image: ImageQuery | None = None,
        where: Where | None = None,
        k: int = 10,
        same_patient: bool = False,
        expand: bool | Collection[str] = True,
    ) -> Hits:
        """Return the `k` best hits (fewer where no more fit), best first: a list that a notebook shows as a contact sheet.

        By text, hits are reports: see `ranking.rank_reports` for their order. By image, hits are images, by the
        cosine of their vectors. By both, hits are cases, by reciprocal rank fusion of the two rankings. By a filter alone, hits
        are the reports that fit, and an image of each study that fits and has no such report, the newest study first, with
        score 0; `total` says how many there are.

        Parameters
        ----------
        text
            Words, findings ("effusion without pneumothorax"), phrases in double quotes, which must occur.
        image
            A path, a grey picture of shape (H, W) as uint8 or float in [0, 1], or the image_id of an indexed image.
        where
            Only entries that fit, decided before anything is ranked: `"modality=CT, plane=axial"`, a dict, or a list of
            conditions (see `where.parse_where`).
        same_patient
            Also hits of the patient whose image the query is. Without it no such hit comes back, whether the query is
            given as image_id, as the file, or as a picture identical to an indexed one.
        expand
            Whether other words may stand in for those of the text (see `expand.widen`): those of the lexicon; or which, of
            `"lexicon"` and `"vectors"` (words that the corpus uses alike).

        Raises
        ------
        InputError
            Nothing is asked for, `k` is below 1, a filter, image or source of words is not known, or the index lacks what it takes.
        NotAvailable
            FAISS or an encoder is not there.
        CorpusError
            The index is closed or damaged.
        """
        if self._folder.closed:
            raise CorpusError(
                "The index is closed.",
                where=self.manifest.corpus,
                do="Open it with radmine.search.open_index.",
            )
        if isinstance(k, bool) or not isinstance(k, int):
            raise InputError("k must be a whole number.", where="k", do="Write k=10.")
        if text is not None and not isinstance(text, str):
            raise InputError(
                "The text to search for is no text.", where="text", do='Write text="pneumothorax".'
            )
        if image is not None and not isinstance(image, str | os.PathLike | np.ndarray):
            what = "The image of the query is neither a path, an image_id nor an array."
            raise InputError(what, where="image", do="Give one of them.")
        conditions = () if where is None else parse_where(where, self.lexicon)
        if text is None and image is None and not conditions:
            raise InputError(
                "There is nothing to search for.",
                where="search",
                do="Give text (--text), image (--image), both, or a filter (--where) that lists what fits.",
            )
        if text is not None and not text.strip():
            raise InputError("The text to search for is empty.", where="text", do="Give at least one word.")
        if k < 1:
            raise InputError("k must be 1 or more.", where=f"k={k}", do="Ask for at least one hit.")
        mask = self._fitting(conditions) if conditions else None
        vector, total = None, None
        if image is not None:
            vector, patients = self._image_question(image)
            if not same_patient and patients:
                other = ~self._entries.having("patient_id", patients)
                mask = other if mask is None else mask & other
        question = None if text is None else self._text_question(text, chosen_sources(expand))
        if question is None and vector is None:
            assert mask is not None
            cases, total = list_cases(self._entries, mask, k)
        else:
            cases = self._cases(question, vector, mask, k)
        explainer = Explainer(
            self._entries, lambda: self._text_index, lambda: self._report_vectors, self.lexicon
        )
        listed = conditions if total is not None else ()
        hits = [
            explainer.hit(rank, case, question, conditions=listed, allowed=mask)
            for rank, case in enumerate(cases, 1)
        ]
        return Hits(
            hits,
            asked=Asked(text, image, conditions),
            pictures=self._pictures(hits, image),
            total=total,
            note=self._note(question, conditions, found=bool(hits)),
        )

    def _note(self, question: TextQuestion | None, conditions: tuple[Condition, ...], *, found: bool) -> str:
        if not found and conditions and (said := values_there_are(conditions, self._entries)):
            return said
        fit = self._fitting(conditions)[: self._entries.reports] if conditions else None
        return "" if question is None else note_of(question.wanted, self._entries, fit, found=found)

    def _pictures(self, hits: list[Hit], image: ImageQuery | None) -> Pictures:
        """Return where the pictures of hits and of a query are, so that they can be shown when the index is closed."""
        entries = self._entries
        names = {hit.image_id for hit in hits if hit.image_id} | (
            {image} if isinstance(image, str) else set()
        )
        rows = {name: row for name in names if (row := entries.row_of_image(name)) is not None}
        places = {
            name: Place(*(entries.value(row, column) for column in ("path", "frame", "pixels")))
            for name, row in rows.items()
        }
        return Pictures(self._corpus, places)

    def _fits(self, conditions: tuple[Condition, ...]) -> np.ndarray:
        return allowed(conditions, self._entries)

    def _cases(
        self, question: TextQuestion | None, vector: np.ndarray | None, mask: np.ndarray | None, k: int
    ) -> list[FoundCase]:
        """Return the best cases, as many as asked for where so many fit."""
        if vector is None:
            assert question is not None
            return [FoundCase(f.score, f.row, None, None) for f in self._rank_reports(question, mask, k)]
        if question is None:
            return [FoundCase(f.score, None, f.row, f.score) for f in self._rank_images(vector, mask, k)]
        depth = max(100, 4 * k)
        while True:
            reports = self._rank_reports(question, mask, depth)
            images = self._rank_images(vector, mask, depth)
            cases = fuse_cases(reports, images, entries=self._entries)
            if len(cases) >= k or max(len(reports), len(images)) < depth:
                return cases[:k]
            depth *= 4

    def _text_question(self, text: str, sources: Collection[str]) -> TextQuestion:
        read = read_query(text, self.lexicon, parts="lexicon" in sources)
        near = self._neighbours if "vectors" in sources else None
        added = widen(read, lexicon=self.lexicon, index=self._text_index, near=near, sources=sources)
        vector = None
        if self._report_vectors is not None and self._text_encoder is not None:
            vector = np.asarray(self._text_encoder.texts([read.said], lexicon=self.lexicon)[0], np.float32)
            vector = vector if vector.any() else None  # no word of the query is known to the encoder
        return TextQuestion(text, read.wanted, vector, added, read.lay)

    def _rank_reports(self, question: TextQuestion, mask: np.ndarray | None, depth: int) -> list[Ranked]:
        return rank_reports(
            question,
            entries=self._entries,
            text_index=self._text_index,
            vectors=self._report_vectors,
            allowed=None if mask is None else mask[: self._entries.reports],
            depth=depth,
        )

    def _rank_images(self, vector: np.ndarray, mask: np.ndarray | None, depth: int) -> list[Ranked]:
        return [Ranked(*near) for near in self._image_vectors.nearest(vector, depth=depth, allowed=mask)]

    # -- the image of a query

    def _image_question(self, image: ImageQuery) -> tuple[np.ndarray, set[str]]:
        """Return the vector of a query's image, and the patients whose image it is."""
        vectors, entries = self._image_vectors, self._entries
        if isinstance(image, np.ndarray):
            vector, hashes = self._encode(image)
            rows: list[int] = []
        else:
            name = os.fspath(image)
            row = entries.row_of_image(name) if isinstance(image, str) else None
            rows = [] if row is None else [row]
            known = vectors.of(rows[0]) if rows else None
            path = entries.value(rows[0], "path") if rows else name
            if known is not None:
                vector, hashes = known, {entries.value(rows[0], "pixels")}
            elif path and Path(path).is_file():
                frame = entries.value(rows[0], "frame") if rows else None
                vector, hashes = self._encode(self._encoder.read(path, frame=frame))
                rows = rows or entries.rows_of_file(Path(path))
            else:
                raise InputError(
                    "The image of the query has no vector in the index and no file."
                    if rows
                    else "The image of the query is neither a file nor the image_id of an indexed image.",
                    where=name,
                    do="Check the path or the id.",
                )
        rows += entries.rows_where("pixels", hashes - {None})  # the same picture under another name
        rows += [link.report for row in rows for link in entries.links_of_image(row)]
        return vector, {entries.value(row, "patient_id") for row in rows}

    def _encode(self, picture: Picture | np.ndarray) -> tuple[np.ndarray, set[str]]:
        """Return the vector of a picture, and the hashes by which the pixel store may know it."""
        encoder = self._encoder
        grey = picture.grey if isinstance(picture, Picture) else picture
        square = encoder.model.square(grey).array
        as_stored = as_bytes(grey)  # it may have come from the store
        vector = np.asarray(encoder.squares(encoder.model.shown(picture)[None])[0], np.float32)
        return vector, {stored_hash(square), stored_hash(as_stored)}
