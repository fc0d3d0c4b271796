"""A corpus that the tests of the command line share."""

from pathlib import Path

import pytest

from tests.cli.commands import radmine

REPORT = (
    "FINDINGS: Small left pleural effusion. No pneumothorax. Possible pneumonia.\nIMPRESSION: Small effusion."
)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the corpus `notes` stands: six reports and an empty one, ingested from the text files in `texts`, and run."""
    folder = tmp_path_factory.mktemp("home")
    texts = folder / "texts"
    texts.mkdir()
    for i in range(6):
        (texts / f"report{i}.txt").write_text(REPORT if i % 2 else "FINDINGS: The lungs are clear.")
    (texts / "empty.txt").write_text("")
    assert radmine("ingest", "notes", str(texts), "--reader", "text", home=folder).returncode == 0
    assert radmine("run", "notes", home=folder).returncode == 0
    return folder
