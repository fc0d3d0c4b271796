"""The command on the words of a corpus: which are used alike, and how well the vectors know it."""

from typing import TYPE_CHECKING, Annotated

import typer

from radmine.cli.options import Home, Json, Name
from radmine.cli.terminal import say, write_json
from radmine.errors import InputError

if TYPE_CHECKING:
    from radmine.corpus import Corpus
    from radmine.topics import WordVectors


def words(
    name: Name,
    near: Annotated[
        str | None,
        typer.Option(
            metavar="TERM", help='The words used most like this one, or like this phrase ("rib fracture").'
        ),
    ] = None,
    analogy: Annotated[
        tuple[str, str, str] | None,
        typer.Option(metavar="A B C", help="The words that are to C as B is to A."),
    ] = None,
    score: Annotated[
        bool, typer.Option("--score", help="How near synonyms of the lexicon are to each other.")
    ] = False,
    k: Annotated[int, typer.Option("--k", min=1, metavar="N", help="So many words at most.")] = 10,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Show which words of a corpus are used alike.

    By the word vectors that `radmine topics` makes. Words are in the singular; a phrase is one word, pleural_effusion, and so is a finding that is denied, no_pleural_effusion.
    """
    from radmine.corpus import Corpus
    from radmine.topics import synonym_ranks

    if (near is not None) + (analogy is not None) + score != 1:
        raise InputError("What of the words?", where="words", do="Give one of --near, --analogy and --score.")
    corpus = Corpus.open(name, home=home)
    vectors = _vectors_of(corpus)
    if score:
        ranks = synonym_ranks(vectors, corpus.lexicon)
        if as_json:
            row = {"words": ranks.words, "synonyms": len(ranks.ranks), "median_rank": ranks.median}
            write_json([{**row, "first_ten": ranks.first_ten}])
        elif ranks.median is None:
            say(f"{ranks.words:,} words have a vector, and no two of them are synonyms in the lexicon.")
        else:
            say(
                f"{ranks.words:,} words have a vector; {len(ranks.ranks):,} times one is a synonym of another."
            )
            say(
                f"Median rank of a synonym {ranks.median:,.0f}; among the ten nearest words {ranks.first_ten:.0%}."
            )
        return
    found = vectors.analogy(*analogy, k) if analogy else vectors.near(near or "", k)
    if as_json:
        write_json({"word": word, "cosine": round(cosine, 4)} for word, cosine in found)
        return
    width = max((len(word) for word, _ in found), default=0)
    for word, cosine in found:
        say(f"{word:<{width}}  {cosine:.3f}")


def _vectors_of(corpus: "Corpus") -> "WordVectors":
    from radmine.topics import MODEL, load_topics

    return load_topics(corpus.folder / MODEL).vectors
