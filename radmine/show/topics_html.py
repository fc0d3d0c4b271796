"""The review sheet of topics as one page of HTML, with a place to mark and to name each: `topics_html`.

The page needs no other file and no network: only its own script, known by its hash, may run in it. All text from outside is escaped.
"""

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from html import escape
from importlib.resources import files

from radmine.curate.topic_marks import LONGEST_NAME
from radmine.plots import lines_svg
from radmine.records import LEVELS
from radmine.show.svg import spark_svg
from radmine.show.topic_sheet import Curve, TopicCard, TopicImage, TopicSheet
from radmine.show.topics import finding_title
from radmine.show.visible import visible
from radmine.topics import MARKS, Drift

LEVEL_WORDS = {"document": "documents", "second": "their parts", "sentence": "sentences at images"}
_MOVED = 5  # topics in the plot of those with the surest trends
_ORDERS = {
    "number": "number",
    "documents": "number of documents",
    "coherence": "coherence",
    "unmarked": "unmarked first",
    "moved": "surest trend",
}


def topics_html(sheet: TopicSheet) -> bytes:
    """Return the page of a review sheet, encoded.

    Each topic has its words with their weights, the findings that it over-represents, sentences, linked images, and the topics that are
    like it. What is marked stays in the page, as far as the browser keeps it, and is saved as a file by a button.
    """
    script = _data("topics.js")
    policy = page_policy(script, images="data:")
    title = f"Topics of {sheet.corpus}"
    page = {"corpus": sheet.corpus, "fingerprint": sheet.fingerprint, "file": _file(sheet.corpus)}
    body = "".join((_summary(sheet), _tools(sheet), *_sections(sheet)))
    return (
        visible(
            f'<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{escape(title)}</title>\n'
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<style>\n{_data('topics.css')}</style></head>\n<body{_attributes(page)}>\n<h1>{escape(title)}</h1>\n{body}"
        ).encode()
        + f"<script>{script}</script>\n</body>\n</html>\n".encode()
    )


def page_policy(*scripts: str, images: str = "'none'") -> str:
    """Return what a page may do (Content Security Policy): load nothing, and run these scripts of its own alone."""
    hashes = (base64.b64encode(hashlib.sha256(one.encode()).digest()).decode("ascii") for one in scripts)
    allowed = " ".join(f"'sha256-{one}'" for one in hashes)
    return f"default-src 'none'; img-src {images}; style-src 'unsafe-inline'; script-src {allowed}"


@cache
def _data(name: str) -> str:
    return (files(__package__) / "data" / name).read_text("utf-8")


def _file(corpus: str) -> str:
    """Return the name of the file of marks."""
    return re.sub(r"[^\w.-]", "_", corpus) + "-topic-marks.csv"


def _attributes(values: Mapping[str, object]) -> str:
    return "".join(f' data-{name}="{escape(str(value))}"' for name, value in values.items())


def _summary(sheet: TopicSheet) -> str:
    counts = ", ".join(
        f"{sum(card.topic.level == level for card in sheet.cards):,} of {LEVEL_WORDS[level]}"
        for level in LEVELS
    )
    plots = [_curve(curve) for curve in sheet.curves]
    if len(sheet.drift.periods) > 1:
        plots[:0] = _moved(sheet), _counted(sheet.drift)
    drawn = f'<details><summary>Plots</summary><div class="curves">{"".join(plots)}</div></details>'
    return (
        f"<p>{sheet.reports:,} reports; topics: {counts}. As private as the reports.</p>\n"
        "<p>Mark each topic: high, it speaks of what is seen; low, it speaks of how reports are written, or of nothing. "
        f"Save the marks, then: radmine topics {escape(sheet.corpus)} --marks FILE</p>\n"
        f"{_dates(sheet.drift)}{drawn if plots else ''}\n"
        "<noscript><p>Without its script the page is only read: topics cannot be sought, sorted or marked.</p></noscript>\n"
    )


