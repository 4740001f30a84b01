"""Records: every value comes back bit for bit, and anything else than a record is refused with its name."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from making import make_pose
from strategies import poses

from sketchpose.dataset import ImageFacts, Person, RecordError, Revision
from sketchpose.dataset.records import CONSENTS, STATUSES, NewerFormatError, seal
from sketchpose.formats.parse import MAX_INTEGER

IMAGE = ImageFacts("ab" * 32, ".png", 1234, 640, 480, "0f" * 8, "größe 😀.png")
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@st.composite
def persons(draw: st.DrawFn) -> Person:
    return Person(
        draw(st.text("abcé", min_size=1, max_size=5)),
        draw(poses()),
        draw(hnp.arrays(np.bool_, 17)),
        draw(st.booleans()),
        draw(st.none() | poses()),
        draw(st.none() | st.floats(1e-6, 1e9)),
        draw(st.booleans()),
        draw(
            st.dictionaries(
                texts, texts | st.integers(-MAX_INTEGER, MAX_INTEGER) | st.floats(-1e9, 1e9) | st.booleans() | st.none()
            )
        ),
    )


@st.composite
def revisions(draw: st.DrawFn) -> Revision:
    ids = draw(st.lists(st.uuids(), min_size=1, max_size=4, unique=True))
    words = {name: draw(texts) for name in ("author", "tool", "model", "licence", "source", "artist", "note")}
    return Revision(
        ids[0].hex,
        IMAGE,
        tuple(draw(st.lists(persons(), max_size=3, unique_by=lambda person: person.id))),
        tuple(id.hex for id in ids[1:]),
        time=draw(st.floats(0, 1e10)),
        status=draw(st.sampled_from(STATUSES)),
        deleted=draw(st.booleans()),
        consent=draw(st.sampled_from(CONSENTS)),
        tags=tuple(draw(st.lists(texts))),
        gestures=draw(st.integers(0, 10**6)),
        seconds=draw(st.floats(0, 1e6)),
        **words,
    )


@given(revisions())
def test_what_is_written_is_read_back_bit_for_bit(revision: Revision) -> None:
    again = Revision.decode(revision.encode())
    assert again == revision and again.encode() == revision.encode()
    for mine, theirs in zip(revision.persons, again.persons, strict=True):
        assert mine.pose.keypoints.tobytes() == theirs.pose.keypoints.tobytes()
        assert mine.pose.box.tobytes() == theirs.pose.box.tobytes()
        assert mine.pose.scores.tobytes() == theirs.pose.scores.tobytes()
        assert (mine.edited == theirs.edited).all() and mine.area == theirs.area


def test_a_number_that_could_not_be_read_back_is_refused_before_it_is_written() -> None:
    with pytest.raises(RecordError, match="and the limit is"):
        Person.of_pose("p1", make_pose(), attributes={"track": MAX_INTEGER + 1})


@given(revisions(), st.integers(0, 10**9), st.integers(1, 255))
def test_a_single_changed_byte_is_noticed(revision: Revision, at: int, change: int) -> None:
    content = bytearray(revision.encode().removesuffix(b"\n"))
    content[at % len(content)] ^= change
    with pytest.raises(RecordError, match=r"file\.json"):
        Revision.decode(bytes(content), "file.json")


def data() -> dict[str, Any]:
    pose = {"keypoints": [[1.5, 2.5, 2]] * 17, "scores": [1.0] * 17, "box": [0.0, 0.0, 9.0, 9.0]}
    person = {"id": "p1", "pose": {**pose, "score": 1.0, "origin": "annotation"}, "edited": [True] * 17}
    person |= {"box_fixed": False, "predicted": None, "area": None, "crowd": False, "attributes": {}}
    return Revision("12" * 16, IMAGE).to_json() | {"persons": [person]}


def put(path: str, value: object) -> Callable[[dict[str, Any]], None]:
    def change(record: dict[str, Any]) -> None:
        *way, last = path.split(".")
        for step in way:
            record = record[int(step)] if isinstance(record, list) else record[step]
        record[last] = value

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (put("author", 5), "author"),
        (put("time", -1.0), "time"),
        (put("gestures", 1.5), "gestures"),
        (put("deleted", 0), "deleted"),
        (put("status", "done"), "status"),
        (put("consent", "yes"), "consent"),
        (put("tags", ["a", 1]), "tags"),
        (put("parents", ["../../etc/passwd"]), "hex"),
        (put("id", "12"), "hex"),
        (put("surprise", 1), "surprise"),
        (put("image.hash", "AB" * 32), "hash"),
        (put("image.suffix", ".exe"), "suffix"),
        (put("image.width", 0), "picture"),
        (put("persons", {}), "persons"),
        (put("persons.0.edited", [True] * 16), "edited"),
        (put("persons.0.id", ""), "id"),
        (put("persons.0.area", 0.0), "area"),
        (put("persons.0.attributes", {"a": [1]}), "attribute"),
        (put("persons.0.attributes", [1]), "attributes"),
        (put("persons.0.pose.keypoints", [[1.0, 2.0, 2]] * 16), r"persons\[0\]\.pose: keypoints"),
        (put("persons.0.pose.keypoints", [[1.0, 2.0, 3]] * 17), "visibility"),
        (put("persons.0.pose.keypoints", [[1.0, 2.0]] * 17), r"keypoints\[0\]\[2\] is missing"),
        (put("persons.0.pose.keypoints", [[1.0, 2.0, 2], [1.0]] * 9), r"keypoints\[1\]\[1\] is missing"),
        (put("persons.0.pose.keypoints", [["1", 2.0, 2]] * 17), r"keypoints\[0\]\[0\] is '1'"),
        (put("persons.0.pose.keypoints", [[1e39, 2.0, 2]] * 17), "infinite"),
        (put("persons.0.pose.box", [5.0, 5.0, 5.0, 9.0]), "box"),
        (put("persons.0.pose.scores", [2.0] * 17), "scores"),
        (put("persons.0.pose.origin", "guess"), "origin"),
        (put("persons.0.predicted", []), "predicted"),
    ],
)
def test_wrong_values_are_refused_and_named(change: Callable[[dict[str, Any]], None], words: str) -> None:
    good = data()
    Revision.decode(seal(good), "file.json")
    change(good)
    with pytest.raises(RecordError, match=rf"file\.json.*{words}"):
        Revision.decode(seal(good), "file.json")


def test_not_a_number_is_no_number() -> None:
    content = seal(data()).replace(b"1.5", b"NaN", 1)
    with pytest.raises(RecordError, match=r"file\.json"):
        Revision.decode(content, "file.json")
    with pytest.raises(RecordError, match="file"):
        Revision.from_json(data() | {"seconds": float("nan")}, "file")


def test_a_later_format_is_told_from_a_damaged_file() -> None:
    with pytest.raises(NewerFormatError, match="update SketchPose"):
        Revision.decode(seal({"format": 2, "what": "ever"}), "file.json")


def test_edited_joints_are_found_by_comparing() -> None:
    from making import make_pose

    predicted = make_pose(1)
    points = predicted.keypoints.copy()
    points[5] += 1
    from dataclasses import replace

    pose = replace(predicted, keypoints=points)
    assert np.flatnonzero(Person.of_pose("a", pose, predicted=predicted).edited).tolist() == [5]
    assert (Person.of_pose("a", pose).edited == pose.labelled).all()


@pytest.mark.parametrize("text", ["\ud800", "x" * 5000])
def test_texts_that_cannot_be_kept_are_refused(text: str) -> None:
    with pytest.raises(RecordError, match="author"):
        Revision.make(IMAGE, author=text)
