"""What a terminal shows of studies in the order in which they should be read, and of what that order is worth."""

from collections.abc import Iterator
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from radmine.show.scores import measure
from radmine.show.tables import table
from radmine.train import Estimate, Waits, Worklist

COLUMNS = ("study_id", "patient_id", "probability", "finding", "alert", "critical")
_SHOWN = 20  # studies
_ROWS = (("first come, first served", "first_come"), ("alerts first", "alerts_first"), ("saved", "saved"))


def worklist_rows(made: Worklist) -> Iterator[tuple[object, ...]]:
    """Yield a row for each study, by `COLUMNS`."""
    for e in made.entries:
        critical = "" if e.critical is None else int(e.critical)
        yield e.study_id, e.patient_id, f"{e.probability:.3f}", e.finding, int(e.alert), critical


def worklist_facts(made: Worklist, minutes: float) -> dict[str, Any]:
    """Return what the order is worth, waits in minutes, as an object of JSON."""
    return {
        "studies": len(made.entries),
        "findings": list(made.findings),
        "alert_rate": made.alert_rate,
        "known": made.known,
        "critical": made.positives,
        "sensitivity": made.sensitivity,
        "precision": made.precision,
        "load": made.load,
        "reading_minutes": minutes,
        "critical_waits": _in_minutes(made.critical_waits, minutes),
        "other_waits": _in_minutes(made.other_waits, minutes),
    }


def worklist_view(made: Worklist, minutes: float) -> RenderableType:
    """Return the table of `radmine worklist`."""
    shown = table(
        ("study", "probability", "finding", "alert", "by its labels"),
        (
            (e.study_id, f"{e.probability:.3f}", e.finding, "alert" if e.alert else "", _told(e.critical))
            for e in made.entries[:_SHOWN]
        ),
        right=("probability",),
        whole=("probability", "alert"),
    )
    left = len(made.entries) - _SHOWN
    alerts = sum(e.alert for e in made.entries)
    lines = [
        *([f"and {left:,} more: --to FILE"] if left > 0 else ()),
        f"{len(made.entries):,} studies, {alerts:,} alerted; critical: {', '.join(made.findings)}",
        f"By the labels of {made.known:,} studies {made.positives:,} are critical: sensitivity {_of(made.sensitivity)}, "
        f"precision {_of(made.precision)} at an alert rate of {made.alert_rate:g}.",
    ]
    return Group(shown, *map(Text, lines), *_waits(made, minutes))


def _waits(made: Worklist, minutes: float) -> Iterator[RenderableType]:
    critical, others = _in_minutes(made.critical_waits, minutes), _in_minutes(made.other_waits, minutes)
    if not critical or not others:
        yield Text(
            "No interval, and no delay is simulated: that needs five patients with critical studies, and five with others."
        )
        return
    yield Text()
    yield table(
        ("minutes until it is read, mean", "critical 95 %", "others 95 %"),
        ((name, _minutes(critical[key]), _minutes(others[key])) for name, key in _ROWS),
        right=("critical 95 %", "others 95 %"),
    )
    yield Text(
        f"Simulated: one reader who reads {made.load:.0%} of the time, {minutes:g} minutes a study, Poisson arrivals."
    )


def _in_minutes(waits: Waits | None, minutes: float) -> dict[str, Estimate] | None:
    if waits is None:
        return None
    return {key: _times(getattr(waits, key), minutes) for _, key in _ROWS}


def _times(one: Estimate, by: float) -> Estimate:
    return Estimate(*(None if v is None else v * by for v in (one.value, one.low, one.high)))


def _minutes(one: Estimate) -> str:
    if one.value is None:
        return "-"
    return f"{one.value:.1f}" + ("" if one.low is None else f" {one.low:.1f} to {one.high:.1f}")


def _of(one: Estimate) -> str:
    return measure(one.value, one.low, one.high)


def _told(critical: bool | None) -> str:
    return "" if critical is None else "critical" if critical else "not critical"
