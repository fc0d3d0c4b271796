"""What is asked of a language model, and what came of it, in words."""

from collections.abc import Iterator

from radmine.curate import Asked, Plan
from radmine.run import reason_named

_CHOSEN = {"all": "", "doubtful": ", the most doubtful", "random": ", drawn at random"}
_SHOWN = 8  # findings that are named


def plan_lines(plan: Plan) -> Iterator[str]:
    """Yield what is asked, of whom, and what leaves the machine."""
    reports, new = plan.reports, len(plan.texts)
    before = f"; {reports - new:,} of them were asked about before" if new < reports else ""
    yield f"{plan.model}: {reports:,} reports{_CHOSEN[plan.chosen]}{before}"
    names = list(plan.findings)
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    yield f"asked about: {', '.join(names[:_SHOWN])}{more}"
    characters = sum(len(one.text) for one in plan.texts)
    yield f"sent: the text of {new:,} reports, {characters:,} characters in {plan.questions:,} questions; no ids"
    where = "this machine" if plan.address.is_here else "ANOTHER MACHINE"
    plain = "" if plan.address.is_here or plan.address.is_secure else ", unencrypted"
    yield f"to: {plan.address} ({where}{plain})"


def asked_lines(asked: Asked) -> Iterator[str]:
    """Yield what came of asking, and how the answers vote."""
    parts = [f"{asked.asked:,} asked"]
    parts += [f"{asked.before:,} before"] if asked.before else []
    parts += [f"{asked.failed:,} without a reply"] if asked.failed else []
    used = [] if asked.tokens is None else [f"{asked.tokens:,} tokens"]
    used += [f"answers as {asked.format}"] if asked.format else []
    yield "; ".join([f"{asked.reports:,} reports: {', '.join(parts)}", *used])
    if asked.left:
        yield f"The budget is spent, {asked.left:,} reports are left: the same command goes on there."
    yield f"{asked.path}: {asked.answers:,} answers on {asked.answered:,} reports, each with the words that it rests on"
    for reason, count in asked.void.items():
        yield f"does not count: {count:,} {reason} ({reason_named(reason).what})"
    if asked.answers:
        yield f'They vote in the stage with the settings: [label] answers = ["{asked.path}"]'
