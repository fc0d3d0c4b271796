"""Images and reports become unit vectors.

**Reads** `pixels`, `reports`, `sections`, `sentences`, `mentions`, `splits` and the folders `arrays` and
`models/image`. **Writes** `embeddings` and the folder `models/text`.

**Guarantees**: every stored image has a vector of the current image model (half its features, half what it says the image is), every report with a
known term one of the text encoder; each row names the fingerprint of its encoder; vectors have length 1; a new picture is
brought to the network exactly as the stored ones were; the text encoder is fitted without the test part, and without names of people and places as far as they are told. Where no model was
trained, reports are embedded all the same, and a note says why images are not.
"""

from radmine.embed.encoder import Encoder, load_encoder
from radmine.embed.stage import STAGE, TEXT_MODEL, EmbedSettings
from radmine.embed.text import TextEncoder, fit_text_encoder, load_text_encoder

__all__ = [
    "STAGE",
    "TEXT_MODEL",
    "EmbedSettings",
    "Encoder",
    "TextEncoder",
    "fit_text_encoder",
    "load_encoder",
    "load_text_encoder",
]
