"""Windows of CTs by name, as (centre, width) in Hounsfield units, and those of a CT that brings none."""

# Radiopaedia, "Windowing (CT)", rID 52108: its usual values, soft tissue in the middle of its range (20 to 60, 350 to 400).
CT_WINDOWS: dict[str, tuple[float, float]] = {
    "lung": (-600.0, 1500.0),
    "soft": (40.0, 400.0),
    "mediastinum": (50.0, 350.0),
    "bone": (400.0, 1800.0),
    "brain": (40.0, 80.0),
    "liver": (30.0, 150.0),
}

# Of a CT without a window, by words in its body part; any other is shown as soft tissue.
_OF_PART = ((("HEAD", "BRAIN", "SKULL"), "brain"), (("CHEST", "THORAX", "LUNG"), "lung"))


def window_of_part(part: str) -> tuple[float, float]:
    """Return the window of a CT that brings none, by its body part or description in capitals."""
    for words, name in _OF_PART:
        if any(word in part for word in words):
            return CT_WINDOWS[name]
    return CT_WINDOWS["soft"]


def ends_of(window: tuple[float, float]) -> tuple[float, float]:
    """Return the values that become black and white (PS3.3 C.11.2.1.3.2, LINEAR_EXACT)."""
    centre, width = window
    return centre - width / 2, centre + width / 2
