"""The command that shows settings as the file that would set them."""

from typing import Annotated

import typer

from radmine.cli.options import Home, Json
from radmine.cli.terminal import say, write_json, write_lines


def settings(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="The corpus; without it, the defaults.")
    ] = None,
    defaults: Annotated[
        bool, typer.Option("--defaults", help="What holds where nothing is set, in place of what holds here.")
    ] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Print the settings that hold, each with its meaning.

    For a corpus, or the defaults: a TOML file whole, which --settings takes; what differs from the defaults is marked.
    """
    from radmine.corpus import Corpus
    from radmine.pipeline import default_settings, kept_settings, settings_of
    from radmine.show.settings import settings_rows, settings_toml

    corpus = None if name is None else Corpus.open(name, home=home)
    held = default_settings() if corpus is None or defaults else settings_of(corpus)
    if as_json:
        write_json(settings_rows(held))
        return
    if corpus is None or defaults:
        say("# The default settings: what holds where a settings file says nothing.")
    else:
        kept = kept_settings(corpus).exists()
        say(
            f"# The settings of {corpus.name}: {'some' if kept else 'none'} are set, the others are the defaults."
        )
    write_lines(settings_toml(held))
