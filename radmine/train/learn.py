"""The training loop: seeded by epoch, resumed from a checkpoint with the same result, stopped when nothing improves."""

import io
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from radmine.errors import SettingsError
from radmine.files import read_checked, write_checked
from radmine.run import Device, Progress
from radmine.train.allowance import Allowance
from radmine.train.answers import Number
from radmine.train.epochs import Epoch, Learned, is_better
from radmine.train.fitted import fit
from radmine.train.losses import Losses
from radmine.train.merit import merit
from radmine.train.model import ModelFacts, mean_outputs, probabilities
from radmine.train.networks import ImageNetwork, network_of
from radmine.train.ranks import add_gradients, gathered, in_turn, own_part, processes, rank, share
from radmine.train.sampling import Sampling
from radmine.train.schedule import averaged, set_rate
from radmine.train.settings import TrainSettings
from radmine.train.sides import mirrored_truth
from radmine.train.sources import Features, Pictures, Squares
from radmine.train.starts import hand_on
from radmine.train.targets import Target
from radmine.train.tasks import REGRESSION
from radmine.train.terms import transitions

_AT_ONCE = 64  # images of a validation, between two looks at the clock
_VIEWS_SHARE = 0.5  # of the time given: from there on no further variation is computed
_WHAT = "images learned from"
_NO_TIME = "the time given is used up"
# Rates of learning where none is set: of a whole network, of a head on a frozen trunk.
_RATE, _FROZEN_RATE = 2e-3, 5e-4
_CORRECTED = 3  # after this part of the epochs it is estimated how often a class is read as another


class _TimeUpError(Exception):
    """The time given is used up in the middle of a validation."""


def learn(
    squares: Squares,
    targets: Sequence[Target],
    training: NDArray[np.int64],
    validation: NDArray[np.int64],
    *,
    facts: ModelFacts,
    settings: TrainSettings,
    device: Device,
    checkpoint: Path,
    progress: Progress,
    asked: NDArray[np.int64] | None = None,
    features: Path | None = None,
    keep: Callable[[int], None] = lambda _seen: None,
    clock: Callable[[], float] = time.perf_counter,
) -> Learned:
    """Return what a network learned of the training rows, chosen on the validation rows.

    Parameters
    ----------
    squares
        Gives the stored squares of rows.
    targets
        What to learn; their values are by row.
    training, validation
        Rows; without validation the last epoch is kept.
    facts
        Size and normalisation of the images, which go with the weights.
    settings
        See `TrainSettings`.
    device
        Where the network and, as far as they fit, the images are kept (see `radmine.run.choose_device`).
    checkpoint
        A file written after each epoch; one that is there is gone on from, with the same result.
    progress
        Told after each batch.
    asked
        Rows of which it is told what the best weights say.
    features
        The folder of the features of a frozen trunk, which trainings of the same pictures may share; None: beside the checkpoint.
    keep
        Told of how many images are learned that a killed training goes on after.
    clock
        Gives the seconds by which the time of the settings is kept.
    """
    network = network_of(
        facts,
        dropout=settings.dropout,
        seed=settings.seed,
        pretrained=facts.pretrained and not facts.started_from,
    )
    if facts.started_from:
        hand_on(settings.start_from, network)
    for target in targets:
        if target.task == REGRESSION:
            known = target.values[training]
            spread = max(float(np.nanstd(known)), 1e-6)
            layer = network.head.outputs[target.name]
            assert isinstance(layer, Number)
            layer.scale(float(np.nanmean(known)), spread)
    network = device.place(network)
    if settings.seconds is not None and processes() > 1:
        raise SettingsError(
            "Several processes have no common clock.", where="train: seconds", do="Leave it out, or take one."
        )
    allowance = Allowance(settings.seconds, len(validation), clock)
    source: Pictures | Features
    if facts.frozen:
        source = Features(network.trunk, squares, device, facts, settings, features or checkpoint.parent)
        others = validation if asked is None else np.union1d(validation, asked)
        make, is_enough = source.make, lambda: allowance.is_beyond(_VIEWS_SHARE)
        in_turn(lambda: make(training, others, asked=asked, progress=progress, is_enough=is_enough))
        if settings.classifier != "head":
            fitted = fit(
                source,
                targets,
                training,
                validation,
                settings=settings,
                allowance=allowance,
                progress=progress,
                asked=asked,
                clock=clock,
            )
            return replace(fitted, state=_whole(network, fitted.state)) if fitted.state else fitted
    else:
        count = max((len(t.values) for t in targets), default=0)
        source = Pictures(squares, count, device, facts, settings)
    losses = Losses(targets, training, settings, device.name)
    trained = network.head if facts.frozen else network
    share(trained)
    run = _Run(trained, targets, settings, device, losses, source, allowance, clock)
    run.resume(checkpoint)
    keep(run.seen)
    progress(run.seen, settings.epochs * len(training), _WHAT)
    with _repeatable():
        while (stopped := run.why_stop()) is None:
            started = clock()
            loss = run.train_once(training, progress)
            try:
                validated = run.validate(validation)
            except _TimeUpError:
                if run.best:  # what could not be compared to it is left
                    stopped = _NO_TIME
                    break
                validated = None, None
            run.note(Epoch(len(run.course) + 1, loss, *validated))
            run.seconds += clock() - started
            run.save(checkpoint)
            keep(run.seen)
    progress(run.seen, run.seen, _WHAT)
    rate = run.seen / allowance.used if allowance.used else 0.0
    best = run.best
    said: dict[str, NDArray[np.float32]] = {}
    if asked is not None and best:
        run.judged.load_state_dict(best)
        said = run.say(asked, views=settings.test_views)
    if facts.frozen and best:
        best = _whole(network, best)
    whole = run.seen >= len(training)
    return Learned(best, run.best_epoch, tuple(run.course), rate, stopped, whole, run.seconds, said)


