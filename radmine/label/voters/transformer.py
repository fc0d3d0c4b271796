"""The voter "text:transformer": a transformers text classifier that learns from the rules' labels, or from truth.

Distillation (Hinton, Vinyals, Dean, 2015): the targets are probabilities, those of the rules' labels where the report names a
finding and 0 where it does not, so that a doubt of the rules stays one. The network is any checkpoint that transformers
loads for sequence classification, or a small BERT made here, with a vocabulary of byte pairs of the reports themselves.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radmine.errors import InputError
from radmine.label.voters.folds import fold_of
from radmine.label.voters.words import found_text, votes_on
from radmine.models import SavedModel, load_model, save_model
from radmine.records import ReadReport, Vote
from radmine.run import Device, Progress, choose_device, hub_is_there, no_progress, quiet_hub

VOTER = "text:transformer"
HELD_OUT = 8  # one report in so many says when to stop, and is not fitted on
SURE = 2 / 3  # it has learnt the rules' doubt too, and then says nothing
KIND = "transformer voter"
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Learning:
    """How the network is made and fitted."""

    checkpoint: str = ""  # a folder or a name on the hub; empty: a small BERT from scratch
    epochs: int = 30  # at most
    patience: int = 3  # epochs without a better loss on the reports held out
    batch: int = 32  # reports
    tokens: int = 256  # of a report that are read, at most
    rate: float = 0.0  # of learning; 0: 5e-4 from scratch, 5e-5 from a checkpoint
    hidden: int = 128  # width of the network from scratch
    layers: int = 2
    vocabulary: int = 8000
    seed: int = 0
    device: str = "auto"


class TransformerVoter:
    """A fitted classifier; called with one report, or with many at once."""

    def __init__(
        self, network: Any, tokenizer: Any, names: Sequence[str], tokens: int, device: Device
    ) -> None:
        self.network = device.place(network).eval()
        self.tokenizer = tokenizer
        self.names = tuple(names)
        self.tokens = tokens
        self.device = device

    def __call__(self, read: ReadReport) -> Iterator[tuple[str, Vote]]:
        """Yield the votes on the findings of a report."""
        return iter(self.many([read])[0])

    def many(self, reads: Sequence[ReadReport]) -> list[list[tuple[str, Vote]]]:
        """Return the votes on each of many reports: on a GPU much faster than one by one."""
        rows = self.probabilities([found_text(read) for read in reads]).tolist()
        return [
            list(votes_on(read, dict(zip(self.names, row, strict=True)), VOTER, sure=SURE))
            for read, row in zip(reads, rows, strict=True)
        ]

    def probabilities(self, texts: Sequence[str], *, batch: int = 256) -> Floats:
        """Return the probability of each finding in each text, shape (texts, names)."""
        import torch

        rows = np.zeros((len(texts), len(self.names)), np.float32)
        encoded = encode(self.tokenizer, texts, self.tokens)
        by_length = sorted(range(len(texts)), key=lambda i: len(encoded[i]))
        with torch.inference_mode():
            for start in range(0, len(texts), batch):
                some = by_length[start : start + batch]
                inputs = pad(self.tokenizer, [encoded[i] for i in some], self.device)
                with self.device.autocast():
                    odds = self.network(**inputs).logits
                rows[some] = odds.float().sigmoid().cpu().numpy()
        return rows

    def save(self, folder: Path) -> None:
        """Write the network, the tokenizer and the names into a folder, which is a checkpoint of transformers too."""

        def fill(made: Path) -> None:
            with quiet_hub():
                self.network.save_pretrained(made)
                self.tokenizer.save_pretrained(made)

        save_model(folder, kind=KIND, facts={"names": self.names, "tokens": self.tokens}, fill=fill)


def load_transformer(folder: Path, *, device: str = "auto") -> TransformerVoter:
    """Return the voter that was saved in a folder.

    Raises
    ------
    CorpusError
        The folder holds none, or a damaged one.
    """
    where = choose_device(device)

    def build(saved: SavedModel) -> TransformerVoter:
        names = saved.facts["names"]
        try:
            network, tokenizer = _from_checkpoint(str(saved.folder), len(names), local=True)
        except InputError as error:
            raise ValueError("transformers cannot load it") from error
        return TransformerVoter(network, tokenizer, names, saved.facts["tokens"], where)

    make = "radmine voters train NAME --voter transformer"
    return load_model(folder, kind=KIND, make=make, build=build, extra=where)


def train_transformer(
    texts: Sequence[str],
    targets: Floats,
    names: Sequence[str],
    *,
    learning: Learning | None = None,
    progress: Progress = no_progress,
) -> tuple[TransformerVoter, list[int]]:
    """Return a classifier fitted on texts, and the places of the texts that were held out.

    The same input gives the same classifier, on one machine and device.

    Parameters
    ----------
    targets
        Probability of each finding in each text, shape (texts, names).

    Raises
    ------
    InputError
        The checkpoint cannot be loaded, or there are no texts left to fit on.
    """
    import torch

    learning = learning or Learning()
    device = choose_device(learning.device)
    held = [i for i, text in enumerate(texts) if fold_of(text, HELD_OUT) == 0]
    fitted = [i for i, text in enumerate(texts) if fold_of(text, HELD_OUT) != 0]
    if not held or not fitted:
        raise InputError("There are too few reports to train on.", where="training", do="Train on more.")
    torch.manual_seed(learning.seed)
    if learning.checkpoint:
        network, tokenizer = _from_checkpoint(learning.checkpoint, len(names), local=False)
    else:
        network, tokenizer = _from_scratch([texts[i] for i in fitted], len(names), learning)
    tokens = min(learning.tokens, _longest(network, tokenizer))
    _start_at(network, targets[fitted].mean(0))
    encoded = encode(tokenizer, texts, tokens)
    voter = TransformerVoter(network, tokenizer, names, tokens, device)
    rate = learning.rate or (5e-5 if learning.checkpoint else 5e-4)
    optimizer = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=0.01)
    steps = learning.epochs * -(-len(fitted) // learning.batch)
    warm = max(1, steps // 20)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warm, max(0.02, (steps - step) / max(1, steps - warm)))
    )
    truth = torch.from_numpy(np.ascontiguousarray(targets, np.float32))
    lengths = [len(ids) for ids in encoded]
    best, kept, waited = math.inf, _copy(network), 0
    for epoch in range(learning.epochs):
        network.train()
        for batch in batches(fitted, lengths, learning.batch, seed=learning.seed * 100_003 + epoch):
            inputs = pad(tokenizer, [encoded[i] for i in batch], device)
            with device.autocast():
                odds = network(**inputs).logits
            loss = torch.nn.functional.binary_cross_entropy_with_logits(
                odds.float(), truth[batch].to(device.name)
            )
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
        network.eval()
        loss_held = _loss(voter.probabilities([texts[i] for i in held]), targets[held])
        progress(epoch + 1, learning.epochs, "epochs of the transformer")
        if loss_held < best - 1e-5:
            best, kept, waited = loss_held, _copy(network), 0
        else:
            waited += 1
            if waited >= learning.patience:
                break
    progress(epoch + 1, epoch + 1, "epochs of the transformer")
    network.load_state_dict(kept)
    return voter, held


def batches(places: Sequence[int], lengths: Sequence[int], size: int, *, seed: int) -> list[list[int]]:
    """Return the places in batches of texts of like length, in a random order that the seed decides."""
    random = np.random.default_rng(seed)
    mixed = random.permutation(np.asarray(places)).tolist()
    together: list[list[int]] = []
    for start in range(0, len(mixed), 50 * size):
        near = sorted(mixed[start : start + 50 * size], key=lambda i: lengths[i])
        together += [near[at : at + size] for at in range(0, len(near), size)]
    return [together[i] for i in random.permutation(len(together))]


def encode(tokenizer: Any, texts: Sequence[str], tokens: int) -> list[list[int]]:
    """Return the token ids of texts, cut to so many tokens."""
    if not texts:
        return []
    ids: list[list[int]] = tokenizer(list(texts), truncation=True, max_length=tokens)["input_ids"]
    return ids


def pad(tokenizer: Any, ids: Sequence[list[int]], device: Device) -> dict[str, Any]:
    """Return the inputs of the network for a batch of token ids, on its device."""
    import torch

    width = max(1, max(map(len, ids)))
    rows = torch.full((len(ids), width), tokenizer.pad_token_id or 0, dtype=torch.long)
    mask = torch.zeros((len(ids), width), dtype=torch.long)
    for row, one in enumerate(ids):
        rows[row, : len(one)] = torch.tensor(one, dtype=torch.long)
        mask[row, : max(1, len(one))] = 1
    return {"input_ids": rows.to(device.name), "attention_mask": mask.to(device.name)}


def soft_targets(labels: Sequence[Mapping[str, float]], names: Sequence[str]) -> Floats:
    """Return the probability of each finding in each report, 0 where nothing is said of it."""
    return np.array([[of.get(name, 0.0) for name in names] for of in labels], np.float32).reshape(
        len(labels), len(names)
    )


def _from_checkpoint(checkpoint: str, labels: int, *, local: bool) -> tuple[Any, Any]:
    """Return the network, with a head of so many labels, and the tokenizer of a checkpoint."""
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    local = local or Path(checkpoint).exists() or not hub_is_there()
    try:
        with quiet_hub():
            tokenizer = AutoTokenizer.from_pretrained(
                checkpoint, local_files_only=local, trust_remote_code=False
            )
            network = AutoModelForSequenceClassification.from_pretrained(
                checkpoint,
                num_labels=labels,
                problem_type="multi_label_classification",
                ignore_mismatched_sizes=True,
                local_files_only=local,
                trust_remote_code=False,  # nor is it asked for
            )
    except Exception as error:  # hub, network, file and architecture errors of many libraries
        raise InputError(
            f"The checkpoint cannot be loaded as a text classifier: {type(error).__name__}.",
            where=checkpoint,
            do="Give a folder with config.json, weights and tokenizer, or a name on the hub while online.",
        ) from error
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    if network.config.pad_token_id is None:
        network.config.pad_token_id = tokenizer.pad_token_id
    return network, tokenizer


def _from_scratch(texts: Sequence[str], labels: int, learning: Learning) -> tuple[Any, Any]:
    """Return a small BERT and a tokenizer of these texts.

    Its byte pairs are the same in every run; those of a WordPiece trainer change with the order of a hash table.
    """
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    pieces = Tokenizer(models.BPE())
    pieces.normalizer = normalizers.BertNormalizer(lowercase=True)
    pieces.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    trainer = trainers.BpeTrainer(
        vocab_size=learning.vocabulary, min_frequency=2, special_tokens=special, show_progress=False
    )
    pieces.train_from_iterator(texts, trainer)
    first, last = (pieces.token_to_id(t) for t in ("[CLS]", "[SEP]"))
    pieces.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", first), ("[SEP]", last)]
    )
    names = ("pad", "unk", "cls", "sep", "mask")
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=pieces,
        model_max_length=learning.tokens,
        **{f"{name}_token": token for name, token in zip(names, special, strict=True)},
    )
    config = BertConfig(
        vocab_size=pieces.get_vocab_size(),
        hidden_size=learning.hidden,
        num_hidden_layers=learning.layers,
        num_attention_heads=max(1, learning.hidden // 64),
        intermediate_size=4 * learning.hidden,
        max_position_embeddings=learning.tokens,
        num_labels=labels,
        problem_type="multi_label_classification",
        pad_token_id=0,
    )
    return BertForSequenceClassification(config), tokenizer


def _longest(network: Any, tokenizer: Any) -> int:
    """Return how many tokens the network can read; some keep two positions for themselves."""
    positions = getattr(network.config, "max_position_embeddings", None) or 10**9
    own = 2 if getattr(network.config, "model_type", "") in {"roberta", "xlm-roberta", "camembert"} else 0
    return int(min(positions - own, tokenizer.model_max_length))


def _start_at(network: Any, usual: Floats) -> None:
    """Let the head start with what is usual of each finding; most are rare."""
    import torch

    heads = [m for m in network.modules() if isinstance(m, torch.nn.Linear) and m.bias is not None]
    heads = [m for m in heads if m.out_features == len(usual)]
    if heads:
        clipped = np.clip(usual, 1e-3, 1 - 1e-3)
        with torch.no_grad():
            heads[-1].bias.copy_(torch.from_numpy(np.log(clipped / (1 - clipped))))


def _copy(network: Any) -> dict[str, Any]:
    return {name: value.detach().cpu().clone() for name, value in network.state_dict().items()}


def _loss(found: Floats, targets: Floats) -> float:
    clipped = np.clip(found, 1e-6, 1 - 1e-6)
    return float(-(targets * np.log(clipped) + (1 - targets) * np.log(1 - clipped)).mean())
