"""Names and sentences from strangers."""

import pytest

from sketchpose.text import base_name, markdown, printable


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("figure.png", "figure.png"),
        ("C:\\Users\\ada\\secret project\\p.png", "p.png"),
        ("/home/ada/p.png", "p.png"),
        ("https://bucket.example.org/x/p%201.png?X-Amz-Signature=a/b.png", "p 1.png"),
        ("p.png?token=1", "p.png"),
        ("what?.png", "what?.png"),
        ("50%20grey.png", "50%20grey.png"),
        ("fig\u0075\u0308r.png", "fig\u00fcr.png"),
        ("a\x1b[31mb\x07.png", "a_[31mb_.png"),
        ("caf\udce9.png", "caf_.png"),
        ("gpj.\u202egnp", "gpj._gnp"),
        ("a/", "a"),
        ("", ""),
        ("x" * 500 + ".png", "x" * 196 + ".png"),
    ],
)
def test_only_a_clean_base_name_is_kept(text: str, name: str) -> None:
    assert base_name(text) == name


def test_terminal_escapes_are_spelled_out() -> None:
    assert printable("a\x1b]0;x\x07b\n\udce9é") == "a\\x1b]0;x\\x07b\\n\\udce9é"


def test_markup_is_shown_as_it_is() -> None:
    assert markdown("![x](http://evil/p.png)\n<img src=x>") == (
        "&#33;&#91;x&#93;&#40;http&#58;//evil/p.png&#41; &#60;img src&#61;x&#62;"
    )
    assert markdown("Ada's sketch-book, 1.2/3 é") == "Ada's sketch-book, 1.2/3 é"
