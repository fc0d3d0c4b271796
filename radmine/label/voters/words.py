"""The voter "text:words": a logistic regression over the words of a report for each finding, learnt from the rules."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from radmine.errors import InputError
from radmine.label.voters.text_model import Terms, TextModel, count_terms, text_model_of, text_terms
from radmine.models import SavedModel, load_model
from radmine.parse import makes_label
from radmine.records import Assertion, ReadReport, Vote

VOTER = "text:words"
KIND = "voter on words"
STRENGTH = 10.0  # inverse of the L2 penalty
LEAST_PRESENT = 20  # reports in which a finding must be present to get a voter of its own


class WordsVoter:
    """What the words of a report say of the findings that it names, and of others where they are likely present."""

    def __init__(self, model: TextModel) -> None:
        self.model = model

    def __call__(self, read: ReadReport) -> Iterator[tuple[str, Vote]]:
        """Yield the votes."""
        yield from votes_on(read, self.model.probabilities(word_terms(read)), VOTER)

    def save(self, folder: Path) -> None:
        """Write it into a folder."""
        self.model.save(folder, kind=KIND)


def votes_on(
    read: ReadReport, probabilities: Mapping[str, float], voter: str, *, sure: float = 0.5
) -> Iterator[tuple[str, Vote]]:
    """Yield votes on the findings that a report names, and on others where they are likely present.

    Present where a probability reaches `sure`, absent up to `1 - sure`; nothing is said between. What is only asked for or
    told of another time is not named: not mentioned is not absent.
    """
    named = named_findings(read)
    for finding, probability in probabilities.items():
        if probability >= sure:
            yield finding, Vote(voter, Assertion.PRESENT, probability)
        elif probability <= 1 - sure and finding in named:
            yield finding, Vote(voter, Assertion.ABSENT, probability)


def named_findings(read: ReadReport) -> set[str]:
    """Return the findings of this patient now that a report names where it says what is found, present or not."""
    return {m.finding for m in read.mentions if m.of_patient_now and makes_label(read.section_of(m))}


def load_words(folder: Path) -> WordsVoter:
    """Return the voter of a folder; raises CorpusError where it holds none."""
    return load_model(folder, kind=KIND, make="radmine voters train NAME", build=_words_voter)


def _words_voter(saved: SavedModel) -> WordsVoter:
    return WordsVoter(text_model_of(saved))


def train_words(terms: Sequence[Terms], present: Sequence[frozenset[str]]) -> WordsVoter:
    """Return the voter that learns which words go with a finding, and so sees it in words that the lexicon lacks.

    Parameters
    ----------
    terms
        Of each report (`word_terms`).
    present
        For each report the findings that are there, as the rules say.

    Raises
    ------
    InputError
        No finding is present in enough reports.
    """
    names = often(present)
    if not names:
        raise too_few()
    targets = {f: [f in findings for findings in present] for f in names}
    return WordsVoter(count_terms(terms).fit(targets, strength=STRENGTH))


def word_terms(read: ReadReport) -> Terms:
    """Return what the voter sees of a report."""
    return {"words": text_terms(found_text(read))}


def often(present: Sequence[frozenset[str]]) -> list[str]:
    """Return the findings that are present in enough of the reports to learn them, and not in all."""
    everywhere = sorted({finding for findings in present for finding in findings})
    return [
        f for f in everywhere if LEAST_PRESENT <= sum(f in findings for findings in present) < len(present)
    ]


def too_few() -> InputError:
    """Return the error that there is nothing to learn from."""
    return InputError(
        f"No finding is present in {LEAST_PRESENT} of the reports to train on.",
        where="training",
        do="Train on more reports, or use the rules alone.",
    )


def found_text(read: ReadReport) -> str:
    """Return the sentences of a report that say what is found."""
    return "\n".join(
        read.text[s.start : s.end] for s in read.sentences if makes_label(read.sections[s.section].name)
    )
