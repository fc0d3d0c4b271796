"""References to images in sentences of our own, in the notation of `str(Reference)`; "-" where there is none."""

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radmine.link import find_references
from radmine.link.gates import has_part, may_refer
from radmine.link.references import _Reader
from tests.growth import PATTERNS, TIMES, assert_grows_with_length, repeated

ROWS = (
    ("Cyst (Im 34, Se 5).", "5:34"),
    ("Cyst (ser5, img34).", "5:34"),
    ("Cyst on coronal image 34/60.", "?:34[plane=coronal,total=60]"),
    ("Cysts (5:34 and 5:36).", "5:34;5:36"),
    ("Cyst on prior CT (5:34).", "5:34[prior]"),
    ("Cyst on image 34 of series 5 of the prior study.", "5:34[prior]"),
    ("Cyst (series 5, image 34, prior exam).", "5:34[prior]"),
    ("Cyst of 12 mm on series 5 image 34 compared to 9 mm on series 4 image 33.", "5:34;4:33[prior]"),
    ("Cyst of 9 mm on series 4 image 33 previously.", "4:33[prior]"),
    ("See series 4, axial images 12-15.", "4:12-15[plane=axial]"),
    ("Cysts on S4/I12, S5/I3.", "4:12;5:3"),
    ("Series 4, image 12 – 15.", "4:12-15"),
    ("AJR 2005; 184:1123.", "-"),
    ("(AJR 2005;184:1123)", "-"),
    ("Time of call: (14:35).", "-"),
    ("Grade 2/4 esophagitis.", "-"),
    ("Lidocaine with epinephrine (1:100,000).", "-"),
    ("Bild 12 der Serie 4.", "4:12"),
    ("Immagini da 12 a 15 della serie 4.", "4:12-15"),
    ("Séries 4 et 5, image 12.", "4:12;5:12"),
    ("Auparavant 6 mm (série 4, image 12).", "4:12[prior]"),
    ("Zuvor 6 mm (Serie 4, Bild 12).", "4:12[prior]"),
    ("A cyst is best depicted on 3:5.", "3:5"),
    ("Cysts on seires 3, image 7.", "3:7"),
    ("Cysts on series 4 images 144, 151 measuring 4 x 3 mm.", "4:144;4:151"),
    ("See Se 3 Im 45.", "3:45"),
    ("Cysts on images 12 (series 4), 19 (series 5) and 7 (series 6).", "4:12;5:19;6:7"),
    ("Cyst on image 12 (series 4) and 9 mm stone.", "4:12"),
    ("The so-called scar (7/21) and 'So called' node (3:9).", "7:21;3:9"),
    ("Cyst (ser. 4 / im. 12).", "4:12"),
    ("Nodule (4:102) is stable.", "4:102"),
    ("Nodule in the left lobe (3/45).", "3:45"),
    ("Best seen on images 12 through 15 of series 4.", "4:12-15"),
    ("Cyst on series #3 image #45.", "3:45"),
    ("Stone (im 5-9, series 2).", "2:5-9"),
    ("Stone on image 12/60.", "?:12[total=60]"),
    ("Nodes on series 3, images 45 & 47.", "3:45;3:47"),
    ("Nodes on series 3 and 4, image 12.", "3:12;4:12"),
    ("Node (series 3, image 40 on the prior examination).", "3:40[prior]"),
    ("Node on image 40 (series 3).", "3:40"),
    ("Node on coronal series 602, image 33.", "602:33[plane=coronal]"),
    ("Node on series 602, coronal image 33.", "602:33[plane=coronal]"),
    ("Nodule (series 601b, image 52).", "601:52[sfx=b]"),
    ("Nodule (601b:52).", "601:52[sfx=b]"),
    ("Image 12 out of 60 shows a stone.", "?:12[total=60]"),
    ("Node (series 3, image 45 of 120).", "3:45[total=120]"),
    ("Node (series 3 image 45/120).", "3:45[total=120]"),
    ("Siehe Serie 3, Bild 45.", "3:45"),
    ("Rundherd (Serie 4, Bilder 12 bis 15).", "4:12-15"),
    ("Im 3. Segment eine Läsion.", "-"),
    ("Quiste (serie 3, imagen 45).", "3:45"),
    ("Nódulo (série 3, imagem 45).", "3:45"),
    ("Nódulo (serie 2, imágenes 12 y 14).", "2:12;2:14"),
    ("Noduli (serie 2, immagini 12 e 14).", "2:12;2:14"),
    ("Nodule visible sur l'image 45 de la série 3.", "3:45"),
    ("Nodule (série 3, images 45 à 47).", "3:45-47"),
    ("Discussed with the team at (10:45).", "-"),
    ("Called at 10:45 am.", "-"),
    ("The ratio was (3:1).", "-"),
    ("More common in women than men (3:2).", "-"),
    ("Strength is (4/5) throughout.", "-"),
    ("Comparison (4/12).", "-"),
    ("Radiology 1999 (12:2), 243-245.", "-"),
    ("June 1999 (12:2), 243.", "-"),
    ("FSE T2 images (3000/90) show edema.", "-"),
    ("Node (series 3, images 45-47), 2 nodules elsewhere.", "3:45-47"),
    ("Node (series 3, image 45, 2 cm).", "3:45"),
    ("On series 3, image 45, 2 new nodules are seen.", "3:45"),
    ("Node measured on image 45 of the axial series.", "?:45[plane=axial]"),
    ("Node (4:102, coronal 602:33).", "4:102;602:33[plane=coronal]"),
    ("Node (Se 4/Im 12).", "4:12"),
    ("Node (Se:4 Im:12).", "4:12"),
    ("Node (SE4 IM12).", "4:12"),
    ("Node (SE4IM12).", "4:12"),
    ("Node (se4/im12).", "4:12"),
    ("Node (S3I45).", "3:45"),
    ("Node (S3/I45).", "3:45"),
    ("Node (series/image: 4/12).", "4:12"),
    ("Node (series:image 4:12).", "4:12"),
    ("Node (image 4:12).", "4:12"),
    ("Node (images 4:12, 4:15 and 5:3).", "4:12;4:15;5:3"),
    ("Node (img 12 of ser 4).", "4:12"),
    ("Node seen best on 4:102.", "4:102"),
    ("S2 through S4 are normal.", "-"),
    ("Node (series 3, image 45) was 4 mm on prior (series 2, image 40).", "3:45;2:40[prior]"),
    ("Compared to the prior study, the node (series 3, image 45) has grown.", "3:45"),
    (
        "On the prior exam it measured 5 mm (series 2, image 40) and now 8 mm (series 3, image 45).",
        "2:40[prior];3:45",
    ),
    ("Increased from 6 mm (series 4, image 40) to 8 mm (series 3, image 45).", "4:40[prior];3:45"),
    ("The previously described nodule (series 3, image 45) is stable.", "3:45"),
    ("Node (series 3, image 45), formerly 4 mm (2:33).", "3:45;2:33[prior]"),
    ("Node 8 mm (3:45; previously 2:39).", "3:45;2:39[prior]"),
    ("Node 8 mm (3:45), previously 6 mm (2:39, 602:33).", "3:45;2:39[prior];602:33[prior]"),
    ("Unchanged from April 12, 2019 (series 2, image 33).", "2:33[prior]"),
    ("Seen on series 2 image 33 dated 4/12/2019.", "2:33[prior]"),
    ("Seen on image 33 of series 2 on the 2019-04-12 CT.", "2:33[prior]"),
    ("Series 5 image 12, series 6 image 14 and series 7 image 3.", "5:12;6:14;7:3"),
    ("Nodes on series 3 image 3 and image 5.", "3:3;3:5"),
    ("Images 45 of series 3 and 47 of series 4.", "3:45;4:47"),
    ("Node on <b>series 3</b>, <i>image 45</i>.", "3:45"),
    ("Node (series&nbsp;3&#44; image&#160;45).", "3:45"),
    ("Node &lt;b&gt;(series 3, image 45)&lt;/b&gt;.", "3:45"),
    (r"Node \.br\(series 3, image 45 \T\ 47).", "3:45;3:47"),
    (r"Node {\b (series 3, image 45)}\par", "3:45"),
    ("Node (series&nbsp;3, image&nbsp;45).", "3:45"),
    ("Node on slice 45 of series 3.", "3:45"),
    ("64-slice 3 phase CT.", "-"),
    ("Slice thickness 5 mm.", "-"),
    ("Give 5 mg IM 2 doses.", "-"),
    ("3 images were obtained.", "-"),
    ("Series of 3 images.", "-"),
    ("Lumbar series, 5 images obtained.", "-"),
    ("L4-5: disc. L5/S1: disc.", "-"),
    ("T2 image 3 of the spine.", "?:3"),
    ("Injection at C5-C6, images 1 and 2 saved.", "?:1;?:2"),
    ("Node (series 3, image 45)and more.", "3:45"),
    ("(Series 2 Image 14) node.", "2:14"),
    ("Node; se 5, im 23; se 6, im 3.", "5:23;6:3"),
    ("Key images 3 and 4 show this.", "?:3;?:4"),
    (
        "Node (axial image 45, coronal image 30, sagittal image 12).",
        "?:45[plane=axial];?:30[plane=coronal];?:12[plane=sagittal]",
    ),
    ("Coronal reformatted image 45.", "?:45[plane=coronal]"),
    ("Sagittal T2 image 8.", "?:8[plane=sagittal]"),
    ("Sag STIR im 8.", "?:8[plane=sagittal]"),
    ("Series 3 images 12, 15-18, 22.", "3:12;3:15-18;3:22"),
    ("Series 3 image 145-47.", "3:145-147"),
    ("Series: 3, Image: 45", "3:45"),
    ("Series=3; Image=45", "3:45"),
    ("series no. 3, image no. 45", "3:45"),
    ("Series number 3, image number 45.", "3:45"),
    ("Image 45, series 3.", "3:45"),
    ("Image #45 (se 3).", "3:45"),
    ("Imgs 45-47 (se 3).", "3:45-47"),
    ("Lesion [3:45].", "3:45"),
    ("3-month follow up; image 2 weeks later.", "-"),
    ("Time 08:30, 2/3 of the lung.", "-"),
    ("HD 60:40 mix.", "-"),
    ("Blood pressure (120/80).", "-"),
    ("Vision (20/20).", "-"),
    ("PI-RADS score (4/5).", "-"),
    ("Births G2P1 (2/1).", "-"),
    ("Gleason (3+4).", "-"),
    ("Node (series 3; images 45, 46).", "3:45;3:46"),
    ("Node on images 45, 46 and 47 from series 3.", "3:45;3:46;3:47"),
    ("Pulmonary nodules: RUL 4 mm (4:34), RLL 5 mm (4:80, 4:82), LUL (4:55).", "4:34;4:80;4:82;4:55"),
    ("Mass 3.4 x 2.1 cm (se 2 im 45), prior 3.0 x 2.0 cm (se 2 im 41).", "2:45;2:41[prior]"),
    ("Mass (se 2 im 45) previously measured 3.0 x 2.0 cm on se 3 im 41.", "2:45;3:41[prior]"),
    ("Nodule (previous CT, series 3, image 40).", "3:40[prior]"),
    ("Exam 4/12/2019: nodule on series 3, image 45.", "3:45"),
    ("Stable since 2015 (series 3, image 45).", "3:45"),
    ("Nodule (series 3,\n   image 45,\n   coronal 602:12).", "3:45;602:12[plane=coronal]"),
)


