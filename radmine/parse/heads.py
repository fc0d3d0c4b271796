"""What is said of the findings of one place in a sentence, gathered hit by hit: `Head`."""

from operator import attrgetter

from radmine.findings import sites_above
from radmine.parse.attribute_words import Attribute
from radmine.parse.sizes import in_words
from radmine.records import Described, Span

# How far away a site is that stands inside of the finding's own name: a place that is said beside it says more, "pleural
# thickening in the left apex"; one at the end of the name is itself a place, "collapse of the left upper lobe".
OWN_NAME = 10_000
# Sites of the whole body: any other says more, "soft tissue abscess of the thigh".
TISSUES = frozenset(("soft_tissue",))
# Sites that are found all over it, and are a word of some findings' names: "joint effusion of the knee".
EVERYWHERE = frozenset(("lymph_node", "joint"))
# A site outside of the others of its region: "left frontal scalp" is no lobe of the brain.
_OUTSIDE = "scalp"
# What the words for a pole mean where no organ is named: of one that is, they are a part.
RENAL_POLES = frozenset(("kidney_upper_pole", "kidney_mid_pole", "kidney_lower_pole"))
_POLED = frozenset(("thyroid", "parathyroid", "testis", "patella"))  # far from the kidney
_new = tuple.__new__


class Head:
    """What is said of the findings of one place in a sentence, gathered hit by hit."""

    silent = True  # whether nothing is said
    anatomy: str | None = None
    site: Span | None = None
    side: str | None = None
    size: tuple[float, ...] = ()
    severity: str | None = None
    change: str | None = None
    site_distance = 0  # how far away the words are that say the anatomy, ...
    distances: dict[str, int] | None = None  # ... and the others, by kind
    sides: tuple[Described, ...] = ()  # the words that name its sides
    outside = False  # whether a place stands outside of the finding's own words
    after = False  # whether it follows them
    own = False  # whether the anatomy is a word of the finding's name
    general: tuple[str, Span] | None = None  # such a one that gave way to a place
    labelled = False  # whether the side is that of a label, which yields to any other
    compared: Described | None = None  # the change that two sizes tell, unless words do

    def __init__(self, start: int, end: int) -> None:
        self.start = start
        self.end = end
        self.words: dict[str, Described] = {}  # the words that give the others, by kind

    def take(self, hit: tuple[int, int, Attribute], distance: int, inside: bool, after: bool) -> None:
        """Add what a phrase says, unless something nearer said it."""
        start, end, said = hit
        site, side, kind = said.site, said.side, said.kind
        self.silent = False
        if kind is not None:
            self._describe(hit, distance, inside)
            return
        if site is not None:
            known = self.anatomy
            general = known in EVERYWHERE and self.own
            nearer = distance < self.site_distance and not (self.own and site in RENAL_POLES)
            other = known in RENAL_POLES and (site in _POLED or (inside and site == "spleen"))
            if known is None or general or other or _says_more(site, known, nearer=nearer):
                if known is not None and inside and site in EVERYWHERE:
                    return
                self.general = (known, self.site) if general and known and self.site else None
                self.own = inside
                self.anatomy = site
                self.site = start, end
                self.site_distance = distance
        if side is not None:
            if self.labelled:
                self.side, self.sides, self.labelled = None, (), False
            self.side = side if self.side is None or self.side == side else "bilateral"
            self.sides = (*self.sides, _new(Described, ("laterality", side, start, end)))
        if not inside:
            self.outside = True
            if after:
                self.after = True

    def _describe(self, hit: tuple[int, int, Attribute], distance: int, inside: bool) -> None:
        """Add a size, a severity or a change; "again seen" yields to any other change."""
        start, end, what = hit
        kind, value = what.kind, what.value
        assert kind is not None
        if kind == "compared":
            self.compared = self.compared or _new(Described, ("change", value, start, end))
            return
        if inside and value in ("increased", "decreased"):
            return  # "increased density" is the finding's own name
        distances = self.distances
        if distances is None:
            distances = self.distances = {}
        known = getattr(self, kind)
        if known and known != "unchanged" and (value == "unchanged" or distance >= distances[kind]):
            return
        setattr(self, kind, value)
        distances[kind] = distance
        said = in_words(value) if kind == "size" else value
        self.words[kind] = _new(Described, (kind, said, start, end))

    def compare(self) -> None:
        """Take the change that two sizes tell, where no words tell one."""
        if self.compared is not None and self.change is None:
            self.change = self.compared.value
            self.words["change"] = self.compared

    def described(self, sided: bool) -> tuple[Described, ...]:
        """Return the words that say something else than where it is, in order."""
        if not self.words:
            return self.sides if sided else ()
        return tuple(sorted((*self.words.values(), *(self.sides if sided else ())), key=attrgetter("start")))


def _says_more(site: str, known: str, *, nearer: bool) -> bool:
    """Return whether a site says more than the one known: a part of it does; of two others the nearer does."""
    above = sites_above()
    if known in TISSUES or site == _OUTSIDE:
        return True
    if known == _OUTSIDE:
        return False
    return known in above[site] or (nearer and site not in above[known])
