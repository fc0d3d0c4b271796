"""What the options of several commands become."""

from pathlib import Path

import pytest

from radmine.cli.options import execution, pairs
from radmine.corpus import Corpus
from radmine.errors import InputError
from radmine.run import Execution


def test_what_is_not_asked_for_is_as_the_settings_have_it(tmp_path: Path) -> None:
    corpus = Corpus.create("c", home=tmp_path)
    assert execution(corpus, None, None) == Execution()
    assert execution(corpus, 3, None) == Execution(workers=3)
    (corpus.folder / "settings.toml").write_text('[run]\nworkers = 2\ndevice = "cpu"\n')
    assert execution(corpus, None, None) == Execution(2, "cpu")
    assert execution(corpus, 1, None) == Execution(1, "cpu")


def test_pairs_are_read_and_a_wrong_one_is_told_by_its_own_example() -> None:
    read = pairs(["text = report text", "path=a=b"], written="KEY=VALUE", example="--column text=t")
    assert read == {"text": "report text", "path": "a=b"}
    with pytest.raises(InputError) as caught:
        pairs(["modality"], written="FIELD=VALUE", example="--where modality=CT")
    error = caught.value
    assert (error.what, error.where) == ("Expected FIELD=VALUE.", "modality")
    assert error.do == "For example: --where modality=CT"
