"""How an image network is trained."""

from dataclasses import dataclass, field

from radmine.errors import SettingsError
from radmine.pixels import LAYOUTS, SLICES, WINDOWS, are_slices
from radmine.run import PATHS, require_choice, require_several, require_within
from radmine.train.classical import FOREST, LINEAR
from radmine.train.targets import EVERY, check_target
from radmine.train.tasks import CLASS, LABELS, task_of
from radmine.train.trunks import AUTO, check_network


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """What is learned, by which network, how long, from which variations of the pictures."""

    # What is learned: auto (all that the corpus has of these); or labels, topics, second_topics, sentence_topics, modality, plane,
    # location, body_part, view; or what a column says that was kept at ingest: class:COLUMN, ordinal:COLUMN (numbers in their order),
    # ordinal:COLUMN=LOW<MID<HIGH, regression:COLUMN, survival:TIME,EVENT.
    targets: tuple[str, ...] = (EVERY,)
    # auto: lite0 where its ImageNet weights are installed (extra weights), else small. Or a name of
    # radmine.train.trunks.NETWORKS, or monai:NAME, timm:NAME and torchvision:NAME (extra vision), hf:OWNER/NAME or hf:/FOLDER
    # (a checkpoint of transformers).
    network: str = AUTO
    # pretrained: the trunk has weights that were learned elsewhere (timm, torchvision and the hub fetch them) | scratch | auto
    # (pretrained where they are installed, and of hf:)
    start: str = AUTO
    # Folder of an image model (corpora/NAME/models/image) whose trunk it starts from instead; empty: none.
    start_from: str = field(default="", metadata=PATHS)
    # frozen: a pretrained trunk stays as it is, and a head of two layers is trained on its features | learned | auto (frozen
    # where it is pretrained)
    trunk: str = AUTO
    # What is trained on the features of a frozen trunk: head | logistic | svm (linear) | lda | forest (in `radmine ablate` alone: it
    # is no network). Of all but the head the outputs are made of the trunk's features; epochs, losses and rates are the head's.
    classifier: str = "head"
    # Variations of each picture whose features a head on a frozen trunk is trained on, beside the picture itself.
    views: int = 0
    # Widths of the layers between a frozen trunk and the outputs; the last is the length of an image's vector.
    hidden: tuple[int, ...] = (768, 256)
    # Pixels a side that the network takes; 0: 224 of lite0, its own of a library's and of a model that it starts from, 128 of
    # the others, or as stored where that is less.
    size: int = 0
    # What the network is shown: nothing here is the picture; or windows of the values that [pixels] keeps (lung, soft, mediastinum, bone,
    # brain, liver, shown, percentiles); or of previous, this and next slice of the series ([pixels] images = "all" has them).
    channels: tuple[str, ...] = ()
    # channels | side_by_side, as one wide picture
    layout: str = "channels"
    # How often training goes over the images, at most.
    epochs: int = 30
    # Epochs without a better validation (AUC, of equal ones loss) before it stops.
    patience: int = 10
    # Seconds of learning, validation counted, at most; it ends between two batches. The result then depends on the machine.
    seconds: float | None = None
    # Images that are learned from at once.
    batch_size: int = 32
    # Learning rate of AdamW, at its highest; none: 2e-3 of a whole network, 5e-4 of a head on a frozen trunk.
    learning_rate: float | None = None
    # How the learning rate goes on after one epoch of warming up: cosine (down to a hundredth; Loshchilov and Hutter, ICLR 2017) |
    # constant | step (a tenth after half of the epochs, a hundredth after three quarters; He et al., CVPR 2016)
    schedule: str = "cosine"
    # Share of the earlier average in the average of the weights that is kept in place of the last weights, after each batch; 0: none
    # (Tarvainen and Valpola, NeurIPS 2017). 0.99 looks back on some hundred batches.
    averaging: float = 0.0
    # Weight decay of AdamW.
    weight_decay: float = 0.05
    # Share of the features that is dropped before the heads.
    dropout: float = 0.2
    # Weights of classes: none | root (of how rare they are: rare ones are found sooner, probabilities become too high)
    balance: str = "none"
    # How an epoch draws its images: shuffled (each once) | balanced (with replacement, each class of a target as often as the
    # others; Shen et al., ECCV 2016)
    sampling: str = "shuffled"
    # Loss: cross_entropy | focal (what is told well already counts less; Lin et al., ICCV 2017) | asymmetric (of findings: what is
    # absent and told so counts less, or not; Ridnik et al., ICCV 2021)
    loss: str = "cross_entropy"
    # Labels with errors: none | forward (from a third of the epochs on the loss is of what would be read of what is seen, by how often
    # a class is read as another, estimated from the network so far; Patrini et al., CVPR 2017)
    correction: str = "none"
    # Label smoothing of classes.
    smoothing: float = 0.05
    # Training images that a finding or class needs to be learned.
    min_positives: int = 10
    # Labels that a text leaves open: mask (not learned from) | soft (their probability) | absent
    uncertain: str = "mask"
    # Whether images of which only a kind of a finding is said show the finding too; else they teach nothing of it.
    implied: bool = True
    # Networks that are trained, with one seed after the other, and asked together: their probabilities are averaged, their vectors
    # stand side by side (Lakshminarayanan et al., NeurIPS 2017).
    members: int = 1
    # Parts of a picture of which the network is asked beside the whole, 0 to 5: the middle, then the corners; probabilities and vectors
    # are averaged (Krizhevsky et al., NeurIPS 2012).
    test_views: int = 0
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
    # Standard deviation of noise that is added to each pixel, of the range from black to white, at most.
    noise: float = 0.0
    # Share of the area that is cut off around a part of the picture, at most (Szegedy et al., CVPR 2015).
    cut: float = 0.0
    # Half of the pictures are mirrored left and right, and with them the sides that classes name (left_kidney is then right_kidney;
    # not known where there is no such class): off, since a heart tells sides apart too.
    flip: bool = False

    def __post_init__(self) -> None:
        require_several(self, "targets")
        for target in self.targets:
            check_target(target)
        require_choice(self, uncertain=("mask", "soft", "absent"))
        require_choice(self, layout=LAYOUTS, channels=(*WINDOWS, *SLICES))
        if not are_slices(self.channels) and not set(self.channels).isdisjoint(SLICES):
            raise SettingsError(
                "The channels are windows and slices.", where="channels", do="Name windows or slices."
            )
        require_choice(self, start=(AUTO, "pretrained", "scratch"), trunk=(AUTO, "frozen", "learned"))
        if self.start_from and self.start == "scratch":
            what = "A network that starts from a model does not start from scratch."
            raise SettingsError(what, where="start", do="Leave out start or start_from.")
        require_choice(self, balance=("none", "root"), schedule=("cosine", "constant", "step"))
        require_choice(self, classifier=("head", *LINEAR, FOREST))
        other = [t for t in self.targets if t != EVERY and task_of(t) not in (LABELS, CLASS)]
        if self.classifier != "head" and other:
            raise SettingsError(
                f"The classifier {self.classifier} learns classes, not {', '.join(other)}.",
                where="train: classifier",
                do='Use classifier = "head", or leave these targets out.',
            )
        require_choice(self, sampling=("shuffled", "balanced"), correction=("none", "forward"))
        require_choice(self, loss=("cross_entropy", "focal", "asymmetric"))
        require_within(self, epochs=(1, 100_000), patience=(1, 100_000), batch_size=(2, 100_000))
        require_within(self, min_positives=(1, 2**31), seed=(0, 2**32 - 1))
        require_within(self, weight_decay=(0, 10), dropout=(0, 0.99), smoothing=(0, 0.99), views=(0, 1000))
        if self.learning_rate is not None:
            require_within(self, learning_rate=(1e-9, 10))
        if any(not 1 <= width <= 65_536 for width in self.hidden):
            what = "The widths in hidden must be between 1 and 65,536."
            raise SettingsError(what, where="hidden", do="Write them like [768, 256].")
        require_within(self, members=(1, 100), test_views=(0, 5))
        if self.members > 1 and self.classifier != "head":
            what = f"All members of a {self.classifier} classifier would be the same."
            raise SettingsError(what, where="members", do='Use members = 1, or classifier = "head".')
        require_within(self, noise=(0, 1), cut=(0, 0.99), averaging=(0, 0.99999))
        require_within(self, rotate=(0, 180), zoom=(0, 0.9), shift=(0, 1), intensity=(0, 0.9), erase=(0, 1))
        if self.seconds is not None:
            require_within(self, seconds=(1e-3, 1e9))
        if self.size:
            require_within(self, size=(16, 4096))
        check_network(self.network, size=self.size)
