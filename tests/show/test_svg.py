"""Plots as SVG."""

from xml.etree import ElementTree

from radmine.label.weigh.calibration import reliability
from radmine.show.svg import reliability_svg


def test_the_plot_is_an_image_with_a_dot_for_each_bin() -> None:
    bins = reliability([0.1, 0.5, 0.9, 0.92], [False, True, True, True])
    root = ElementTree.fromstring(reliability_svg(bins, title="Rules < words & more"))
    name = "{http://www.w3.org/2000/svg}"
    assert root.tag == f"{name}svg"
    assert root[0].text == "Rules < words & more"
    assert len(root.findall(f"{name}circle")) == len(bins) == 3
    assert ElementTree.fromstring(reliability_svg([])).findall(f"{name}circle") == []
