"""What goes out of a corpus: labels as a CSV or Parquet file, by the columns and numbers of a published set or plain; its image network.

**Reads** `reports`, `images`, `splits`, `labels`, `models/image`, the sources' folders, and, where evidence is asked for, `votes`, `sections`, `sentences` and `mentions`;
**writes** files outside of the corpus.
**Guarantees** that a file is there whole or not at all, that memory does not grow with the corpus, and that assertions become numbers
here and nowhere else (`NUMBERS`). A format of labels is a function of what is asked (`FORMATS`); a package offers one as an entry point of the group `radmine.export`.
"""

from radmine.export.data_set import Exported, export
from radmine.export.formats import FORMATS, Format
from radmine.export.layout import NUMBERS, Asked, Item, Layout
from radmine.export.network import NETWORK_FORMATS, export_network

__all__ = [
    "FORMATS",
    "NETWORK_FORMATS",
    "NUMBERS",
    "Asked",
    "Exported",
    "Format",
    "Item",
    "Layout",
    "export",
    "export_network",
]
