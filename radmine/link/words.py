"""The words with which reports speak of images, each with a one-letter code: the alphabet of `grammar`.

English first, then French, Italian, Spanish, Portuguese and German.
"""

_WORDS: dict[str, str] = {
    # What is numbered: series, one image, several images, reformations ("sagittal reformation #341").
    "S": "series serie séries série serien ser sers sér se srs sequence seq seires sereis",
    "I": "image img im imm immagine imagen imagem bild slice frame schicht coupe corte",
    "J": "images imgs ims immagini imágenes imagenes imagens bilder bildern slices frames schichten coupes cortes",
    "F": "reformation reformations reformat reformats reformatted recon recons reconstruction reconstructions"
    " mpr mprs mip mips rekonstruktion rekonstruktionen ricostruzione ricostruzioni",
    "K": "key clave chiave chave clé schlüssel",
    "H": "number numbers numéro numero número nummer",
    # Planes, and what may stand between a plane and its image.
    "P": "axial axially transaxial transverse axiale axiales axialen axialer axiaux assiale assiali ax"
    " coronal coronale coronales coronali coronaux koronar koronare koronaren koronarer cor"
    " sagittal sagittale sagittales sagittali sagittaux sagittalen sagittaler sagital sagitales sagitais sag",
    "d": "post pre contrast postcontrast precontrast enhanced"
    " unenhanced noncontrast fat fatsat saturated suppressed gadolinium delayed arterial venous portal phase thin"
    " thick section bone lung soft tissue window windows oblique source subtracted subtraction",
    # The small words of a reference: of, from, on, other prepositions, articles, and, to.
    "O": "of von de di sobre",
    "E": "from since depuis desde dal dalla seit vom",
    "j": "on in auf sur dans en em nel nella nello sull sulla an na",
    "o": "at within der des du del della da do dos das las les with per",
    "t": "the this these our die das dem den le la il lo el los out same o os",
    "a": "and et und y e ed or ou oder",
    "r": "to through thru bis hasta até fino",
    "A": "a à",
    # Earlier studies: prior, study, now, compared, increased, and what stands between "previously" and a reference.
    "p": "prior priors previous previously earlier old former formerly preceding"
    " antérieur antérieure antérieurement précédent précédente précédemment auparavant precedente precedentemente"
    " previo previa previamente prévio prévia anteriormente zuvor vorherige vorherigen vorheriger vorher"
    " voruntersuchung voraufnahme voraufnahmen",
    "y": "study studies exam exams examination examinations scan scans ct cts mr mri mris pet cta mra tc tac irm tdm"
    " comparison outside imaging chest abdomen abdominal pelvis head brain neck thorax thoracic dated"
    " examen estudio esame studio exame estudo untersuchung étude scanner contrôle",
    "u": "now current currently today today's presently aktuell heute actuellement attualmente actualmente atualmente",
    "g": "compared versus vs",
    "G": "increased decreased grown enlarged shrunk reduced increasing decreasing up down",
    "M": "measured measures measuring measure was were been approximately about size mesurait misurava medía",
    "B": "x by",
    "v": "seen noted described identified visualized visualised shown located show shows showing showed demonstrate"
    " demonstrates demonstrated demonstrating reveal reveals depict depicts depicted appreciated illustrated displayed marked is are best which respectively see"
    " vu vue visible montre zeigt zeigen muestra mostra voir siehe vedi ver",
    # Numbers that are none: parameters of a magnetic resonance sequence, ratios, scores, clock times.
    "X": "weighted tr te ti echo spin msec ms t1 t2 t1w t2w flair stir dwi adc swi gre fse pd wl ww",
    "x": "ratio ratios odds male males female females men women boys girls predilection predominance incidence"
    " prevalence score grade graded stage strength dilution diluted mixture time times clock o'clock hours hrs hr am pm"
    " pressure bp vision acuity paged called phone telephone notified signed dictated sex gender",
}

CODES: dict[str, str] = {}
for _code, _words in _WORDS.items():
    for _word in _words.split():
        CODES.setdefault(_word, _code)

AMBIGUOUS = frozenset(("im", "imm", "ims", "corte", "cortes", "coupe", "coupes", "frame", "frames"))
"""Words for an image that often mean something else: alone they need a bracket or a "see" before them."""


def plane_of(word: str) -> str:
    """Return the plane that a word of code `P` names: axial, coronal or sagittal."""
    start = word[:3].lower()
    return "sagittal" if start == "sag" else "coronal" if start in ("cor", "kor") else "axial"
