"""What was searched for, as a sheet of hits says it."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

from radmine.records import Condition

ImageQuery: TypeAlias = str | os.PathLike[str] | np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A search: words, a picture, filters, or several of them."""

    text: str | None = None
    image: ImageQuery | None = None
    conditions: tuple[Condition, ...] = ()

    @property
    def by_rank(self) -> bool:
        """Whether hits have scores: a filter alone ranks nothing."""
        return self.text is not None or self.image is not None

    @property
    def words(self) -> str:
        """What was asked, in one line."""
        parts = [] if self.text is None else [self.text]
        if self.image is not None:
            named = not isinstance(self.image, np.ndarray)
            parts.append(f"like {Path(os.fspath(self.image)).name}" if named else "like this picture")  # type: ignore[arg-type]
        parts += [f"{c.field}{c.operator}{'|'.join(c.values)}" for c in self.conditions]
        return ", ".join(parts)

    @property
    def alternatives(self) -> str:
        """Which filters hold where either of their values is there, in words; "" where none does."""
        several = [c for c in self.conditions if len(c.values) > 1]
        return "; ".join(f"{c.field}: either of {', '.join(c.values)}" for c in several)
