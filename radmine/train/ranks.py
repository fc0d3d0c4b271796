"""Several processes that train one network together, as torchrun starts them: each takes its part of every batch.

Together they give what one gives, but for rounding: outputs are gathered before the loss is computed, gradients are added,
batch normalisation takes its statistics over the whole batch (torch's own does on GPUs alone), and dropout draws for the
whole batch. Every process varies the whole batch and takes its part of it, so that all draw the same.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn import functional

_PATIENCE = timedelta(days=1)  # that processes wait for one another


def rank() -> int:
    """Return which of the processes this is; 0 of one alone."""
    return dist.get_rank() if processes() > 1 else 0


def processes() -> int:
    """Return how many processes are held together; 1 where none are."""
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


@contextmanager
def together(*, on_gpu: bool) -> Iterator[None]:
    """Hold the processes that torchrun started together, by NCCL on GPUs and gloo on CPUs."""
    dist.init_process_group("cpu:gloo,cuda:nccl" if on_gpu else "gloo", timeout=_PATIENCE)
    try:
        yield
    finally:
        dist.destroy_process_group()


def tell(message: Any) -> Any:
    """Return what the first process says: it calls this with a message, the others with None."""
    box = [message]
    dist.broadcast_object_list(box, src=0)
    return box[0]


def in_turn(work: Callable[[], None]) -> None:
    """Do what the first process does before the others do it: they find what it wrote."""
    if processes() > 1 and rank():
        dist.barrier()
    work()
    if processes() > 1 and not rank():
        dist.barrier()


def share(network: nn.Module) -> None:
    """Let a network that is learned by several processes normalise and drop over the whole batch."""
    if processes() < 2:
        return
    part = _Part()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            module.forward = _Normalised(module)  # type: ignore[method-assign, assignment]
        elif isinstance(module, nn.Dropout):
            module.forward = _Dropped(module, part)  # type: ignore[method-assign, assignment]
    network.register_forward_pre_hook(part.note)


def own_part(inputs: Tensor) -> Tensor:
    """Return the part of a batch that is this process's."""
    return inputs if processes() < 2 else inputs[_places(len(inputs))]


def gathered(outputs: Mapping[str, Tensor], rows: int) -> Mapping[str, Tensor]:
    """Return the outputs of a whole batch of so many rows; gradients go to those of this process alone."""
    if processes() < 2:
        return outputs
    found = {}
    for name, own in outputs.items():
        whole = torch.zeros(rows, *own.shape[1:], dtype=own.dtype, device=own.device)
        whole[_places(rows)] = own.detach()
        dist.all_reduce(whole)
        before, after = whole[: _places(rows).start], whole[_places(rows).stop :]
        found[name] = torch.cat([before, own, after])
    return found


def add_gradients(network: nn.Module) -> None:
    """Give every process the sum of all gradients: that of the loss of the whole batch."""
    if processes() < 2:
        return
    known = [p.grad for p in network.parameters() if p.grad is not None]
    flat = torch.cat([grad.reshape(-1) for grad in known])
    dist.all_reduce(flat)
    for grad, summed in zip(known, torch.split(flat, [grad.numel() for grad in known]), strict=True):
        grad.copy_(summed.view_as(grad))


def _places(rows: int) -> slice:
    each, more = divmod(rows, processes())
    start = rank() * each + min(rank(), more)
    return slice(start, start + each + (rank() < more))


class _Part:
    """The rows of the whole batch that is under way."""

    def __init__(self) -> None:
        self.rows = 0

    def note(self, module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        """Take note of a batch before the network sees its part of it."""
        if module.training:
            rows = torch.tensor(len(inputs[0]))
            dist.all_reduce(rows)
            self.rows = int(rows)


class _Summed(torch.autograd.Function):
    """The sum over all processes, whose gradients are added as well."""

    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:
        """Return the sum."""
        whole = values.clone()
        dist.all_reduce(whole)
        return whole

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        """Return the sum of the gradients."""
        whole = gradients[0].clone()
        dist.all_reduce(whole)
        return whole


class _Normalised:
    """Batch normalisation over the parts of all processes; its weights and running statistics stay the module's."""

    def __init__(self, module: Any) -> None:
        self.module = module
        self.alone = type(module).forward

    def __call__(self, inputs: Tensor) -> Tensor:
        m = self.module
        if not m.training:
            alone: Tensor = self.alone(m, inputs)
            return alone
        summed: Any = _Summed.apply

        values = inputs.to(torch.promote_types(inputs.dtype, torch.float32))
        axes = [axis for axis in range(values.ndim) if axis != 1]
        shape = [1, -1] + [1] * (values.ndim - 2)
        number = torch.tensor([values.numel() // values.shape[1]], dtype=values.dtype, device=values.device)
        dist.all_reduce(number)
        mean = summed(values.sum(axes)) / number
        centred = values - mean.view(shape)
        variance = summed(centred.square().sum(axes)) / number
        with torch.no_grad():
            m.num_batches_tracked += 1
            m.running_mean.lerp_(mean, m.momentum)
            m.running_var.lerp_(variance * number / (number - 1), m.momentum)
        made: Tensor = centred * torch.rsqrt(variance + m.eps).view(shape)
        if m.affine:
            made = made * m.weight.view(shape) + m.bias.view(shape)
        return made.to(inputs.dtype)


class _Dropped:
    """Dropout whose mask is this process's part of the mask of the whole batch."""

    def __init__(self, module: nn.Dropout, part: _Part) -> None:
        self.module = module
        self.part = part

    def __call__(self, inputs: Tensor) -> Tensor:
        if not self.module.training or not self.module.p:
            return inputs
        whole = torch.ones(self.part.rows, *inputs.shape[1:], dtype=inputs.dtype, device=inputs.device)
        mask = functional.dropout(whole, self.module.p)
        return inputs * mask[_places(self.part.rows)]
