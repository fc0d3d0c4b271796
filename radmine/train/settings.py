"""How an image network is trained."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """What is learned, by which network, how long, from which variations of the pictures."""

    targets: tuple[str, ...] = ("labels",)  # labels, topics, modality, plane, location, body_part, view
    network: str = "small"  # see radmine.train.networks.NETWORKS; or timm:NAME
    size: int = 0  # pixels a side that the network takes; 0: as stored
    epochs: int = 30  # at most
    patience: int = 10  # epochs without a better validation before it stops
    seconds: float | None = (
        None  # time given, after which no epoch begins; the result then depends on the machine
    )
    batch_size: int = 32
    learning_rate: float = 2e-3  # of AdamW, at its highest
    weight_decay: float = 0.05
    dropout: float = 0.2  # of the features, before the heads
    smoothing: float = 0.05  # of class targets
    min_positives: int = 10  # training images that a finding or class needs to be learned
    uncertain: str = (
        "mask"  # labels that a text leaves open: mask (not learned from), soft (probability), absent
    )
    seed: int = 0
    rotate: float = 12.0  # degrees, at most
    zoom: float = 0.15  # share, at most
    shift: float = 0.06  # share of the side, at most
    intensity: float = 0.2  # of gamma, contrast and brightness
    erase: float = 0.3  # largest side of a rectangle blanked in half of the pictures
    flip: bool = False  # mirror left and right: off, since a report tells sides apart and so does a heart