def _whole(network: ImageNetwork, head: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the weights of a network whose head alone was trained."""
    trunk = {f"trunk.{name}": values.detach().cpu() for name, values in network.trunk.state_dict().items()}
    return trunk | {f"head.{name}": values for name, values in head.items()}


def _repeatable() -> Any:
    """Return the context in which cuDNN gives the same result each time."""
    return torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True)


class _Run:
    """A training under way: everything that a checkpoint holds."""

    def __init__(
        self,
        network: torch.nn.Module,
        targets: Sequence[Target],
        settings: TrainSettings,
        device: Device,
        losses: Losses,
        source: Pictures | Features,
        allowance: Allowance,
        clock: Callable[[], float],
    ) -> None:
        self.network = network
        self.targets = targets
        self.settings = settings
        self.device = device
        self.losses = losses
        self.source = source
        self.allowance = allowance
        self.clock = clock
        self.values = {t.name: torch.from_numpy(t.values) for t in targets}
        self.optimizer = torch.optim.AdamW(network.parameters(), weight_decay=settings.weight_decay)
        self.average = averaged(network, settings.averaging) if settings.averaging else None
        own = _FROZEN_RATE if isinstance(source, Features) else _RATE
        self.rate = settings.learning_rate or own
        self.course: list[Epoch] = []
        self.seen = 0  # images learned from
        self.cut = False  # whether the last epoch ended before its end
        self.seconds = 0.0  # of the epochs so far
        self.best: dict[str, Tensor] = {}
        self.best_epoch = 0

    def why_stop(self) -> str | None:
        """Return why the training ends here, None where it goes on."""
        settings, done = self.settings, len(self.course)
        if done >= settings.epochs:
            return "all epochs done"
        if self.best_epoch and done - self.best_epoch >= settings.patience:
            return f"no better for {settings.patience} epochs"
        if self.cut or (done and not self.allowance.allows_batch(settings.batch_size)):
            return _NO_TIME
        return None

    def train_once(self, rows: NDArray[np.int64], progress: Progress) -> float:
        """Train one epoch, or as much of it as the time allows, and return its mean loss."""
        settings, epoch = self.settings, len(self.course)
        if settings.correction == "forward" and epoch == max(1, settings.epochs // _CORRECTED):
            said = self.say(rows)
            classed = [t for t in self.targets if t.has_classes]
            self.losses.correct({t.name: transitions(said[t.name], several=t.is_multilabel) for t in classed})
        generator = torch.Generator().manual_seed(settings.seed * 100_003 + epoch)
        order = Sampling(settings.sampling, rows, self.targets).draw(generator)
        batches = [order[i : i + settings.batch_size] for i in range(0, len(order), settings.batch_size)]
        if len(batches) > 1 and len(batches[-1]) == 1:  # batch normalisation needs two
            batches[-2:] = [np.concatenate(batches[-2:])]
        total, learned, allowance = 0.0, 0, self.allowance
        self.network.train()
        devices = [torch.device(self.device.name)] if self.device.is_cuda else []
        with torch.random.fork_rng(devices=devices):
            torch.manual_seed(settings.seed * 100_003 + epoch)  # dropout
            for number, batch in enumerate(batches):
                if number + epoch and not allowance.allows_batch(len(batch)):
                    self.cut = True
                    break
                started = self.clock()
                done = epoch + number / len(batches)
                set_rate(self.optimizer, self.rate, done, settings.epochs, settings.schedule)
                inputs, mirrored = self.source.varied(batch, generator)
                with self.source.autocast():
                    outputs = gathered(self.network(own_part(inputs)), len(batch))
                loss = self.losses(outputs, self.truth(batch, mirrored))
                self.optimizer.zero_grad(set_to_none=True)
                loss.backward()  # type: ignore[no-untyped-call]
                add_gradients(self.network)
                torch.nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
                self.optimizer.step()
                if self.average is not None:
                    self.average.update_parameters(self.network)
                total += float(loss.detach()) * len(batch)
                learned += len(batch)
                allowance.learned(len(batch), self.clock() - started)
                seen, most = self.seen + learned, settings.epochs * len(order)
                left = allowance.images_left()
                progress(seen, most if left is None else min(most, seen + left), self.words(len(order)))
        self.seen += learned
        return total / max(1, learned)

    def truth(self, rows: NDArray[np.int64], mirrored: Tensor | None = None) -> dict[str, Tensor]:
        """Return what is known of these rows, of which some may be mirrored, by target, on the device."""
        places = torch.from_numpy(rows)
        found = {name: values[places] for name, values in self.values.items()}
        if mirrored is not None and bool(mirrored.any()):
            for target in (t for t in self.targets if t.has_classes):
                found[target.name] = mirrored_truth(
                    found[target.name], mirrored, target.classes, several=target.is_multilabel
                )
        return {name: values.to(self.device.name) for name, values in found.items()}

    @property
    def judged(self) -> torch.nn.Module:
        """The network whose weights are validated and kept: the average, where there is one."""
        if self.average is None:
            return self.network
        module: torch.nn.Module = self.average.module
        return module

    def words(self, images: int) -> str:
        """Return what is done, and how it stands: the epoch, of so many images, loss and validation AUC of the one before, and the time."""
        said = f"epoch {len(self.course) + 1} of {self.settings.epochs}"
        if self.course:
            last = self.course[-1]
            said += f", loss {last.loss:.2f}"
            said += "" if last.validation is None else f", AUC {last.validation:.2f}"
        allowed = self.allowance.words(images)
        return f"{_WHAT}: {said}" + (f"; {allowed}" if allowed else "")

    def validate(self, rows: NDArray[np.int64]) -> tuple[float | None, float | None]:
        """Return the mean merit over the targets on these rows, None where it cannot be computed, and the loss."""
        if not len(rows):
            return None, None
        started = self.clock()
        outputs, loss = self._asked(rows)
        predicted = probabilities(outputs)
        found = [float(merit(t, predicted[t.name], t.values[rows])[0]) for t in self.targets]
        found = [value for value in found if not math.isnan(value)]
        self.allowance.validated(self.clock() - started)
        return (sum(found) / len(found) if found else None), loss

    def say(self, rows: NDArray[np.int64], *, views: int = 0) -> dict[str, NDArray[np.float32]]:
        """Return the probabilities by target of these rows and so many parts of each, whatever time is left."""
        outputs = [self._asked(rows, timed=False, view=view)[0] for view in range(views + 1)]
        return probabilities(mean_outputs(outputs))

    def _asked(
        self, rows: NDArray[np.int64], *, timed: bool = True, view: int = 0
    ) -> tuple[dict[str, NDArray[np.float32]], float]:
        """Return the outputs by target of these rows, and their mean loss."""
        total = 0.0
        network = self.judged.eval()
        parts: dict[str, list[NDArray[np.float32]]] = {
            t.name: [np.empty((0, len(t.classes)), np.float32)] for t in self.targets
        }
        with torch.inference_mode(), self.source.autocast():
            for start in range(0, len(rows), _AT_ONCE):
                if timed and self.allowance.is_used_up():
                    raise _TimeUpError
                batch = rows[start : start + _AT_ONCE]
                outputs = network(self.source.plain(batch, view))
                total += float(self.losses(outputs, self.truth(batch))) * len(batch)
                for name, values in outputs.items():
                    parts[name].append(values.float().cpu().numpy())
        return {name: np.concatenate(of) for name, of in parts.items()}, total / max(1, len(rows))

    def note(self, epoch: Epoch) -> None:
        """Add an epoch to the course; keep its weights where they are the best so far, or cannot be compared."""
        best = self.course[self.best_epoch - 1] if self.best_epoch else None
        self.course.append(epoch)
        if is_better(epoch, best):
            self.best_epoch = epoch.epoch
            self.best = {k: v.detach().cpu().clone() for k, v in self.judged.state_dict().items()}

    def save(self, path: Path) -> None:
        """Write the checkpoint, whole or not at all; of several processes the first does."""
        if rank():
            return
        content = {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "average": None if self.average is None else self.average.state_dict(),
            "read": self.losses.read,
            "course": [(e.epoch, e.loss, e.validation, e.validation_loss) for e in self.course],
            "used": self.allowance.used,
            "seconds": self.seconds,
            "seen": self.seen,
            "cut": self.cut,
            "best": self.best,
            "best_epoch": self.best_epoch,
        }
        stream = io.BytesIO()
        torch.save(content, stream)
        write_checked(path, stream.getvalue())

    def resume(self, path: Path) -> None:
        """Go on from a checkpoint where there is one that is whole."""
        data = read_checked(path)
        if data is None:
            return
        content = torch.load(io.BytesIO(data), map_location=self.device.name, weights_only=True)
        if "read" not in content:  # of an earlier version
            return
        self.network.load_state_dict(content["network"])
        self.optimizer.load_state_dict(content["optimizer"])
        if self.average is not None:
            self.average.load_state_dict(content["average"])
        self.losses.correct(content["read"])
        self.course = [Epoch(*e) for e in content["course"]]
        self.allowance.resume(content["used"])
        self.seconds = content["seconds"]
        self.seen, self.cut = content["seen"], content["cut"]
        self.best = {k: v.cpu() for k, v in content["best"].items()}
        self.best_epoch = content["best_epoch"]
