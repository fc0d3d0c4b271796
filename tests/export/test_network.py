"""A network that goes out is loaded and run by the programs that it is for, and says there what it says here."""

import csv
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from PIL import Image

from radmine.cli import main
from radmine.corpus import Corpus
from radmine.errors import CorpusError, InputError
from radmine.export import export_network
from radmine.pixels import open_pixels
from radmine.run import Execution, run_stage
from radmine.train import MODEL, STAGE, TrainSettings, load_model
from tests.train.corpus import SIZE, make_corpus

# What MONAI's specification of bundles asks for (its docs/source/mb_specification.rst).
REQUIRED = [
    *("version", "monai_version", "pytorch_version", "numpy_version", "optional_packages_version"),
    *("task", "description", "authors", "copyright", "network_data_format"),
]
TENSOR = [
    *(
        "type",
        "format",
        "num_channels",
        "spatial_shape",
        "dtype",
        "value_range",
        "is_patch_data",
        "channel_def",
    )
]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    corpus = make_corpus(tmp_path_factory.mktemp("network"), 20)
    settings = TrainSettings(targets=("labels", "modality"), network="small", epochs=1, min_positives=2)
    run_stage(corpus, STAGE, settings, execution=Execution(device="cpu"))
    return corpus


@pytest.fixture(scope="module")
def squares(trained: Corpus) -> NDArray[np.uint8]:
    store = open_pixels(trained)
    return store.batch(store.ids[:5])


@pytest.fixture(scope="module")
def said(trained: Corpus, squares: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What the network says here: probabilities of all targets, one behind the other."""
    model = load_model(trained.folder / MODEL, device="cpu")
    found = model.predict(squares)
    return np.concatenate([found[name] for name in model.facts.targets], axis=1)


@pytest.mark.slow
def test_monai_verifies_loads_and_runs_a_bundle(
    trained: Corpus, squares: NDArray[np.uint8], said: NDArray[np.float32], tmp_path: Path
) -> None:
    import torch
    from monai import bundle

    for _ in range(2):  # the second takes the place of the first
        assert export_network(trained, "monai-bundle", tmp_path / "net") == (tmp_path / "net",)
    folder = tmp_path / "net"
    images = torch.from_numpy(squares).unsqueeze(1).float() / 255
    scripted, metadata, _ = bundle.load("net", bundle_dir=tmp_path, load_ts_module=True, device="cpu")
    np.testing.assert_allclose(scripted(images).numpy(), said, atol=1e-5)
    named = bundle.load("net", bundle_dir=tmp_path, workflow_type="inference", device="cpu")
    with torch.inference_mode():
        np.testing.assert_allclose(named.eval()(images).numpy(), said, atol=1e-5)
    (pictures := tmp_path / "pictures").mkdir()
    for number, square in enumerate(squares):
        Image.fromarray(square).save(pictures / f"{number}.png")
    bundle.run(
        run_id="run",
        config_file=str(folder / "configs" / "inference.json"),
        bundle_root=str(folder),
        dataset_dir=str(pictures),
        output_dir=str(tmp_path / "out"),
        device="cpu",
    )
    with (tmp_path / "out" / "probabilities.csv").open(newline="") as stream:
        rows = {Path(path).stem: values for path, *values in csv.reader(stream)}
    np.testing.assert_allclose([[float(v) for v in rows[str(n)]] for n in range(5)], said, atol=1e-5)
    metadata = json.loads((folder / "configs" / "metadata.json").read_text())
    facts = load_model(trained.folder / MODEL, device="cpu").facts
    channels = metadata["network_data_format"]["outputs"]["pred"]["channel_def"]
    assert [*channels.values()] == [
        f"{name}: {c}" for name, classes in facts.targets.items() for c in classes
    ]
    assert (folder / "docs" / "README.md").read_text() == (trained.folder / MODEL / "card.md").read_text()
    ids = {image.image_id for image in trained.records("images")}
    texts = [path.read_text() for path in folder.rglob("*") if path.suffix in (".json", ".md", ".txt")]
    assert not {i for i in ids if any(i in text for text in texts)}


@pytest.mark.slow
def test_monai_verifies_the_metadata(trained: Corpus, tmp_path: Path) -> None:
    pytest.importorskip("jsonschema")
    from monai.bundle import verify_metadata

    export_network(trained, "monai-bundle", tmp_path / "net")
    tensors = {"type": "object", "minProperties": 1, "additionalProperties": {"required": TENSOR}}
    data = {"required": ["inputs", "outputs"], "properties": {"inputs": tensors, "outputs": tensors}}
    schema = {"type": "object", "required": REQUIRED, "properties": {"network_data_format": data}}
    path = tmp_path / "schema.json"  # where it stands, MONAI does not fetch its own
    path.write_text(json.dumps(schema))
    verify_metadata(meta_file=str(tmp_path / "net" / "configs" / "metadata.json"), filepath=str(path))


@pytest.mark.slow
def test_onnx_is_checked_and_runs_as_its_description_says(
    trained: Corpus, squares: NDArray[np.uint8], said: NDArray[np.float32], tmp_path: Path
) -> None:
    path, beside = export_network(trained, "onnx", tmp_path / "net.onnx")
    onnx.checker.check_model(onnx.load(path), full_check=True)
    described = json.loads(beside.read_text())
    assert described["input"]["shape"] == ["n", 1, SIZE, SIZE]
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [output["name"] for output in described["outputs"]]
    assert names == [output.name for output in session.get_outputs()]
    found = dict(zip(names, session.run(names, {described["input"]["name"]: squares[:, None]}), strict=True))
    labels, modality = 1 / (1 + np.exp(-found["labels"])), np.exp(found["modality"])
    modality /= modality.sum(axis=1, keepdims=True)
    assert [output.get("then") for output in described["outputs"]] == [None, "sigmoid", "softmax"]
    np.testing.assert_allclose(np.concatenate([labels, modality], axis=1), said, atol=1e-5)
    assert found["features"].shape[1] == described["outputs"][0]["shape"][1]


def test_what_cannot_go_out_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    corpus = Corpus.create("c", home=tmp_path)
    with pytest.raises(InputError, match=r"end in \.onnx"):
        export_network(corpus, "onnx", tmp_path / "net.txt")
    with pytest.raises(InputError, match="other things"):
        export_network(corpus, "monai-bundle", tmp_path)
    with pytest.raises(CorpusError, match="radmine train"):
        export_network(corpus, "monai-bundle", tmp_path / "net")
    assert [path.name for path in tmp_path.iterdir()] == ["corpora"]
    words = ("export", "c", "--as", "onnx", "--to", "n.onnx", "--images", "--home", str(tmp_path))
    with pytest.raises(SystemExit) as left:
        main(words)
    assert left.value.code == 2
    assert "A network goes out whole" in capsys.readouterr().err