@pytest.mark.parametrize(("text", "expected"), ROWS)
def test_a_sentence_gives_its_references(text: str, expected: str) -> None:
    assert (";".join(map(str, find_references(text))) or "-") == expected


def test_spans_are_of_the_words_themselves() -> None:
    text = "Node <b>(series 3, images 45</b> and 47); see image 12 of series 2."
    spans = [text[r.start : r.end] for r in find_references(text)]
    assert spans == ["series 3, images 45", "47", "image 12 of series 2"]


def test_letters_whose_lower_case_is_longer_keep_offsets() -> None:
    (found,) = find_references("İİİ node (series 3, image 45).")
    assert (found.start, found.end) == (10, 28)


series, image, other = st.integers(1, 999), st.integers(1, 9999), st.integers(1, 99)
NOTATIONS = (
    "series {s}, image {i}",
    "Se {s} Im {i}",
    "ser. {s} / im. {i}",
    "image {i} of series {s}",
    "Series #{s} Image #{i}",
)


@given(
    series,
    image,
    st.sampled_from(NOTATIONS),
    st.sampled_from(("Cyst ({}).", "Cyst on {}.", "See {} for this.")),
)
def test_what_is_written_is_read(s: int, i: int, notation: str, sentence: str) -> None:
    text = sentence.format(notation.format(s=s, i=i))
    assert [str(r) for r in find_references(text)] == [f"{s}:{i}"]


