"""Under `--json` every error is one JSON object of one shape, alone on standard error.

    {"error": {"kind": "InputError", "what": "...", "where": "...", "do": "...", "exit_code": 2}}

- `kind` says what sort of error it is: the class of `radmine.errors`, or `UsageError` (an argument that no command takes),
  `RejectionError` (rows were rejected under --strict), `InternalError` (a fault of ours).
- `what` is wrong, `where` it is (a file, option, id; the places in our code where the fault is ours), what to `do` about it:
  three strings, each of which may be empty.
- `exit_code` is the code with which the process leaves: 1 internal, 2 the user's mistake or the machine's, 3 rejected rows under
  --strict, 128 and a signal's number (`Stopped`, see test_signals.py).

Standard output holds JSON lines or nothing. What libraries warn of may stand on standard error before the error, never after it. No error quotes a report, nor an exception's own words, which may.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import radmine.corpus
from radmine.corpus import Corpus
from tests.cli.commands import Result
from tests.cli.commands import radmine as run
from tests.cli.conftest import REPORT


def error_of(result: Result) -> dict[str, Any]:
    """Return the error of a command, which has the shape that is promised."""
    for line in result.stdout.splitlines():
        assert isinstance(json.loads(line), dict)
    shown = json.loads(result.stderr)
    assert result.stderr.count("\n") == 1
    assert set(shown) == {"error"}
    error = shown["error"]
    assert list(error) == ["kind", "what", "where", "do", "exit_code"]
    assert all(type(error[key]) is str for key in ("kind", "what", "where", "do"))
    assert error["kind"]
    assert error["what"]
    assert error["exit_code"] == result.returncode != 0
    assert "effusion" not in result.stderr
    return dict(error)


def test_an_unknown_corpus(tmp_path: Path) -> None:
    error = error_of(run("status", "nothing", "--json", home=tmp_path))
    assert (error["kind"], error["exit_code"]) == ("CorpusError", 2)
    assert error["what"] == "There is no corpus 'nothing'."
    assert error["where"] == str(tmp_path / "corpora" / "nothing")
    assert "radmine ingest" in error["do"]


def test_bad_settings(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("[parse]\ncooking = true\n")
    error = error_of(run("run", "notes", "--settings", str(file), "--json", home=home))
    assert error["kind"] == "SettingsError"
    assert "cooking" in error["what"]
    assert str(file) in error["where"]


def test_a_value_that_cannot_be_used(home: Path) -> None:
    error = error_of(run("show", "notes", "nobody", "--json", home=home))
    assert (error["kind"], error["where"]) == ("InputError", "nobody")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "notes", "--cook", "--json"], "--cook"),
        (["run", "--json"], "NAME"),
        (["cook", "--json"], "cook"),
        (["run", "notes", "--workers", "0", "--json"], "--workers"),
        (["search", "notes", "-k", "--json"], "k"),
        (["voters", "--json"], "--json"),
        (["--json"], "--json"),
    ],
)
def test_arguments_that_no_command_takes(home: Path, arguments: list[str], says: str) -> None:
    error = error_of(run(*arguments, home=home))
    assert (error["kind"], error["exit_code"]) == ("UsageError", 2)
    assert says in error["what"]
    command = error["do"].split("`")[1]
    assert run(*command.split()[1:], home=home).returncode == 0  # the help that it names


def test_a_bad_filter(home: Path) -> None:
    wrong = error_of(run("search", "notes", "--text", "x", "--where", "modality", "--json", home=home))
    assert (wrong["kind"], wrong["where"]) == ("InputError", "modality")
    assert "--where modality=VALUE" in wrong["do"]
    unknown = error_of(run("search", "notes", "--text", "x", "--where", "colour=red", "--json", home=home))
    assert "modality" in unknown["do"]


def test_a_corpus_that_another_process_writes_to(home: Path) -> None:
    with Corpus.open("notes", home=home).writing():
        error = error_of(run("run", "notes", "--json", home=home))
    assert error["kind"] == "CorpusError"


def test_what_is_neither_text_nor_json_lines() -> None:
    error = error_of(run("label", "-", "--json", home=Path(), stdin='[{"id": "a", "text": "Clear."}]'))
    assert (error["kind"], error["where"]) == ("InputError", "standard input, line 1")


def test_an_old_spelling(home: Path) -> None:
    error = error_of(run("label", "notes", "--train-voters", "--json", home=home))
    assert (error["kind"], error["do"]) == ("InputError", "Run: radmine voters train notes --json")


def test_rejected_rows_that_are_not_allowed(home: Path, tmp_path: Path) -> None:
    arguments = ["ingest", "strict", str(home / "texts"), "--reader", "text", "--strict", "--json"]
    result = run(*arguments, home=tmp_path)
    error = error_of(result)
    assert (error["kind"], error["exit_code"]) == ("RejectionError", 3)
    assert json.loads(result.stdout)["rejected"] == 1


def test_a_fault_of_ours(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError(REPORT)

    monkeypatch.setattr(radmine.corpus.Corpus, "open", fail)
    error = error_of(run("status", "notes", "--json", home=home))
    assert (error["kind"], error["exit_code"]) == ("InternalError", 1)
    assert error["what"] == "internal error: ValueError"
    assert f"{Path(__file__).name}:" in error["where"]
    assert error["where"].endswith("in fail")
    shown = run("status", "notes", home=home)  # without --json: lines, as ever
    assert (shown.returncode, shown.stdout) == (1, "")
    assert shown.stderr.startswith("radmine: internal error: ValueError\n")
    assert "in fail" in shown.stderr
    assert "effusion" not in shown.stderr


def test_a_real_process_says_the_same(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "radmine.cli", "status", "nothing", "--json"]
    environment = {**os.environ, "RADMINE_HOME": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert error_of(Result(done.returncode, done.stdout, done.stderr))["kind"] == "CorpusError"
