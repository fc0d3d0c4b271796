"""How work is carried out, as far as that changes no row."""

import re
from dataclasses import dataclass

from radmine.errors import SettingsError
from radmine.run.settings import require_within

MOST_WORKERS = 1024


@dataclass(frozen=True, slots=True)
class Execution:
    """How many processes work, and where networks run: no part of any fingerprint."""

    # Processes.
    workers: int = 1
    # auto | cpu | cuda | cuda:N
    device: str = "auto"

    def __post_init__(self) -> None:
        require_within(self, workers=(1, MOST_WORKERS))
        if not re.fullmatch(r"auto|cpu|cuda(:\d+)?", self.device):
            raise SettingsError(
                f"Unknown device {self.device!r}.", where="device", do="Use auto, cpu, cuda or cuda:N."
            )
