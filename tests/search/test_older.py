"""An index that is older than its corpus says so."""

import shutil
from pathlib import Path

from radmine.search import index_folder, open_index
from tests.search.corpora import index, make_corpus, opened, read_reports, write_tables


def test_an_index_is_older_when_the_labels_changed(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path / "home", texts={"r1": "Large pneumothorax."})
    made = opened(corpus)
    assert not made.is_older()
    shutil.copytree(index_folder(corpus), tmp_path / "elsewhere")
    labels = read_reports({"r1": "No pneumothorax."})
    texts = {"reports": list(corpus.records("reports")), "images": [], "links": [], "embeddings": []}
    write_tables(corpus, {**texts, **labels})
    assert made.is_older()
    assert not open_index(tmp_path / "elsewhere").is_older()  # where no corpus is
    index(corpus)
    assert not open_index(index_folder(corpus)).is_older()
