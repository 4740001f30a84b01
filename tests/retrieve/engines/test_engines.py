"""What every engine must do, run for each of them."""

import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest
from crowd import crowd, pose
from qdrant_api import QdrantApi

from sketchpose.retrieve import Engine, Filter, Options, People, SearchableGallery, load_engine, search
from sketchpose.retrieve.descriptor import describe

ENGINES = ("numpy", "qdrant")
FILTERS = [
    Filter(),
    Filter(tags=("odd",)),
    Filter(tags=("all", "even")),
    Filter(people=2),
    Filter(without=(0, 3, 4)),
    Filter(tags=("odd",), people=3, without=(1,)),
    Filter(tags=("unheard of",)),
]


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A Qdrant node with Qdrant's own storage and search, see ``edge_server``."""
    pytest.importorskip("qdrant_client", reason="the Qdrant engine is an optional install")
    pytest.importorskip("qdrant_edge", reason="Qdrant's own storage and search are in the package qdrant-edge-py")
    from edge_server import EdgeServer

    with EdgeServer(tmp_path_factory.mktemp("qdrant")) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def make(name: str, request: pytest.FixtureRequest) -> Engine:
    """An engine by name; one that asks a server gets the test's own."""
    if name == "numpy":
        return load_engine()
    return load_engine(name, url=request.getfixturevalue("node").url, collection="contract")


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    return make(request.param, request)


def brute_force(people: People, space: str, query: np.ndarray, k: int, where: Filter) -> list[int]:
    described = describe(people.keypoints, people.scores)
    scores = getattr(described, space) @ query
    mask = where.mask(people)
    rows = [row for row in np.argsort(-scores) if mask is None or mask[row]]
    return rows[:k]


@pytest.mark.parametrize("space", ["same", "any"])
@pytest.mark.parametrize("where", FILTERS, ids=repr)
def test_the_greatest_products_come_first(engine: Engine, space: Any, where: Filter) -> None:
    people = crowd(80)
    engine.load(people, describe(people.keypoints, people.scores))
    asked = people.keypoints[[3, 40]] + np.float32(0.5)
    queries = getattr(describe(asked, people.scores[:2]), space)
    found = engine.nearest(space, queries, 9, where)
    assert [rows.tolist() for rows in found] == [brute_force(people, space, query, 9, where) for query in queries]


def test_a_gallery_may_be_small_or_empty(engine: Engine) -> None:
    people = crowd(2)
    engine.load(people, describe(people.keypoints, people.scores))
    query = describe(people.keypoints[:1], people.scores[:1]).same
    assert sorted(engine.nearest("same", query, 50, Filter())[0].tolist()) == [0, 1]
    nobody = crowd(0)
    engine.load(nobody, describe(nobody.keypoints, nobody.scores))
    assert engine.nearest("same", query, 50, Filter())[0].tolist() == []


def test_loading_again_replaces_what_was_there(engine: Engine) -> None:
    for people in (crowd(30), crowd(12, seed=1)):
        engine.load(people, describe(people.keypoints, people.scores))
        query = describe(people.keypoints[:1], people.scores[:1]).same
        assert sorted(engine.nearest("same", query, 99, Filter())[0].tolist()) == list(range(len(people)))


def test_asking_before_loading_is_refused(engine: Engine) -> None:
    with pytest.raises(ValueError, match="load one first"):
        engine.nearest("same", np.zeros((1, 4), np.float32), 1, Filter())


@pytest.mark.parametrize("camera", ["same", "any"])
def test_results_do_not_depend_on_the_engine(camera: Any, request: pytest.FixtureRequest) -> None:
    people = crowd(120)
    stores = [SearchableGallery(people, engine=make(name, request)) for name in ENGINES]
    options = Options(k=6, camera=camera, candidates=40, where=Filter(tags=("even",)))
    results = [[(m.row, m.score, m.mirrored) for m in search(pose(people, 11), store, options)] for store in stores]
    assert results[0] and all(result == results[0] for result in results[1:])


def test_an_unknown_engine_is_named() -> None:
    with pytest.raises(ValueError, match="no engine 'faiss'"):
        load_engine("faiss")


def test_an_unchanged_gallery_is_not_sent_twice_and_an_old_one_goes(node: Any) -> None:
    for people in (crowd(5), crowd(5), crowd(6)):
        load_engine("qdrant", url=node.url, collection="mine").load(people, describe(people.keypoints, people.scores))
    load_engine("qdrant", url=node.url, collection="other").load(people, describe(people.keypoints, people.scores))
    ours = ("mine", "other")
    sent, held = ([n.rpartition("-")[0] for n in names] for names in (node.asked["points"], node.shards))
    assert [name for name in sent if name in ours] == ["mine", "mine", "other"]
    assert sorted(name for name in held if name in ours) == ["mine", "other"]


