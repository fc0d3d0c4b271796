"""How work is carried out, as far as that changes no row."""

from dataclasses import dataclass

from radmine.run.settings import require_at_least


@dataclass(frozen=True, slots=True)
class Execution:
    """How many processes work, and where networks run: no part of any fingerprint."""

    # Processes.
    workers: int = 1
    # auto | cpu | cuda | cuda:N
    device: str = "auto"

    def __post_init__(self) -> None:
        require_at_least(self, workers=1)