def _dates(drift: Drift) -> str:
    if len(drift.periods) < 2:
        return ""
    undated = f"; {drift.undated:,} reports have no date" if drift.undated else ""
    first, last = _ends(drift)
    return (
        f"<p>Shares of topics by {drift.unit}, {first} to {last}{undated}. "
        "A trend is told in standard deviations of chance away from none.</p>"
    )


def _moved(sheet: TopicSheet) -> str:
    """Return the plot of the document topics with the surest trends over the dates."""
    drift = sheet.drift
    names = {card.topic.topic: card.topic.name for card in sheet.cards if card.topic.level == "document"}
    lines = {
        f"{topic} {names.get(topic, '')[:28]} {drift.trends[topic]:+.1f}": _line(drift, topic, scale=100)
        for topic in drift.order[:_MOVED]
    }
    return lines_svg(lines, title="Surest trends", x=drift.unit, y="share, %", ends=_ends(drift), size=300)


def _counted(drift: Drift) -> str:
    """Return the plot of how many reports the periods have."""
    points = [(float(period.number), float(period.reports)) for period in drift.periods]
    return lines_svg({"": points}, title="Reports", x=drift.unit, y="reports", ends=_ends(drift), size=300)


def _ends(drift: Drift) -> tuple[str, str]:
    return drift.periods[0].name, drift.periods[-1].name


def _line(drift: Drift, topic: int, *, scale: float = 1) -> list[tuple[float, float]]:
    return [
        (float(period.number), scale * float(share))
        for period, share in zip(drift.periods, drift.shares[:, topic], strict=True)
    ]


def _curve(curve: Curve) -> str:
    title = f"Topics of {LEVEL_WORDS[curve.level]}: {curve.topics:,}"
    return lines_svg(
        {"": curve.points}, title=title, x="topics", y="held-out perplexity", dots=[curve.chosen]
    )


def _tools(sheet: TopicSheet) -> str:
    there = [level for level in LEVELS if any(card.topic.level == level for card in sheet.cards)]
    tabs = "".join(
        f'<button type="button" data-level="{level}" aria-pressed="false">{LEVEL_WORDS[level]}</button>'
        for level in there
    )
    drawn = len(sheet.drift.periods) > 1
    orders = "".join(f'<option value="{o}">{w}</option>' for o, w in _ORDERS.items() if o != "moved" or drawn)
    return (
        f'<div class="tools"><span>{tabs}</span>'
        '<label>Find <input type="search" id="search" autocomplete="off"></label>'
        f'<label>Order <select id="order" autocomplete="off">{orders}</select></label><span id="shown"></span>'
        '<button type="button" id="save">Save marks</button><span id="count" role="status"></span></div>\n'
    )


def _sections(sheet: TopicSheet) -> Iterator[str]:
    names = {(card.topic.level, card.topic.topic): card.topic.name for card in sheet.cards}
    dated = sheet.drift.shares.shape[1] if len(sheet.drift.periods) > 1 else 0  # topics
    for level in LEVELS:
        cards = [card for card in sheet.cards if card.topic.level == level]
        if cards:
            yield f'<section data-level="{level}" aria-label="Topics of {LEVEL_WORDS[level]}">\n'
            for card in cards:
                has = level == "document" and card.topic.topic < dated
                yield _card(card, names, sheet.drift if has else None)
            yield "</section>\n"


