from sketchpose.progress import counted


def test_every_item_is_counted_once_it_is_done() -> None:
    told: list[tuple[int, int]] = []
    for number, item in enumerate(counted("abc", 3, lambda done, total: told.append((done, total)))):
        assert len(told) == number, "the item before is done, this one is not"
        if item == "b":
            continue
    assert told == [(1, 3), (2, 3), (3, 3)] and list(counted("abc", 3, None)) == ["a", "b", "c"]
