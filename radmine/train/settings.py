"""How an image network is trained."""

from dataclasses import dataclass

from radmine.run import require_choice, require_several, require_within
from radmine.train.targets import COLUMNS, FROM_TEXT
from radmine.train.trunks import check_network


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """What is learned, by which network, how long, from which variations of the pictures."""

    # What is learned: labels, topics, second_topics, sentence_topics, modality, plane, location, body_part, view.
    targets: tuple[str, ...] = ("labels",)
    # A name of radmine.train.trunks.NETWORKS; or timm:NAME (extra vision).
    network: str = "small"
    # Pixels a side that the network takes; 0: as stored.
    size: int = 0
    # How often training goes over the images, at most.
    epochs: int = 30
    # Epochs without a better validation (AUC, of equal ones loss) before it stops.
    patience: int = 10
    # Seconds of learning, validation counted, at most; it ends between two batches. The result then depends on the machine.
    seconds: float | None = None
    # Images that are learned from at once.
    batch_size: int = 32
    # Learning rate of AdamW, at its highest.
    learning_rate: float = 2e-3
    # Weight decay of AdamW.
    weight_decay: float = 0.05
    # Share of the features that is dropped before the heads.
    dropout: float = 0.2
    # Label smoothing of classes.
    smoothing: float = 0.05
    # Training images that a finding or class needs to be learned.
    min_positives: int = 10
    # Labels that a text leaves open: mask (not learned from) | soft (their probability) | absent
    uncertain: str = "mask"
    # Whether images of which only a kind of a finding is said show the finding too; else they teach nothing of it.
    implied: bool = True
    # Seed of the weights, the order of the images and their variations.
    seed: int = 0
    # Pictures are turned by so many degrees, at most.
    rotate: float = 12.0
    # Enlarged or made smaller by such a share, at most.
    zoom: float = 0.15
    # Moved by such a share of the side, at most.
    shift: float = 0.06
    # Change of gamma, contrast and brightness, at most.
    intensity: float = 0.2
    # Largest side of a rectangle blanked in half of the pictures, as a share of the picture's side.
    erase: float = 0.3
    # Mirrored left and right: off, since a report tells sides apart and so does a heart.
    flip: bool = False

    def __post_init__(self) -> None:
        require_several(self, "targets")
        require_choice(self, targets=(*FROM_TEXT, *COLUMNS), uncertain=("mask", "soft", "absent"))
        require_within(self, epochs=(1, 100_000), patience=(1, 100_000), batch_size=(2, 100_000))
        require_within(self, min_positives=(1, 2**31), seed=(0, 2**32 - 1))
        require_within(
            self, learning_rate=(1e-9, 10), weight_decay=(0, 10), dropout=(0, 0.99), smoothing=(0, 0.99)
        )
        require_within(self, rotate=(0, 180), zoom=(0, 0.9), shift=(0, 1), intensity=(0, 0.9), erase=(0, 1))
        if self.seconds is not None:
            require_within(self, seconds=(1e-3, 1e9))
        if self.size:
            require_within(self, size=(16, 4096))
        check_network(self.network, size=self.size)
