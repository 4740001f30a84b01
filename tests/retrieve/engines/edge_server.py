"""A Qdrant server of one node for the tests: Qdrant's own storage, payload indexes and graph behind its REST API.

Qdrant is a server in Rust that no package on PyPI brings; its parts that hold and search a shard come as the package
``qdrant-edge-py``. What stands in front of them here is only what the engine asks for, by HTTP and with JSON as the
client sends it.
"""

from collections import defaultdict
from http.server import HTTPServer
from pathlib import Path
from typing import Any

import qdrant_edge as edge
from qdrant_api import QdrantApi

_GRAPH = 8
"""Points from which a graph is built and walked; a server begins at tens of thousands, and compares with all before."""
_KINDS = {"keyword": edge.PayloadSchemaType.Keyword, "integer": edge.PayloadSchemaType.Integer}
_DISTANCES = {"Dot": edge.Distance.Dot}


class EdgeServer(HTTPServer):
    """Collections by name, each a shard in a folder; one request at a time.

    Attributes:
        shards: The collections.
        asked: The collections of all requests so far, by what they ask for.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Api)
        self._folder, self._made = folder, 0
        self.shards: dict[str, edge.EdgeShard] = {}
        self.asked: dict[str, list[str]] = defaultdict(list)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.server_port}"

    def server_close(self) -> None:
        """Stop, and let go of the files."""
        super().server_close()
        for shard in self.shards.values():
            shard.close()

    def create(self, name: str, asked: Any) -> bool:
        """Make a collection of named vectors."""
        self._made += 1
        vectors = {
            space: edge.EdgeVectorParams(size=params["size"], distance=_DISTANCES[params["distance"]])
            for space, params in asked["vectors"].items()
        }
        config = edge.EdgeConfig(
            vectors=vectors,
            hnsw_config=edge.HnswIndexConfig(m=16, ef_construct=100, full_scan_threshold=1),
            optimizers=edge.EdgeOptimizersConfig(indexing_threshold=1),
        )
        self.shards[name] = edge.EdgeShard.create(str(self._folder / str(self._made)), config)
        return True

    def delete(self, name: str) -> bool:
        """Drop a collection."""
        self.shards.pop(name).close()
        return True

    def index(self, name: str, asked: Any) -> dict[str, Any]:
        """Index a field of the payload."""
        kind = _KINDS[asked["field_schema"]]
        self.shards[name].update(edge.UpdateOperation.create_field_index(asked["field_name"], kind))
        return _DONE

    def upsert(self, name: str, asked: Any) -> dict[str, Any]:
        """Take points in; what has become many gets its graph."""
        batch, shard = asked["batch"], self.shards[name]
        points = [
            edge.Point(point, {space: rows[i] for space, rows in batch["vectors"].items()}, batch["payloads"][i])
            for i, point in enumerate(batch["ids"])
        ]
        shard.update(edge.UpdateOperation.upsert_points(points))
        if len(points) >= _GRAPH:
            shard.optimize()
        return _DONE

    def query(self, name: str, asked: Any) -> list[dict[str, Any]]:
        """Answer several searches."""
        requests = [
            edge.QueryRequest(
                query=edge.Query.Nearest(search["query"]["nearest"], using=search["using"]),
                filter=_filter(search.get("filter")),
                limit=search["limit"],
                params=edge.SearchParams(hnsw_ef=search["params"]["hnsw_ef"], exact=search["params"]["exact"]),
            )
            for search in asked["searches"]
        ]
        found = self.shards[name].query_batch(edge.QueryBatchRequest(requests))
        return [{"points": [{"id": p.id, "version": p.version, "score": p.score} for p in one]} for one in found]


_DONE = {"operation_id": 0, "status": "completed"}


def _filter(asked: Any) -> edge.Filter | None:
    return asked and edge.Filter(**{way: [_condition(c) for c in asked[way]] for way in asked})


def _condition(asked: Any) -> edge.FieldCondition:
    match = asked["match"]
    wanted = edge.MatchValue(match["value"]) if "value" in match else edge.MatchAny(match["any"])
    return edge.FieldCondition(asked["key"], match=wanted)


class _Api(QdrantApi):
    server: EdgeServer

    def result(self, asked: Any) -> Any:
        """Do what is asked."""
        _, _, name, *rest = (*self.path.partition("?")[0].split("/"), "")
        held, wanted = self.server, "/".join(rest).strip("/")
        held.asked[wanted].append(name)
        match self.command, wanted:
            case "GET", "" if not name:
                return {"collections": [{"name": each} for each in held.shards]}
            case "GET", "exists":
                return {"exists": name in held.shards}
            case "PUT", "":
                return held.create(name, asked)
            case "DELETE", "":
                return held.delete(name)
            case "PUT", "index":
                return held.index(name, asked)
            case "PUT", "points":
                return held.upsert(name, asked)
            case "POST", "points/count":
                return {"count": held.shards[name].count(edge.CountRequest(exact=asked["exact"]))}
            case "POST", "points/query/batch":
                return held.query(name, asked)
            case _:
                return None
