"""Finds cases: by what their reports say, by what their images look like, or by both.

**Reads** `reports`, `images`, `links`, `mentions`, `labels`, `tags`, `embeddings`, `pixels`, `lexicon`, the encoders
`models/image` and `models/text`, and the word vectors of `models/topics`; **writes** the folder
`indexes/NAME` beside `corpora/`, self-contained: encoders, lexicon and the words that are used alike go with it. Contact sheets take their pictures from
the corpus, where it is there, else from the images' files.
**Guarantees** that the index is replaced whole, in one step, while others read the old one; that reading it writes
nothing there; that a file which is not the one written is an error (see `manifest`); that a report which asserts
a finding stands before one that denies it, and one with the words of a query before one with others that stand in for them; that a search by an image of the corpus never returns that image's patient
unless asked to; that filters hold and leave `k` hits wherever so many fit; that every hit says why, with spans into the
report's text; and that equal scores are ordered by id.
"""

from radmine.search.examples import ExampleSearch, example_searches
from radmine.search.folder import index_folder
from radmine.search.hits import Hits, sheet_maker
from radmine.search.index import Index, open_index
from radmine.search.order import places_to_show
from radmine.search.sheet import count_words, fact_words, reason_words, sentence_pieces, window
from radmine.search.stage import STAGE, IndexSettings
from radmine.search.vectors import INDEX_KINDS
from radmine.search.where import FIELDS, parse_where

__all__ = [
    "FIELDS",
    "INDEX_KINDS",
    "STAGE",
    "ExampleSearch",
    "Hits",
    "Index",
    "IndexSettings",
    "count_words",
    "example_searches",
    "fact_words",
    "index_folder",
    "open_index",
    "parse_where",
    "places_to_show",
    "reason_words",
    "sentence_pieces",
    "sheet_maker",
    "window",
]
