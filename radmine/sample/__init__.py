"""A synthetic source with known truth: reports, real DICOM files that show what they say, key objects, and traps.

**Reads** nothing but its own words (`data/*.toml`).

**Writes** `DIR/source/` (`reports.csv`, `dicom/...`), `DIR/truth/*.jsonl`, where asked for `DIR/truth/boxes.csv`, and `DIR/settings.toml`.

**Guarantees** The truth is made with the text and the pixels, never by reading them. The same seed gives the same
bytes. Every name, number and picture is made up.

A mention is the words of the finding, without size and side. What is asked for ("rule out pneumonia") is uncertain and
hypothetical; "history of" is present and historical. A report's label is the strongest assertion of its current
mentions outside indication, history, technique and comparison. An image is present or absent for every finding that
its kind of study can show. A link
is the sentence that refers to the image, of this study or of an earlier one; what key object documents name and what
belongs to the same study is in the files alone.
"""

from radmine.sample.source import SETTINGS, SampleSummary, generate_reports, write_sample
from radmine.sample.truth import read_truth
from radmine.sample.written import SampleReport

__all__ = ["SETTINGS", "SampleReport", "SampleSummary", "generate_reports", "read_truth", "write_sample"]