@given(series, image, other)
def test_a_range_is_read(s: int, i: int, more: int) -> None:
    (found,) = find_references(f"Cyst (series {s}, images {i}-{i + more}).")
    assert (found.series, found.first, found.last) == (s, i, i + more)


words = st.sampled_from(
    [
        "series",
        "image",
        "images",
        "im",
        "se",
        "3",
        "45",
        "45-47",
        "4/12/2019",
        "3:45",
        "(",
        ")",
        ",",
        ";",
        ".",
        "and",
        "of",
        "on",
        "the",
        "prior",
        "previously",
        "axial",
        "coronal",
        "#",
    ]
)


@settings(max_examples=300)
@given(st.lists(words, max_size=30).map(" ".join) | st.text(max_size=80))
def test_any_text_gives_spans_inside_it_in_order(text: str) -> None:
    found = find_references(text)
    assert all(0 <= r.start < r.end <= len(text) and r.first <= r.last for r in found)
    assert [r.start for r in found] == sorted(r.start for r in found)


@pytest.mark.parametrize(
    "piece",
    [
        "(3:45, ",
        "seen on 3:45. ",
        "images 1, ",
        "((((",
        "series 3, ",
        "<b ",
        "im 3 ",
        "3:4 ",
        "axial ",
        "previously ",
    ],
)
def test_time_grows_with_length_only(piece: str) -> None:
    assert_grows_with_length(find_references, repeated(piece, 5_000), repeated(piece, TIMES * 5_000))