def _card(card: TopicCard, names: Mapping[tuple[str, int], str], drift: Drift | None) -> str:
    topic = card.topic
    data = {
        "level": topic.level,
        "topic": topic.topic,
        "words": " ".join(topic.words),
        "mark": topic.mark or "",
        "name": topic.name if card.named else "",
        "documents": topic.documents,
        "coherence": "" if topic.coherence is None else topic.coherence,
        "moved": "" if drift is None else f"{abs(drift.trends[topic.topic]):.6f}",
    }
    what = "sentences" if topic.level == "sentence" else "reports"
    coherence = "" if topic.coherence is None else f", coherence {topic.coherence:.3f}"
    parent = "" if topic.parent is None else f", part of {_link('document', topic.parent, names)}"
    trend = spark = ""
    if drift is not None:
        trend = f", trend {drift.trends[topic.topic]:+.1f} ({drift.changes[topic.topic]:+.3f})"
        spark = spark_svg(_line(drift, topic.topic), title="Share over the dates")
    return (
        f'<article class="topic {topic.mark or ""}" id="{topic.level}-{topic.topic}"{_attributes(data)}>\n'
        f'<div class="head"><b>{topic.topic}</b><span class="name">{escape(topic.name)}</span>{_marking(card)}'
        f'<span class="facts">{topic.documents:,} {what}{coherence}{trend}{parent}</span>{spark}</div>\n'
        f'<details><summary>{escape(" ".join(topic.words))}</summary><div class="columns"><div>{_words(card)}</div>'
        f"<div>{_findings(card)}{_sentences(card)}{_images(card)}{_neighbours(card, names)}</div></div></details></article>\n"
    )


def _marking(card: TopicCard) -> str:
    topic = card.topic
    group = f"{topic.level}-{topic.topic}-mark"
    radios = "".join(
        f'<label><input type="radio" name="{group}" value="{value}" autocomplete="off"'
        f"{' checked' if value == (topic.mark or '') else ''}>{word}</label>"
        for value, word in (*zip(MARKS, MARKS, strict=True), ("", "none"))
    )
    name = escape(topic.name if card.named else "")
    return (
        f'<fieldset aria-label="Mark of topic {topic.topic}">{radios}</fieldset>'
        f'<label>name <input type="text" maxlength="{LONGEST_NAME}" autocomplete="off" value="{name}"></label>'
    )


def _words(card: TopicCard) -> str:
    most = max(card.topic.weights, default=1.0) or 1.0
    rows = "".join(
        f'<li><i style="width:{100 * weight / most:.0f}%"></i>{escape(word)} <span class="dim">{weight:.3f}</span></li>'
        for word, weight in zip(card.topic.words, card.topic.weights, strict=True)
    )
    return f'<ul class="words">{rows}</ul>'


def _findings(card: TopicCard) -> str:
    said = [
        f'{escape(finding_title(finding))} <span class="dim">{odds:+.1f}</span>'
        for finding, odds in zip(card.topic.findings, card.topic.odds, strict=True)
    ]
    return f"<p>More findings than elsewhere: {', '.join(said)}</p>" if said else ""


def _sentences(card: TopicCard) -> str:
    rows = "".join(
        f'<li>{escape(example.text)} <span class="dim">{escape(example.report_id)}, {example.weight:.2f}</span></li>'
        for example in card.sentences
    )
    return f'<ol class="said">{rows}</ol>' if rows else '<p class="dim">No report holds much of it.</p>'


def _images(card: TopicCard) -> str:
    if not card.images:
        return ""
    shown = "".join(map(_figure, card.images))
    return f'<p class="dim">{card.linked:,} linked images</p><div class="images">{shown}</div>'


def _figure(image: TopicImage) -> str:
    picture = ""
    if image.jpeg is not None:
        source = f"data:image/jpeg;base64,{base64.b64encode(image.jpeg).decode('ascii')}"
        picture = f'<img alt="Image of report {escape(image.report_id)}" loading="lazy" src="{source}">'
    return f"<figure>{picture}<figcaption>{escape(image.image_id)}</figcaption></figure>"


def _neighbours(card: TopicCard, names: Mapping[tuple[str, int], str]) -> str:
    near = [f"{_link(card.topic.level, n, names)} {cosine:.2f}" for n, cosine in card.near]
    parts = [_link("second", n, names) for n in card.parts]
    return _line_of("Like it", near) + _line_of("Parts", parts)


def _line_of(what: str, said: Iterable[str]) -> str:
    text = ", ".join(said)
    return f"<p>{what}: {text}</p>" if text else ""


def _link(level: str, number: int, names: Mapping[tuple[str, int], str]) -> str:
    return f'<a href="#{level}-{number}">{number} {escape(names.get((level, number), ""))}</a>'
