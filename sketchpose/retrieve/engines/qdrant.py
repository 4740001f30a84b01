"""Candidates from a Qdrant server or cluster, for galleries that one machine should not hold.

One point per person: its number is the row, its two named vectors are the descriptors, its payload is the picture, how
many people are in it, and its tags. A gallery lies in a collection whose name ends in a digest of what it holds: an
unchanged gallery is not sent twice, a changed one is built beside the old one, which goes when the new one is complete.
Poses and pictures stay where the gallery is.
"""

import hashlib
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sketchpose.retrieve.descriptor import DESCRIPTOR_VERSION, Descriptors
from sketchpose.retrieve.engines.base import Space
from sketchpose.retrieve.people import Filter, Floats, People, Rows

if TYPE_CHECKING:
    from qdrant_client import QdrantClient

INSTALL: Final = "pip install qdrant-client==1.20.0"
_BATCH: Final = 512
_EFFORT: Final = 512
"""Length of the candidate list while the server's graph is walked (``hnsw_ef``): more than twice what is asked for."""


class QdrantEngine:
    """Asks a Qdrant server for the nearest people."""

    def __init__(
        self,
        url: str = "http://localhost:6333",
        collection: str = "sketchpose",
        *,
        api_key: str | None = None,
        shards: int | None = None,
        replicas: int | None = None,
        exact: bool = False,
        timeout: int = 60,
        client: "QdrantClient | None" = None,
    ) -> None:
        """Connect to a server.

        Args:
            url: Of the server or of any node of a cluster.
            collection: Beginning of the collection's name; give each gallery its own.
            api_key: If the server asks for one.
            shards: Over how many parts a new collection is spread; the server's default if None.
            replicas: How many copies of each part a new collection has; the server's default if None.
            exact: Compare with everybody instead of walking the server's graph.
            timeout: Seconds per request.
            client: An open client, which is used instead of ``url``.

        Raises:
            ValueError: The package qdrant-client is not installed.
        """
        try:
            from qdrant_client import QdrantClient, models
        except ImportError:
            raise ValueError(f"The engine 'qdrant' needs the package qdrant-client: {INSTALL}") from None
        self._models: Any = models
        self._client = client or QdrantClient(url=url, api_key=api_key, timeout=timeout, check_compatibility=False)
        self._where = url if client is None else "the given client"
        self._prefix, self._name = collection, ""
        self._shards, self._replicas = shards, replicas
        self._exact = exact

    @property
    def collection(self) -> str:
        """Name of the collection that is searched; empty before ``load``."""
        return self._name

    def load(self, people: People, descriptors: Descriptors) -> None:
        """Take a whole gallery in unless the server holds it already; see ``Engine``.

        Raises:
            ValueError: The server cannot be reached or refuses.
        """
        name = f"{self._prefix}-{digest(people)}"
        try:
            if not self._holds(name, len(people)):
                self._create(name, descriptors)
                self._send(name, people, descriptors)
            self._name = name
            for old in self._client.get_collections().collections:
                if old.name != name and old.name.rpartition("-")[0] == self._prefix:
                    self._client.delete_collection(old.name)
        except Exception as error:  # the client raises transport, protocol and pydantic errors without a common base
            raise ValueError(f"Qdrant at {self._where} did not take the gallery: {error}") from error

    def _holds(self, name: str, count: int) -> bool:
        return bool(self._client.collection_exists(name)) and self._client.count(name, exact=True).count == count

    def _create(self, name: str, descriptors: Descriptors) -> None:
        models = self._models
        if self._client.collection_exists(name):
            self._client.delete_collection(name)
        vectors = {
            space: models.VectorParams(size=array.shape[1], distance=models.Distance.DOT)
            for space, array in (("same", descriptors.same), ("any", descriptors.any))
        }
        self._client.create_collection(
            name, vectors_config=vectors, shard_number=self._shards, replication_factor=self._replicas
        )
        kinds = models.PayloadSchemaType
        for field, kind in (("tags", kinds.KEYWORD), ("people", kinds.INTEGER), ("image", kinds.INTEGER)):
            self._client.create_payload_index(name, field_name=field, field_schema=kind)

    def _send(self, name: str, people: People, descriptors: Descriptors) -> None:
        for start in range(0, len(people), _BATCH):
            rows = range(start, min(start + _BATCH, len(people)))
            batch = self._models.Batch(
                ids=list(rows),
                vectors={
                    "same": descriptors.same[start : rows.stop].tolist(),
                    "any": descriptors.any[start : rows.stop].tolist(),
                },
                payloads=[
                    {
                        "image": int(people.image[row]),
                        "people": int(people.count[row]),
                        "tags": list(people.tags[people.image[row]]) if people.tags else [],
                    }
                    for row in rows
                ],
            )
            self._client.upsert(name, points=batch, wait=True)

    def nearest(self, space: Space, queries: Floats, k: int, where: Filter) -> list[Rows]:
        """Find the rows that fit best; see ``Engine``.

        Raises:
            ValueError: No gallery is loaded, or the server cannot be reached or refuses.
        """
        if not self._name:
            raise ValueError("The engine holds no gallery yet; load one first.")
        models = self._models
        requests = [
            models.QueryRequest(
                query=query.tolist(),
                using=space,
                filter=self._filter(where),
                limit=k,
                params=models.SearchParams(exact=self._exact, hnsw_ef=max(_EFFORT, 2 * k)),
            )
            for query in queries
        ]
        try:
            answers = self._client.query_batch_points(self._name, requests=requests)
        except Exception as error:  # as in load
            raise ValueError(f"Qdrant at {self._where} did not answer: {error}") from error
        return [np.array([int(point.id) for point in answer.points], np.int64) for answer in answers]

    def _filter(self, where: Filter) -> Any:
        models = self._models
        if not where:
            return None
        field: Any = models.FieldCondition
        must = [field(key="tags", match=models.MatchValue(value=tag)) for tag in where.tags]
        if where.people is not None:
            must.append(field(key="people", match=models.MatchValue(value=where.people)))
        without = [field(key="image", match=models.MatchAny(any=list(where.without)))] if where.without else []
        return models.Filter(must=must, must_not=without)


def digest(people: People) -> str:
    """Twelve hexadecimal digits of what a gallery holds and how it is described."""
    content = hashlib.sha256(f"{DESCRIPTOR_VERSION}".encode())
    for array in (people.keypoints, people.scores, people.image):
        content.update(array.tobytes())
    content.update(repr([tuple(tags) for tags in people.tags]).encode())
    return content.hexdigest()[:12]
