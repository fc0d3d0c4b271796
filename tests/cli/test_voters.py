"""`voters train`: voters learn, the command says what came of it, and they vote."""

from pathlib import Path

import pytest

from tests.cli.commands import objects, radmine


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A parsed corpus of reports, of which half name an effusion."""
    folder = tmp_path_factory.mktemp("home")
    texts = folder / "texts"
    texts.mkdir()
    for i in range(80):
        said = "There is a pleural effusion" if i % 2 else "No pleural effusion"
        (texts / f"r{i}.txt").write_text(f"FINDINGS: {said} in case {i}.")
    assert radmine("ingest", "c", str(texts), "--reader", "text", home=folder).returncode == 0
    assert radmine("run", "c", "--through", "parse", home=folder).returncode == 0
    return folder


def test_voters_learn_and_the_commands_that_it_names_use_them(home: Path) -> None:
    result = radmine("voters", "train", "c", home=home)
    assert result.returncode == 0, result.stderr
    folder = home / "corpora" / "c" / "models" / "voters"
    assert f"They vote in: radmine label - --voters {folder}" in result.stdout
    text = "There is a pleural effusion in this case."
    (one,) = objects(radmine("label", "-", "--voters", str(folder), home=home, stdin=text))
    voters = {vote["voter"] for vote in one["labels"]["pleural_effusion"]["evidence"]}
    assert "text:words" in voters
    (training,) = objects(radmine("voters", "train", "c", "--voter", "words", "--json", home=home))
    assert training["folder"] == str(folder)
    assert training["voters"] == ["words"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["c", "--scheme", "chexpert"], "Add --truth FILE"),
        (["c", "--truth", "no/such.csv"], "no/such.csv"),
        (["c", "--voter", "horoscope"], "words"),
        (["nothing"], "There is no corpus 'nothing'"),
    ],
)
def test_what_cannot_be_asked_is_explained(home: Path, arguments: list[str], says: str) -> None:
    result = radmine("voters", "train", *arguments, home=home)
    assert result.returncode == 2, result.stderr
    assert says in result.stderr
