"""The text index: BM25 over the words of reports, with their labels as terms (tantivy)."""

import math
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from radmine.errors import InputError
from radmine.search.manifest import unreadable
from radmine.search.question import quoted_in

_ENGLISH = "radmine_english"
_HEAP = 512_000_000  # bytes; about 500,000 reports in one segment, whose order of documents breaks ties
_BOOST = 1024.0  # of a label's agreement over BM25, whose scores stay far below half of it
_FEW = 2000  # allowed rows that are quicker named in the query than filtered out of its results


class Added(NamedTuple):
    """Words that may stand in for words of a query."""

    asked: tuple[str, ...]  # terms of the query
    terms: tuple[str, ...]  # side by side in a report
    words: str  # of which these are the terms
    weight: float  # of their BM25 score, below 1
    instead_of: str  # the words of the query, as they are shown
    cosine: float | None  # of the word vectors; None: the lexicon has them for the same


class Token(NamedTuple):
    """A term of a query, and where it stands."""

    term: str
    start: int
    end: int


@cache
def _analyzer(*, query: bool) -> Any:
    """Return what makes words into terms: lower case, no accents, English stems; a query's without stop words."""
    from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

    builder = (
        TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.remove_long(40)).filter(Filter.lowercase())
    )
    if query:
        builder = builder.filter(Filter.stopword("english"))
    return builder.filter(Filter.ascii_fold()).filter(Filter.stemmer("english")).build()


def terms_in(text: str) -> tuple[str, ...]:
    """Return the terms of a text in their order, without stop words."""
    return tuple(_analyzer(query=True).analyze(text))


def label_term(finding: str, assertion: str) -> str:
    """Return the term that stands for a label."""
    return f"{finding}={assertion}"


def write_text_index(folder: Path, documents: Iterable[tuple[int, str, Sequence[str]]]) -> None:
    """Write the text index of documents, each a row number, a text and the terms of its labels."""
    from tantivy import Document, Index, SchemaBuilder

    schema = (
        SchemaBuilder()
        .add_text_field("text", stored=True, tokenizer_name=_ENGLISH)
        .add_text_field("labels", tokenizer_name="raw", index_option="basic")
        .add_unsigned_field("row", indexed=True, fast=True)
        .build()
    )
    folder.mkdir(parents=True)
    index = Index(schema, str(folder))
    index.register_tokenizer(_ENGLISH, _analyzer(query=False))
    writer = index.writer(_HEAP, 1)
    for row, text, labels in documents:
        document = Document()
        document.add_unsigned("row", row)
        document.add_text("text", text)
        for label in labels:
            document.add_text("labels", label)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    del writer, index  # with their locks
    for lock in folder.glob(".tantivy-*.lock"):
        lock.unlink()


