"""Plots are well-formed, complete, and take hostile names as text."""

from xml.etree import ElementTree

import pytest

from annotator.dataset.plots import bars, line, scatter

SVG = "{http://www.w3.org/2000/svg}"


def parse(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)


def test_bars_are_as_long_as_their_values() -> None:
    root = parse(bars({"a": 10, "b": 5, "": 0}, title="T <x>", unit="people"))
    widths = [float(rect.attrib["width"]) for rect in root.iter(f"{SVG}rect")]
    assert widths[0] == pytest.approx(2 * widths[1], abs=0.1) and widths[2] == 1
    assert [t.text for t in root.iter(f"{SVG}title")] == ["a: 10 people", "b: 5 people", "not given: 0 people"]
    assert root.attrib["aria-label"] == "T <x>"


def test_beyond_two_dozen_the_rest_is_one_bar() -> None:
    root = parse(bars({f"s{i}": 1 for i in range(40)}, title="T"))
    titles = [t.text for t in root.iter(f"{SVG}title")]
    assert len(titles) == 24 and titles[-1] == "17 others: 17"


def test_a_line_goes_through_its_points() -> None:
    root = parse(line([(0, 0), (5, 1), (10, 4)], title="T", x_label="crops", y_label="loss"))
    (path,) = [p.attrib["points"] for p in root.iter(f"{SVG}polyline")]
    (x0, y0), (x1, y1), (x2, y2) = [tuple(map(float, p.split(","))) for p in path.split()]
    assert x1 == pytest.approx((x0 + x2) / 2) and y0 - y1 == pytest.approx((y0 - y2) / 4, abs=0.1)


def test_groups_differ_by_colour_and_shape() -> None:
    points = [(float(i), float(i % 3), f"g{i % 12}", "<b>") for i in range(36)]
    root = parse(scatter(points, title="T"))
    marks = [*root.iter(f"{SVG}circle"), *root.iter(f"{SVG}polygon")]
    assert len(marks) == 36 + 8 and len({mark.attrib["fill"] for mark in marks}) == 8
    assert "others" in [t.text for t in root.iter(f"{SVG}text")]
    parse(scatter([(1.0, 1.0, "one", "alone")], title="T"))


@pytest.mark.parametrize(
    "empty", [bars({}, title="T"), line([(0, 1)], title="T", x_label="", y_label=""), scatter([], title="T")]
)
def test_nothing_to_show_is_said(empty: str) -> None:
    assert "Nothing to show yet." in [t.text for t in parse(empty).iter(f"{SVG}text")]


def test_hostile_names_are_text() -> None:
    name = '"><script>alert(1)</script>'
    for plot in (bars({name: 1}, title=name), scatter([(0, 0, name, name)], title=name)):
        assert not list(parse(plot).iter("script")) and "<script" not in plot
