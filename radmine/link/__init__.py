"""Finds which sentence of which report speaks of which image, and says how it knows.

**Reads** `reports`, `sentences`, `images`, `key_objects`.
**Writes** `references` (every reference to an image that a text makes, resolved or not) and `links`, one row for each way
in which an image is reached:

- `reference`: a sentence names the image's series and number; `reference` is its index, the span is the sentence. Without a
  series it counts only where one series alone fits. A reference to a prior image is looked up in earlier studies of the
  patient only, the latest first, and never in the report's own.
- `caption`: the span is the image's caption. `figure`: the image is a figure of the report. `report`: the source itself
  ties the image to the report.
- `key_object`: a key object selection or presentation state of the report's study names the image.
- `study`, `accession`: the image belongs to the report's study; written for radiographs only (settings `study_images`,
  `slice_modalities`), since of the slices of a CT few show what the report says. `filename`: the same, or an image of no
  study, where only the name of a file or folder says so (`named_by` in `reports` and `images`).

**Guarantees** that every link points to an image of the corpus, that nothing is linked where several images fit equally, and
that time grows with the length of the text and with nothing else.
"""

from radmine.link.references import find_references
from radmine.link.stage import STAGE, LinkSettings

__all__ = ["STAGE", "LinkSettings", "find_references"]
