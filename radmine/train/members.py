"""Several trainings that differ in their seed, whose probabilities are averaged: `learn_members`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from radmine.run import Device, Progress
from radmine.train.epochs import Learned
from radmine.train.joined import joined
from radmine.train.learn import learn
from radmine.train.model import ModelFacts
from radmine.train.networks import network_of
from radmine.train.settings import TrainSettings
from radmine.train.sources import Squares
from radmine.train.targets import Target


def learn_members(
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
    along: Callable[[TrainSettings, Path], None] = lambda _settings, _checkpoint: None,
) -> Learned:
    """Return what as many networks as the settings say learned, as one; takes what `learn` takes, and whom to tell of each.

    The epoch, the course and why it stopped are those of the first; the seconds are those of all, and so are the seconds given.
    """
    count = settings.members
    each: list[Learned] = []
    for member in range(count):
        own = replace(
            settings,
            seed=settings.seed + member,
            seconds=None if settings.seconds is None else settings.seconds / count,
        )
        said = f" (network {member + 1} of {count})" if count > 1 else ""

        def told(done: int, total: int | None, what: str, said: str = said) -> None:
            name, colon, state = what.partition(": ")
            progress(done, total, f"{name}{said}{colon}{state}")

        own_checkpoint = checkpoint.with_stem(f"{checkpoint.stem}-{member}") if member else checkpoint
        along(own, own_checkpoint)
        each.append(
            learn(
                squares,
                targets,
                training,
                validation,
                facts=facts,
                settings=own,
                device=device,
                checkpoint=own_checkpoint,
                progress=told,
                asked=asked,
                features=features,
                keep=keep,
            )
        )
    if count == 1:
        return each[0]
    return replace(
        each[0],
        state=_joined_state([one.state for one in each], facts),
        is_whole=all(one.is_whole for one in each),
        seconds=sum(one.seconds for one in each),
        said={name: np.mean([one.said[name] for one in each], axis=0) for name in each[0].said},
    )


def _joined_state(states: Sequence[Mapping[str, Tensor]], facts: ModelFacts) -> Mapping[str, Tensor]:
    networks = []
    for state in states:
        networks.append(network_of(facts))
        networks[-1].load_state_dict(state)
    state_of_all: Mapping[str, Tensor] = joined(networks, shared=facts.frozen).state_dict()
    return state_of_all