class TextIndex:
    """An open text index; its documents are known by their row numbers.

    Parameters
    ----------
    folder
        Where the index is, for errors.
    files
        The index's files, which all stand there.
    """

    def __init__(self, folder: Path, files: Iterable[Path]) -> None:
        index = _opened(folder, files)
        self._schema = index.schema
        self._searcher = index.searcher()
        self._documents = _analyzer(query=False)

    @cached_property
    def _queries(self) -> Any:
        return _analyzer(query=True)

    def terms(self, text: str) -> list[str]:
        """Return the distinct terms of a query; its stop words count only where there is nothing else."""
        return list(dict.fromkeys(token.term for token in self.tokens(text)))

    def tokens(self, text: str) -> list[Token]:
        """Return the terms of a query, each with where it stands; its stop words only where there is nothing else."""
        found = self._queries.pre_tokenize(text).tokens or self._documents.pre_tokenize(text).tokens
        return [Token(t.text, t.char_offset_from, t.char_offset_to) for t in found]

    def has(self, terms: Iterable[str]) -> bool:
        """Return whether each of some terms is in a document."""
        return all(self._searcher.doc_freq("text", term) for term in terms)

    def rarity(self, terms: Iterable[str]) -> float:
        """Return how much terms weigh together in BM25: the more, the fewer documents have each."""
        count = self._searcher.num_docs
        having = (self._searcher.doc_freq("text", term) for term in terms)
        return sum(math.log(1 + (count - n + 0.5) / (n + 0.5)) for n in having)

    def search(
        self,
        text: str,
        *,
        agreements: Mapping[str, float],
        depth: int,
        allowed: np.ndarray | None = None,
        added: Sequence[Added] = (),
    ) -> list[int]:
        """Return the rows of the best documents, best first: by agreement of labels, then by BM25, then by row.

        No character of a query has a meaning of its own except `"`: a phrase in quotes must occur.

        Parameters
        ----------
        agreements
            Label terms and what each adds.
        depth
            How many documents, at least, where there are so many.
        allowed
            Whether a row may be found, shape (rows,), bool; the depth is that after filtering.
        added
            Words that may stand in for words of the query.
        """
        from tantivy import Occur, Query

        words = self._wide(self.terms(text), added)
        labels = [
            Query.const_score_query(
                Query.term_query(self._schema, "labels", term, "basic"), _BOOST * agreement
            )
            for term, agreement in agreements.items()
        ]
        if not words and not labels:
            return []
        clauses = [(Occur.Must, Query.boolean_query([(Occur.Should, q) for q in (*words, *labels)]))]
        for start, end in quoted_in(text):
            if stems := self._documents.analyze(text[start:end]):
                clauses.append((Occur.Must, self._saying(stems)))
        if allowed is not None and (count := int(np.count_nonzero(allowed))) <= _FEW:
            if count == 0:
                return []
            few = Query.term_set_query(self._schema, "row", np.flatnonzero(allowed).tolist())
            clauses.append((Occur.Must, Query.const_score_query(few, 0.0)))
            allowed = None
        return self._best(Query.boolean_query(clauses), depth, allowed)

    def _saying(self, terms: Sequence[str]) -> Any:
        """Return the query for terms that stand side by side."""
        from tantivy import Query

        if len(terms) > 1:
            return Query.phrase_query(self._schema, "text", list(terms))
        return Query.term_query(self._schema, "text", terms[0])

    def _wide(self, terms: Sequence[str], added: Sequence[Added]) -> list[Any]:
        """Return queries for terms, each of which counts once: as it is asked for, or as the best of what stands in for it."""
        from tantivy import Occur, Query

        others: dict[tuple[str, ...], list[Any]] = {}
        for add in added:
            others.setdefault(add.asked, []).append(Query.boost_query(self._saying(add.terms), add.weight))
        left = {term: Query.term_query(self._schema, "text", term) for term in terms}
        wide = []
        for asked, instead in others.items():
            own = [left.pop(term) for term in asked]
            said = own[0] if len(own) == 1 else Query.boolean_query([(Occur.Should, query) for query in own])
            wide.append(Query.disjunction_max_query([said, *instead]))
        return [*left.values(), *wide]

    def _best(self, query: Any, depth: int, allowed: np.ndarray | None) -> list[int]:
        """Return the best rows of a query, looking further down until `depth` of them are allowed."""
        limit = depth
        while True:
            hits = self._searcher.search(query, limit, count=False).hits
            rows = self._searcher.fast_field_values("row", [address for _, address in hits])
            found = [(-score, row) for (score, _), row in zip(hits, rows, strict=True)]
            if allowed is not None:
                found = [(score, row) for score, row in found if allowed[row]]
            if len(found) >= depth or len(hits) < limit:
                return [row for _, row in sorted(found)]
            limit *= 8

    def text(self, row: int) -> str:
        """Return the text of a document."""
        from tantivy import Query

        ((_, address),) = self._searcher.search(
            Query.term_query(self._schema, "row", row), 1, count=False
        ).hits
        return str(self._searcher.doc(address)["text"][0])

    def first_spans(
        self, text: str, phrases: Iterable[tuple[str, ...]]
    ) -> dict[tuple[str, ...], tuple[int, int]]:
        """Return where in a text each of some runs of terms stands first, in the order of the text."""
        missing: dict[str, list[tuple[str, ...]]] = {}
        for phrase in dict.fromkeys(phrases):
            missing.setdefault(phrase[0], []).append(phrase)
        spans: dict[tuple[str, ...], tuple[int, int]] = {}
        tokens = self._documents.pre_tokenize(text).tokens if missing else []
        for at, token in enumerate(tokens):
            for phrase in missing.get(token.text, ()):
                run = tokens[at : at + len(phrase)]
                if phrase not in spans and tuple(t.text for t in run) == phrase:
                    spans[phrase] = (token.char_offset_from, run[-1].char_offset_to)
        return spans


def _opened(folder: Path, files: Iterable[Path]) -> Any:
    """Return the tantivy index in a folder, open for reading.

    tantivy takes a lock in the folder that it opens, and the index may stand where nobody can write: it is given a folder of
    links, which are no longer needed once all files are open.
    """
    from tantivy import Index

    with _folder_of_links(files) as links:
        try:
            index = Index.open(links)
            index.register_tokenizer(_ENGLISH, _analyzer(query=False))
            index.config_reader("manual")
            index.reload()
        except (ValueError, OSError) as error:
            raise unreadable(folder, error, index=folder.parent.parent) from error
    return index


@contextmanager
def _folder_of_links(files: Iterable[Path]) -> Iterator[str]:
    with ExitStack() as made:
        try:
            folder = made.enter_context(
                tempfile.TemporaryDirectory(prefix="radmine-text-", ignore_cleanup_errors=True)
            )
            for file in files:
                os.symlink(file.absolute(), os.path.join(folder, file.name))
        except OSError as error:
            raise InputError(
                f"Search by text needs a temporary folder, and none can be made: {type(error).__name__}.",
                where="TMPDIR",
                do="Set TMPDIR to a folder that may be written to.",
            ) from error
        yield folder
