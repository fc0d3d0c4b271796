"""`voters train`: voters learn, the command says what came of it, and they vote; `voters ask`: a language model votes."""

from pathlib import Path

import pytest

from tests.cli.commands import objects, radmine
from tests.label.answers.chat_server import Request, Send, answers, serving


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


# -- a language model is asked


def test_a_model_is_asked_and_the_command_says_where_texts_go_and_what_came(home: Path) -> None:
    def behave(request: Request, _: int) -> Send:
        said = "present" if "There is" in request.text else "absent"
        quote = "a pleural effusion" if said == "present" else "No pleural effusion"
        return answers(
            ("pleural_effusion", said, quote if "case 1." not in request.text else "no such words")
        )

    with serving(behave) as served:
        asking = ["voters", "ask", "c", "--url", served.url, "--model", "org/m:8b"]
        asking += ["--findings", "Pleural Effusion"]
        tried = radmine(*asking, "--dry-run", home=home)
        assert tried.returncode == 0
        assert "org/m:8b: 80 reports" in tried.stdout
        assert f"to: {served.url}/v1/chat/completions (this machine)" in tried.stdout
        (plan,) = objects(radmine(*asking, "--dry-run", "--json", home=home))
        assert (plan["reports"], plan["texts"], plan["questions"], plan["is_here"]) == (80, 80, 80, True)
        assert plan["findings"] == ["pleural_effusion"]
        assert not served.requests
        result = radmine(*asking, "--workers", "4", home=home)
        assert result.returncode == 0, result.stderr
        assert f"to: {served.url}/v1/chat/completions (this machine)" in result.stderr
        assert "80 reports: 80 asked; 800 tokens; answers as json_schema" in result.stdout
        assert "does not count: 1 quote_not_found (of a language model, which quotes words" in result.stdout
        (done,) = objects(radmine(*asking, "--json", home=home))
        assert (done["asked"], done["before"], done["answers"]) == (0, 80, 79)
        assert done["void"] == {"quote_not_found": 1}
        assert len(served.requests) == 80
    settings = home / "llm.toml"
    settings.write_text(f'[label]\nanswers = ["{done["path"]}"]\n')
    assert done["path"] in result.stdout
    run = radmine("run", "c", "--through", "label", "--settings", str(settings), home=home)
    assert run.returncode == 0, run.stderr
    assert "quote_not_found" in radmine("rejected", "c", home=home).stdout
    (one,) = objects(radmine("explain", "c", "r3", "--json", home=home))
    assert "llm:org/m:8b" in str(one)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--url", "http://192.0.2.1:8000", "--model", "m"], "--send-away"),
        (["--url", "http://me:secret@127.0.0.1", "--model", "m"], "RADMINE_LLM_KEY"),
        (["--url", "http://127.0.0.1:1", "--model", "m", "--scheme", "horoscope"], "chexpert"),
        (["--url", "http://127.0.0.1:1", "--model", "m", "--findings", "zorbium"], "radmine findings"),
        (["--url", "http://127.0.0.1:1", "--model", "m", "--budget", "0"], "--budget"),
        (["--url", "http://127.0.0.1:1"], "--model"),
    ],
)
def test_what_a_model_cannot_be_asked_is_explained(home: Path, arguments: list[str], says: str) -> None:
    result = radmine("voters", "ask", "c", *arguments, home=home)
    assert result.returncode == 2, result.stderr
    assert says in result.stderr
    assert "secret" not in result.stderr
