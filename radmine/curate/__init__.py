"""People and labels: what people decide, one by one or from files, and what holds.

**Reads** `reports`, `images` and `decisions.jsonl` of a corpus, and files of corrections that people give: CSV, or Label Studio's export.
**Writes** `decisions.jsonl`; the next run of `label` brings it to `votes` and `labels`.
**Guarantees** that a decision is on the disk when it is said to be made; that none is ever changed or removed, another undoes it; that
the same file taken twice adds nothing; that a row of which it is not clear what it decides is refused and told.
"""

from radmine.curate.corrections import Corrected, correct, correct_from, decisions
from radmine.curate.rows import Refused

__all__ = ["Corrected", "Refused", "correct", "correct_from", "decisions"]