@pytest.mark.parametrize("pattern", ["many series, many images", "many keys", "one series, many images"])
def test_long_lists_take_no_longer_than_they_are(pattern: str) -> None:
    short, long = PATTERNS[pattern](5_000), PATTERNS[pattern](TIMES * 5_000)
    assert_grows_with_length(find_references, short, long)
    assert len(find_references(long)) <= len(long)


def test_several_series_with_several_images_are_all_named() -> None:
    many = ", ".join(map(str, range(1, 51)))
    assert len(find_references(f"Nodes (series 3, 4 and 5, images {many}).")) == 150
    assert len(find_references(f"Nodes (series 3, images {many}, {many}, {many}).")) == 150


# What may refer to an image at all, as it reads easiest; the room looks for the same in a faster way.
SLOW = re.compile(
    r"[0-9][a-zA-Z]?\s?[:/]\s?[0-9]|I[0-9]|[0-9]\s?[Ii][Mm]|\b[Ii](?:m|M)(?:[aágG]|[\s.:#]|m|s|[0-9])|\bIM"
    r"|[Ss]lice|SLICE|[Bb]ild|[Ss]chicht|[Cc]oup|[Cc]ort|[Ff]rame|\#"
)
MARKS = st.text("iImMsSgaá_é# .:/\n\u00a0٣37", max_size=6)
TOKENS = st.sampled_from(
    ("slice", "SLICE", "Slices", "bilder", "coupe", "Cortex", "Frame", "im", "IMG", "aim")
)


@settings(max_examples=500)
@given(st.lists(MARKS | TOKENS, max_size=5).map("".join))
def test_the_fast_way_to_pass_over_a_text_is_the_slow_way(text: str) -> None:
    assert may_refer(text) is bool(SLOW.search(text))


def test_and_for_all_short_texts_of_what_it_looks_for() -> None:
    for length in range(1, 6):
        for letters in itertools.product("Im3:a ", repeat=length):
            text = "".join(letters)
            assert may_refer(text) is bool(SLOW.search(text)), text


_PIECES = (
    "series ser. Se S3 s images Im im. IMG i I4 img5 l'image bild coupes Slice frame 3 12 45a 602 sagittal axial number nummer n.o"
    " reformation recons MIP mpr # no. No nr. number Nº № n° : / - , ; ( ) of and to & &nbsp; <b> IMPRESSION Impression"
    " \n seen on prior weighted 2019 x 12/29/2015 4/5/15 1/2/3 from within @"
)
PIECES = st.sampled_from(_PIECES.split(" "))


@settings(max_examples=1000)
@given(st.lists(st.tuples(PIECES, st.sampled_from(("", " ", "  "))), max_size=9))
def test_a_text_without_any_part_of_a_reference_has_none(pieces: list[tuple[str, str]]) -> None:
    text = "".join(map("".join, pieces))
    assert has_part(text) or not list(_Reader(text).references())


@pytest.mark.parametrize(("text", "expected"), ROWS)
def test_what_refers_has_a_part_in_any_case(text: str, expected: str) -> None:
    for variant in (text, text.lower(), text.upper(), text.title()):
        assert has_part(variant) or not list(_Reader(variant).references())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Nodule BOOKMARK measures 9 mm.", "?:1[mark]"),
        ("Nodule [BOOKMARK] and cyst [BOOKMARK].", "?:1[mark] ?:2[mark]"),
        ("Cyst [LINK 3], mass [LINK 12].", "?:3[mark] ?:12[mark]"),
        ("Mass <<key image 2>> and <<image attached>>", "?:2 ?:1[mark]"),
        ("Cyst (key image), stone {{link}}.", "?:1[mark] ?:2[mark]"),
        ("Mass [Series 3 image 45].", "3:45"),
        ("Lesion BOOKMARK_4 1.2 x 3 cm", "?:4[mark]"),
        ("Previously 6 mm (BOOKMARK), now 9 mm (BOOKMARK)", "?:1[prior,mark] ?:2[mark]"),
        ("There is a (link) to the image, and an image of it.", ""),
        ("Bookmark the page; [x] yes (see below).", ""),
    ],
)
def test_marks_stand_for_images(text: str, expected: str) -> None:
    assert " ".join(map(str, find_references(text))) == expected
