"""What is fitted by the topics stage, and on what."""

from dataclasses import dataclass, field

from radmine.errors import SettingsError
from radmine.parse import unlabelled_sections
from radmine.run import Limits, require_form, require_within, uses
from radmine.topics.fitting import AUTO


@dataclass(frozen=True, slots=True)
class TopicsSettings:
    """What is fitted, and on what."""

    # How many document topics, at most one for 20 reports; "auto": as many as predict held-out reports best.
    topics: int | str = 80
    # Into how many parts each is divided, at most one for 10 of its reports; or "auto".
    parts: int | str = 10
    # How many topics of sentences, at most one for 10 sentences; or "auto"; 0: none.
    sentence_topics: int | str = 1000
    # A topic that is the strongest of fewer documents is dropped (fewer still where documents are few).
    least_documents: int = 5
    # How often the fit goes over the documents, at most.
    sweeps: int = 50
    # A word must occur in so many reports (in a tenth of them, where there are few).
    min_reports: int = 5
    # A word that occurs in a larger share of the reports is left out.
    max_share: float = 0.5
    # Whether words that stand together are one word of topics, ground_glass_opacity, as they are of word vectors.
    phrases: bool = False
    # Length of the word vectors.
    vector_size: int = 256
    # How many words the fit of the vectors visits, over and over where there are fewer.
    vector_words: int = 500_000
    # Sections left out: what was asked and how, not what was found.
    skip_sections: tuple[str, ...] = tuple(sorted(unlabelled_sections()))
    # A finding that is denied is one word: no_pleural_effusion.
    join_negated: bool = True
    # At most so many reports are fitted on, spread evenly.
    fit_reports: int = 20_000
    # Seed of the topics and the word vectors.
    seed: int = 0
    limits: Limits = field(default=Limits(), metadata=uses("seconds"))

    def __post_init__(self) -> None:
        many, seeds = (1, 100_000), (0, 2**32 - 1)
        require_within(self, sweeps=many, vector_size=many, seed=seeds, least_documents=(0, 2**31))
        require_within(self, min_reports=(1, 2**31), fit_reports=(1, 2**31), vector_words=(1, 2**40))
        require_within(self, max_share=(0, 1))
        for name, least in (("topics", 1), ("parts", 1), ("sentence_topics", 0)):
            value = getattr(self, name)
            if isinstance(value, str) and value != AUTO:
                raise SettingsError(
                    f"{name} cannot be {value!r}.", where=name, do=f'Give a number, or "{AUTO}".'
                )
            if not isinstance(value, str):
                require_within(self, **{name: (least, 100_000)})
        require_form(
            self, skip_sections="[a-z0-9]+(_[a-z0-9]+)*", like="past_history: a `name` of `sections`"
        )
