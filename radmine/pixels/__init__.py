"""Image files become arrays ready to train on.

**Reads** `images`, `links`, `source_labels` and the image files. **Writes** `pixels`, `near_duplicates` and the folder `arrays/`.

**Guarantees**: every wanted image is either a row of `pixels` or of `rejected` (`missing_file`, `unreadable_file`,
`undecodable_pixels`, or more than the limits allow: `too_large`, `took_too_long`, `out_of_memory`);
a picture is shown as its header says (modality and VOI transformations, MONOCHROME1 turned right way up), is grey,
padded and never stretched; what its header lacks or says oddly costs no image, and what was assumed instead stands in
`assumed`; the values behind a picture are kept as they are, where `[pixels] values` says so; identical results of identical images are stored once; no array file is left that no row
names.
"""

from radmine.pixels.burned_in import burned_in, read_boxes
from radmine.pixels.channels import SLICES, are_slices, picture_channels, stored_channels
from radmine.pixels.content import Content, find_content
from radmine.pixels.grey import Picture
from radmine.pixels.marks import Mark, find_marks, learn_marks
from radmine.pixels.placed import to_source
from radmine.pixels.quality import FLAGS
from radmine.pixels.read import read_pixels
from radmine.pixels.reader import PixelsSettings
from radmine.pixels.square import Square, as_bytes, to_square
from radmine.pixels.stage import STAGE
from radmine.pixels.store import ARRAYS, PixelStore, open_pixels
from radmine.pixels.values import Values
from radmine.pixels.views import LAYOUTS, WINDOWS, laid_out, view
from radmine.pixels.windows import CT_WINDOWS

__all__ = [
    "ARRAYS",
    "CT_WINDOWS",
    "FLAGS",
    "LAYOUTS",
    "SLICES",
    "STAGE",
    "WINDOWS",
    "Content",
    "Mark",
    "Picture",
    "PixelStore",
    "PixelsSettings",
    "Square",
    "Values",
    "are_slices",
    "as_bytes",
    "burned_in",
    "find_content",
    "find_marks",
    "laid_out",
    "learn_marks",
    "open_pixels",
    "picture_channels",
    "read_boxes",
    "read_pixels",
    "stored_channels",
    "to_source",
    "to_square",
    "view",
]
