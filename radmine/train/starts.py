"""What a network takes over of a model that was trained before: `hand_on`."""

from pathlib import Path
from typing import Any

from radmine.errors import CorpusError
from radmine.models import SavedModel
from radmine.models import load_model as load_saved
from radmine.train.model import KIND


def hand_on(folder: str | Path, network: Any) -> None:
    """Give a network the trunk of a model in a folder, and the layers before its outputs where these are as wide.

    Its outputs stay as they are: they name other classes.

    Raises
    ------
    CorpusError
        There is no image model, it is damaged, or its trunk is another.
    """
    import torch

    def arrays(saved: SavedModel) -> Any:
        return saved.arrays()

    saved = load_saved(folder, kind=KIND, make="radmine train NAME", build=arrays, extra="arrays")
    own = network.state_dict()
    for part, must in (("trunk.", True), ("head.neck.", False)):
        handed = {name: torch.as_tensor(array) for name, array in saved.items() if name.startswith(part)}
        wanted = {name: value.shape for name, value in own.items() if name.startswith(part)}
        if {name: value.shape for name, value in handed.items()} == wanted:
            network.load_state_dict(handed, strict=False)
        elif must:
            raise CorpusError(
                "The trunk of the model here is another.",
                where=str(folder),
                do="Leave network out under [train]: it is then that of the model.",
            )
