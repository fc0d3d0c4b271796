"""A contact sheet as HTML: a page of its own, or a fragment for a notebook; it needs no other file and no network."""

import base64
from html import escape
from io import BytesIO

import numpy as np

from radmine.search.pictures import SIDE
from radmine.search.sheet import Sheet, Tile, fact_words, one_line, reason_words, sentence_pieces

_STYLE = f"""
.radmine-sheet {{ font: 14px/1.4 system-ui, sans-serif; text-align: left }}
.radmine-sheet header {{ display: flex; gap: 16px; align-items: center; margin-bottom: 16px }}
.radmine-sheet header img {{ width: 128px; height: 128px }}
.radmine-sheet h1 {{ font-size: 20px; line-height: 1.3; margin: 0; overflow-wrap: anywhere }}
.radmine-sheet p {{ margin: 4px 0 0; overflow-wrap: anywhere }}
.radmine-sheet ol {{ display: grid; grid-template-columns: repeat(auto-fill, minmax({SIDE}px, 1fr)); gap: 16px;
  list-style: none; margin: 0; padding: 0 }}
.radmine-sheet li {{ border: 1px solid rgb(128 128 128 / 40%); border-radius: 6px; overflow: hidden; margin: 0 }}
.radmine-sheet li:focus-visible {{ outline: 3px solid #3b82f6 }}
.radmine-sheet img, .radmine-none {{ display: block; width: 100%; aspect-ratio: 1; background: #000; object-fit: contain;
  margin: 0 }}
.radmine-none {{ display: flex; align-items: center; justify-content: center; text-align: center; padding: 16px;
  box-sizing: border-box; background: rgb(128 128 128 / 20%); color: inherit }}
.radmine-words {{ padding: 8px 12px 12px }}
.radmine-dim {{ opacity: 0.75; font-size: 12px }}
.radmine-sheet mark {{ background: #fde047; color: #111; border-radius: 2px; padding: 0 1px }}
.radmine-sheet code {{ user-select: all; font-size: 11px; background: none; color: inherit }}
"""
_PAGE_STYLE = """
:root { color-scheme: light dark }
body { margin: 24px; color: #111; background: #fff }
@media (prefers-color-scheme: dark) { body { color: #e5e5e5; background: #171717 } }
@media print { li { break-inside: avoid } }
"""


def sheet_page(sheet: Sheet) -> bytes:
    """Return a sheet as a page, encoded: all text from outside is escaped, the pictures are in it."""
    title = _text(sheet.title) or "Hits"
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_PAGE_STYLE}</style></head>\n<body>\n{sheet_fragment(sheet)}</body>\n</html>\n"
    ).encode()


def sheet_fragment(sheet: Sheet) -> str:
    """Return a sheet as a piece of a page."""
    query = ""
    if sheet.query is not None and sheet.query.square is not None:
        query = f'<img alt="The picture that was asked with" src="{_source(sheet.query.square)}">'
    return (
        f'<div class="radmine-sheet"><style>{_STYLE}</style>\n<header>{query}<div><h1>{_text(sheet.title)}</h1>'
        f"<p>{_text(sheet.count)}</p></div></header>\n<ol>\n"
        + "".join(_tile(tile, ranked=sheet.ranked) for tile in sheet.tiles)
        + "</ol></div>\n"
    )


def _tile(tile: Tile, *, ranked: bool) -> str:
    hit = tile.hit
    facts = " ".join(fact_words(hit))
    named = hit.report_id or hit.image_id or ""
    if tile.picture.square is None:
        picture = f'<div class="radmine-none">No picture: {_text(tile.picture.missing)}.</div>'
    else:
        alt = _text(f"Image of hit {hit.rank}: {facts}".strip())
        picture = f'<img alt="{alt}" loading="lazy" src="{_source(tile.picture.square)}">'
    score = f" &nbsp;{hit.score:.3f}" if ranked else ""
    sentence = "".join(
        f"<mark>{_text(piece)}</mark>" if found else _text(piece) for piece, found in sentence_pieces(hit)
    )
    why = reason_words(hit)
    place = hit.path or hit.image_id
    lines = [
        f"<div><b>{hit.rank}</b>{score} &nbsp;{_text(facts)}</div>",
        f'<p class="radmine-dim">{_text(named)} &nbsp;patient {_text(hit.patient_id)}</p>',
        f"<p>{sentence}</p>" if sentence else "",
        f'<p class="radmine-dim">{_text(why)}</p>' if why else "",
        f"<p><code>{_text(place)}</code></p>" if place else "",
    ]
    label = _text(f"Hit {hit.rank}: {named}")
    return f'<li tabindex="0" aria-label="{label}">{picture}<div class="radmine-words">{"".join(lines)}</div></li>\n'


def _text(text: str) -> str:
    return escape(one_line(text))


def _source(square: np.ndarray) -> str:
    """Return a picture as the address of itself."""
    from PIL import Image

    stream = BytesIO()
    Image.fromarray(square).save(stream, "JPEG", quality=85)
    return f"data:image/jpeg;base64,{base64.b64encode(stream.getvalue()).decode('ascii')}"
