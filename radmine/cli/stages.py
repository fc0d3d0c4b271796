"""One command for each stage, and what is shown of stages as they end."""

import shlex
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from radmine.cli.failures import RejectionError
from radmine.cli.options import Device, Home, Json, Name, Strict, Workers, execution
from radmine.cli.terminal import Bars, say, tell, write_json

if TYPE_CHECKING:
    from radmine.run import Outcome


def show_outcomes(name: str, outcomes: "Iterable[Outcome]", *, as_json: bool, strict: bool) -> None:
    """Show each stage of a corpus as it ends; an error where something was set aside and that is not allowed."""
    from radmine.show.stages import outcome_line, said_lines

    rejected = 0
    for outcome in outcomes:
        rejected += outcome.rejected
        if as_json:
            write_json([outcome])
        else:
            say(outcome_line(outcome), hang=10)
            for line in said_lines(outcome.said if outcome.status == "done" else ()):
                say(line)
        sys.stdout.flush()
    if not rejected:
        return
    were = "1 item was" if rejected == 1 else f"{rejected:,} items were"
    what = f"{were} set aside; `radmine rejected {shlex.quote(name)}` says which, why, and what to do."
    if strict:
        raise RejectionError(what)
    tell(what)


def run_one_stage(
    name: str,
    stage: str,
    *,
    workers: int | None,
    device: str | None,
    home: Path | None,
    as_json: bool,
    strict: bool,
    voters: Sequence[str] = (),
) -> None:
    """Run one stage of a corpus and show what became of it."""
    from radmine.corpus import Corpus
    from radmine.pipeline import run_one

    corpus = Corpus.open(name, home=home)
    with Bars() as progress:
        how = execution(corpus, workers, device)
        if stage != "train":
            outcome = run_one(corpus, stage, execution=how, voters=voters, progress=progress)
        else:
            from radmine.train import follow, is_follower, leading

            if is_follower():
                follow(how.device)
                return
            with leading(how.device):
                outcome = run_one(corpus, stage, execution=how, voters=voters, progress=progress)
    show_outcomes(name, [outcome], as_json=as_json, strict=strict)


def stage_command(stage: str, summary: str) -> Callable[..., None]:
    """Return the command that runs one stage; its help is the summary."""

    def command(
        name: Name,
        workers: Workers = None,
        device: Device = None,
        home: Home = None,
        as_json: Json = False,
        strict: Strict = False,
    ) -> None:
        run_one_stage(name, stage, workers=workers, device=device, home=home, as_json=as_json, strict=strict)

    command.__name__, command.__doc__ = stage, summary
    return command


parse = stage_command("parse", "Read reports: sections, sentences, findings.")
link = stage_command("link", "Find references to images and link sentences to images.")
pixels = stage_command("pixels", "Decode linked images once: windowed, right way up, padded.")
train = stage_command("train", "Train an image network on the labels, and score it.")
embed = stage_command("embed", "Turn images and reports into vectors.")
index = stage_command("index", "Write indexes/NAME: vectors and text, ready to search.")