def test_tags_and_numbers_are_indexed_on_the_server(node: Any) -> None:
    from qdrant_client import QdrantClient

    people = crowd(40)
    engine: Any = load_engine("qdrant", client=QdrantClient(url=node.url, check_compatibility=False))
    engine.load(people, describe(people.keypoints, people.scores))
    schema = node.shards[engine.collection].info().payload_schema
    assert {field: index.points for field, index in schema.items()} == {"tags": 40, "people": 40, "image": 40}


@pytest.mark.parametrize("where", [Filter(), Filter(tags=("odd",))], ids=repr)
def test_the_graph_of_a_larger_gallery_misses_hardly_anybody(node: Any, where: Filter) -> None:
    people = crowd(1500)
    described = describe(people.keypoints, people.scores)
    engine: Any = load_engine("qdrant", url=node.url)
    engine.load(people, described)
    assert node.shards[engine.collection].info().indexed_vectors_count == 2 * len(people)
    queries = describe(people.keypoints[::100] + np.float32(0.5), people.scores[::100]).same
    found = engine.nearest("same", queries, 100, where)
    exact = [brute_force(people, "same", query, 100, where) for query in queries]
    assert min(len(set(rows.tolist()) & set(best)) for rows, best in zip(found, exact, strict=True)) >= 95


class _Recorder(QdrantApi):
    """Answers as a Qdrant server does to a search, and keeps what was asked."""

    asked: list[tuple[str, str, Any, str | None]] = []

    def result(self, asked: Any) -> Any:
        """Keep what was asked, and answer so that the engine goes on."""
        self.asked.append((self.command, self.path, asked, self.headers.get("api-key")))
        if self.path.endswith("/exists"):
            return {"exists": False}
        if self.path.endswith("/points/query/batch"):
            return [{"points": [{"id": 4, "version": 0, "score": 0.5}, {"id": 1, "version": 0, "score": 0.25}]}]
        if self.path == "/collections" and self.command == "GET":
            return {"collections": []}
        if "/points" in self.path or "/index" in self.path:
            return {"operation_id": 0, "status": "completed"}
        return True


@pytest.fixture
def server() -> Iterator[str]:
    _Recorder.asked = []
    http = ThreadingHTTPServer(("127.0.0.1", 0), _Recorder)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{http.server_port}"
    http.shutdown()
    http.server_close()


@pytest.mark.filterwarnings("ignore::UserWarning")  # plain HTTP with a key, and a server of no version
def test_what_goes_over_the_wire(server: str) -> None:
    pytest.importorskip("qdrant_client", reason="the Qdrant engine is an optional install")
    engine = load_engine("qdrant", url=server, collection="wire", api_key="secret", shards=6, replicas=2)
    people = crowd(5)
    engine.load(people, describe(people.keypoints, people.scores))
    query = describe(people.keypoints[:1], people.scores[:1]).any
    found = engine.nearest("any", query, 2, Filter(tags=("odd",), people=3, without=(7,)))
    assert [rows.tolist() for rows in found] == [[4, 1]]
    assert {key for *_, key in _Recorder.asked} == {"secret"}
    bodies = {path.rpartition("wire-")[2][12:]: body for method, path, body, _ in _Recorder.asked if method != "GET"}
    assert bodies[""]["shard_number"] == 6 and bodies[""]["replication_factor"] == 2
    assert bodies[""]["vectors"]["any"] == {"size": query.shape[1], "distance": "Dot"}
    sent = bodies["/points?wait=true"]["batch"]
    assert sent["ids"] == [0, 1, 2, 3, 4]
    assert sent["payloads"][4] == {"image": 1, "people": 2, "tags": ["odd", "all"]}
    (search_body,) = bodies["/points/query/batch"]["searches"]
    assert search_body["using"] == "any" and search_body["limit"] == 2
    assert search_body["filter"] == {
        "must": [{"key": "tags", "match": {"value": "odd"}}, {"key": "people", "match": {"value": 3}}],
        "must_not": [{"key": "image", "match": {"any": [7]}}],
    }


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_server_that_is_not_there_is_named() -> None:
    pytest.importorskip("qdrant_client", reason="the Qdrant engine is an optional install")
    people = crowd(2)
    engine = load_engine("qdrant", url="http://127.0.0.1:9", timeout=2)
    with pytest.raises(ValueError, match="Qdrant at http://127.0.0.1:9 did not take the gallery"):
        engine.load(people, describe(people.keypoints, people.scores))
