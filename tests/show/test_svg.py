"""Plots as SVG."""

from xml.etree import ElementTree

from radmine.label.weigh.calibration import reliability
from radmine.plots import lines_svg
from radmine.show.svg import reliability_svg, spark_svg


def test_the_plot_is_an_image_with_a_dot_for_each_bin() -> None:
    bins = reliability([0.1, 0.5, 0.9, 0.92], [False, True, True, True])
    root = ElementTree.fromstring(reliability_svg(bins, title="Rules < words & more"))
    name = "{http://www.w3.org/2000/svg}"
    assert root.tag == f"{name}svg"
    assert root[0].text == "Rules < words & more"
    assert len(root.findall(f"{name}circle")) == len(bins) == 3
    assert ElementTree.fromstring(reliability_svg([])).findall(f"{name}circle") == []


NAME = "{http://www.w3.org/2000/svg}"


def test_ends_of_an_axis_are_named_and_points_stressed() -> None:
    line = [(0.0, 1.0), (2.0, 3.0)]
    drawn = lines_svg({"": line}, title="t", x="x", y="y", ends=("2020 <Q1>", "2022"), dots=[(2.0, 3.0)])
    root = ElementTree.fromstring(drawn)
    assert {"2020 <Q1>", "2022"} <= {element.text for element in root.iter(f"{NAME}text")}
    (dot,) = root.iter(f"{NAME}circle")
    (last,) = (one.get("points", "").split()[-1] for one in root.iter(f"{NAME}polyline"))
    assert f"{dot.get('cx')},{dot.get('cy')}" == last


def test_a_small_line_begins_at_nought_and_is_flat_where_nothing_is() -> None:
    root = ElementTree.fromstring(spark_svg([(0, 0.0), (1, 0.5), (2, 1.0)], title="a < b"))
    assert root[0].text == "a < b"
    ups = [float(p.split(",")[1]) for p in root[1].get("points", "").split()]
    assert ups == [26, 14, 2]
    flat = ElementTree.fromstring(spark_svg([(0, 0.0), (1, 0.0)], title=""))
    assert {p.split(",")[1] for p in flat[1].get("points", "").split()} == {"26.0"}
