"""`radmine findings`: lists them, finds one by a word, names what is near."""

from pathlib import Path

from radmine.findings import load_findings
from tests.cli.commands import objects, radmine


def test_all_are_listed(tmp_path: Path) -> None:
    lines = radmine("findings", home=tmp_path).stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(load_findings())


def test_one_is_found_by_a_synonym_with_what_else_it_is_called(tmp_path: Path) -> None:
    (stone,) = objects(radmine("findings", "cholelithiasis", "--json", home=tmp_path))
    assert (stone["name"], stone["title"]) == ("gallstone", "Gallstone")
    assert stone["codes"] == list(load_findings()["gallstone"].codes) != []
    shown = radmine("findings", "Rib_Fracture", home=tmp_path).stdout
    assert "rib_fracture" in shown
    assert "codes: ICD10:S22.3" in shown
    assert "kind of: fracture" in shown


def test_what_is_near_is_shown_and_nothing_near_is_an_error(tmp_path: Path) -> None:
    assert radmine("findings", "gallston3", home=tmp_path).stdout.startswith("gallstone")
    assert radmine("findings", "qqq", home=tmp_path).returncode == 2
    assert radmine("findings", "--home", "x", home=tmp_path).returncode == 2
