"""How often maps lie where findings are: counts by hand, files of boxes as people have them, the command and the page."""

import gzip
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from radmine.corpus import Corpus
from radmine.errors import InputError
from radmine.run import choose_device
from radmine.show.network import network_html
from radmine.train import MODEL, load_model, locate, see
from radmine.train.heatmaps import LEVELS, TrueBox, read_boxes
from radmine.train.model import ModelFacts, save_model
from radmine.train.networks import build_network
from radmine.train.trunks import NETWORKS
from tests.cli.commands import objects, radmine
from tests.train.corpus import SIZE, make_corpus
from tests.train.heatmaps.made import Brightness

CLASSES = ("fracture", "lung_mass")
MASS = (10, 4, 12, 8)  # x, y, width, height of what `make_corpus` paints


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """A corpus whose network calls a mass what is bright, and nothing a fracture."""
    corpus = make_corpus(tmp_path_factory.mktemp("seen"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(NETWORKS, "by hand", lambda: (Brightness(), 2))
        network = build_network("by hand", {"labels": 2})
        with torch.no_grad():
            network.head.outputs["labels"].weight.copy_(torch.tensor([[0.0, 0.0], [9.0, 0.0]]))
        facts = ModelFacts(
            "by hand", {"labels": CLASSES}, SIZE, SIZE, False, 0.0, 1.0, "", "", {}, 1, "here", "0"
        )
        save_model(corpus.folder / MODEL, network.state_dict(), facts)
        yield corpus


@pytest.fixture(scope="module")
def boxes(seen: Corpus) -> Path:
    """All masses that are painted, an image that is nowhere, and a finding that nobody learned."""
    masses = [r.image_id for r in seen.records("labels") if (r.finding, r.probability) == ("lung_mass", 0.9)]
    lines = [f"{image},Lung mass,{','.join(map(str, MASS))}" for image in masses]
    lines += ["gone,lung_mass,1,1,5,5", f"{masses[0]},goiter,1,1,5,5"]
    path = seen.folder.parent / "boxes.csv"
    path.write_text("image,finding,x,y,width,height\n" + "\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("method", ["gradcam", pytest.param("occlusion", marks=pytest.mark.slow)])
def test_what_points_right_is_counted_right(seen: Corpus, boxes: Path, method: str) -> None:
    found = locate(seen, boxes, method=method, device="cpu")
    everything, mass = found.located
    part = {s.patient_id: s.split for s in seen.records("splits")}
    asked = {box.image for box in read_boxes(boxes)} - {"gone"}
    images = [i for i in seen.records("images") if i.image_id in asked]
    kept = [i for i in images if part[i.patient_id] != "train"]
    assert (everything.n, mass.n, mass.finding) == (len(kept), len(kept), "lung_mass")
    assert found.learned_from == len(images) - len(kept)
    assert (found.missing, found.unknown) == (1, ("goiter",))
    assert mass.measures["pointing"].value == 1
    assert mass.measures["centre"].value == 0
    assert mass.measures["by_chance"].value == pytest.approx(12 * 8 / SIZE**2)
    assert mass.measures["accuracy_iou_0.25"].value == 1
    if method == "gradcam":  # of a CT the bright bar at the right has a box of its own
        scans = sum(i.modality == "CT" for i in kept)
        assert mass.measures["false_iou_0.25"].value == pytest.approx(scans / len(kept))
    for name in ("iou", "iobb"):
        right = [mass.measures[f"accuracy_{name}_{level:g}"].value for level in LEVELS]
        assert right == sorted(right, reverse=True)
    assert locate(seen, boxes, method=method, learned_too=True, device="cpu").located[0].n == len(images)
    assert found == locate(seen, boxes, method=method, device="cpu")


def test_the_command_and_the_page_say_it(seen: Corpus, boxes: Path, tmp_path: Path) -> None:
    home = seen.folder.parent.parent
    found = locate(seen, boxes, device="cpu")
    page = network_html(seen, None, (), found)
    assert "Heat maps beside boxes" in page
    assert "goiter" in page
    rows = objects(radmine("evaluate", seen.name, "--boxes", str(boxes), "--json", home=home))
    assert {r["metric"]: r["value"] for r in rows if r["subject"] == "lung_mass in place"}["pointing"] == 1
    said = radmine("evaluate", seen.name, "--boxes", str(boxes), home=home).stdout
    assert "Left out:" in said
    assert "drawn at random" in said
    picture = np.full((40, 60), 20, np.uint8)
    picture[8:16, 40:52] = 255
    Image.fromarray(picture).save(tmp_path / "one.png")
    to = tmp_path / "over.png"
    asked = ("heatmap", seen.name, str(tmp_path / "one.png"), "--finding", "Lung mass", "--to", str(to))
    (row,) = objects(radmine(*asked, "--json", home=home))
    (box,) = row["boxes"]
    assert (row["name"], row["target"]) == ("lung_mass", "labels")
    assert 34 < box["x"] < 46 < box["x"] + box["width"] < 58
    assert 2 < box["y"] < 12 < box["y"] + box["height"] < 22
    assert Image.open(to).size == (2 * 512 + 8, round(512 * 40 / 60))
    assert "probability" in radmine(*asked, home=home).stdout
    for wrong in (("--finding", "goiter"), ("--method", "guess")):
        failed = radmine("heatmap", seen.name, str(tmp_path / "one.png"), *wrong, home=home)
        assert failed.returncode == 2
        assert "Traceback" not in failed.stderr
    assert radmine("heatmap", seen.name, "i0-0", home=home).returncode == 2  # its file is not there


def test_without_a_name_the_likeliest_finding_is_shown(seen: Corpus) -> None:
    model = load_model(seen.folder / MODEL, device="cpu")
    picture = np.full((SIZE, SIZE), 255, np.uint8)
    assert see(model, picture).name == "lung_mass"
    assert model.device == choose_device("cpu")


def test_files_of_boxes_are_read_or_told(tmp_path: Path) -> None:
    nih = "Image Index,Finding Label,Bbox [x,y,w,h],,,\na_0.png,Infiltrate,102.4,512,256,51.2,,,\n"
    for name, content in (("a.csv", nih.encode()), ("a.csv.gz", gzip.compress(nih.encode()))):
        (tmp_path / name).write_bytes(content)
        assert read_boxes(tmp_path / name) == [TrueBox("a_0.png", "Infiltrate", 102.4, 512, 256, 51.2, 1024)]
    ours = tmp_path / "b.csv"
    ours.write_text("finding,image,y,x,height,width,note\n\nfracture,i,2,1,4,3,n\n")
    assert read_boxes(ours) == [TrueBox("i", "fracture", 1, 2, 3, 4)]
    for text, where in (
        ("image,x,y\n", "b.csv"),
        ("image,finding,x,y,width,height\ni,f,1,2,0,4\n", "b.csv:2"),
        ("image,finding,x,y,width,height\ni,f,1,2,nan,4\n", "b.csv:2"),
        ("image,finding,x,y,width,height\ni,f,1\n", "b.csv:2"),
    ):
        ours.write_text(text)
        with pytest.raises(InputError) as error:
            read_boxes(ours)
        assert error.value.where.endswith(where)
    with pytest.raises(InputError):
        read_boxes(tmp_path / "none.csv")
    (tmp_path / "c.csv.gz").write_bytes(gzip.compress(nih.encode())[:-9])
    with pytest.raises(InputError):
        read_boxes(tmp_path / "c.csv.gz")
