"""An open index, and the search in it by text, by image, or by both."""

import hashlib
import os
from collections.abc import Callable
from functools import cached_property, lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, TypeAlias, TypeVar

import numpy as np

from radmine.corpus import LEXICON, home_folder
from radmine.embed import load_encoder, load_text_encoder
from radmine.errors import CorpusError, InputError, NotAvailable
from radmine.findings import Lexicon, lexicon_in
from radmine.pixels import as_bytes, read_pixels
from radmine.records import Condition, Hit, Reason, Where
from radmine.search.entries import Entries
from radmine.search.explain import link_reason, similarity_reason, text_reasons
from radmine.search.folder import OpenFolder, open_folder
from radmine.search.manifest import damaged
from radmine.search.question import wanted_findings
from radmine.search.ranking import FoundCase, Ranked, TextQuestion, fuse_cases, rank_reports
from radmine.search.text import TextIndex
from radmine.search.vectors import Vectors, require_faiss
from radmine.search.where import allowed, parse_where

T = TypeVar("T")
ImageQuery: TypeAlias = str | os.PathLike[str] | np.ndarray


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

    # -- search

    def search(
        self,
        *,
        text: str | None = None,
        image: ImageQuery | None = None,
        where: Where | None = None,
        k: int = 10,
        same_patient: bool = False,
    ) -> list[Hit]:
        """Return the `k` best hits (fewer where no more fit), best first.

        By text, hits are reports: see `ranking.rank_reports` for their order. By image, hits are images, by the
        cosine of their vectors. By both, hits are cases, by reciprocal rank fusion of the two rankings.

        Parameters
        ----------
        text
            Words, findings ("effusion without pneumothorax"), phrases in double quotes, which must occur.
        image
            A path, a grey picture of shape (H, W) as uint8 or float in [0, 1], or the image_id of an indexed image.
        where
            Only entries that fit, decided before anything is ranked: `"modality=CT, plane=axial"`, or a dict (see
            `where.parse_where`).
        same_patient
            Also hits of the patient whose image the query is. Without it no such hit comes back, whether the query is
            given as image_id, as the file, or as a picture identical to an indexed one.

        Raises
        ------
        InputError
            Nothing is asked for, `k` is below 1, a filter or image is not known, or the index lacks what it takes.
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
        if text is None and image is None:
            raise InputError(
                "There is nothing to search for.",
                where="search",
                do="Give text (--text), image (--image), or both.",
            )
        if text is not None and not text.strip():
            raise InputError("The text to search for is empty.", where="text", do="Give at least one word.")
        if k < 1:
            raise InputError("k must be 1 or more.", where=f"k={k}", do="Ask for at least one hit.")
        mask = None if where is None else self._fitting(parse_where(where, self.lexicon))
        vector = None
        if image is not None:
            vector, patients = self._image_question(image)
            if not same_patient and patients:
                other = ~self._entries.having("patient_id", patients)
                mask = other if mask is None else mask & other
        question = None if text is None else self._text_question(text)
        cases = self._cases(question, vector, mask, k)
        return [self._hit(rank, case, question, mask) for rank, case in enumerate(cases, 1)]

    def _fits(self, conditions: tuple[Condition, ...]) -> np.ndarray:
        return allowed(conditions, self._entries.ids)

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

    def _text_question(self, text: str) -> TextQuestion:
        vector = None
        if self._report_vectors is not None and self._text_encoder is not None:
            vector = np.asarray(self._text_encoder.texts([text], lexicon=self.lexicon)[0], np.float32)
            vector = vector if vector.any() else None  # no word of the query is known to the encoder
        return TextQuestion(text, wanted_findings(text, self.lexicon), vector)

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
                vector, hashes = self._encode(read_pixels(path, frame=frame).grey)
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

    def _encode(self, grey: np.ndarray) -> tuple[np.ndarray, set[str]]:
        """Return the vector of a picture, and the hashes by which the pixel store may know it."""
        encoder = self._encoder
        square = encoder.model.square(grey).array
        as_stored = as_bytes(grey)  # it may have come from the store
        vector = np.asarray(encoder.squares(square[None])[0], np.float32)
        return vector, {stored_hash(square), stored_hash(as_stored)}

    # -- hits

    def _hit(self, rank: int, case: FoundCase, question: TextQuestion | None, mask: np.ndarray | None) -> Hit:
        """Return the hit of a case: of a report with its best image, or of an image with its report."""
        entries, why = self._entries, list[Reason]()
        image = case.image
        if case.report is None:
            assert image is not None
            links = entries.links_of_image(image)
        else:
            links = entries.links_of_report(case.report)
            links = [
                k for k in links if (k.image == image if image is not None else mask is None or mask[k.image])
            ]
        if case.report is not None and question is not None:
            why += text_reasons(
                case.report, question, entries=entries, text_index=self._text_index, lexicon=self.lexicon
            )
            why += self._nearness(case.report, question)
        if case.similarity is not None:
            why.append(similarity_reason("image", case.similarity))
        if links:
            why.append(link_reason(links[0]))
            image = links[0].image
        entry = image if case.report is None else case.report
        assert entry is not None
        return Hit(
            rank=rank,
            score=case.score,
            kind=entries.value(entry, "kind"),
            image_id=None if image is None else entries.value(image, "image_id"),
            report_id=entries.value(entry, "report_id"),
            study_id=entries.value(entry, "study_id"),
            patient_id=entries.value(entry, "patient_id"),
            path=None if image is None else entries.value(image, "path"),
            why=tuple(why),
        )

    def _nearness(self, report: int, question: TextQuestion) -> list[Reason]:
        if question.vector is None or self._report_vectors is None:
            return []
        stored = self._report_vectors.of(report)
        return [] if stored is None else [similarity_reason("text_vector", float(stored @ question.vector))]
