from pathlib import Path

import pytest

COMPOSE = Path(__file__).parents[3] / "examples" / "qdrant-cluster" / "compose.yaml"


def test_three_nodes_with_disks_of_their_own_find_each_other() -> None:
    yaml = pytest.importorskip("yaml", reason="reads the compose file")
    nodes = yaml.safe_load(COMPOSE.read_text())["services"]
    assert len(nodes) == 3
    for name, node in nodes.items():
        uri = f"http://{name}:6335"
        assert node["command"][node["command"].index("--uri") + 1] == uri
        assert ("--bootstrap" in node["command"]) == (name != "first")
        assert node["volumes"] == [f"{name}:/qdrant/storage"]
        assert node["environment"]["QDRANT__CLUSTER__ENABLED"] == "true"
        assert ":?" in node["environment"]["QDRANT__SERVICE__API_KEY"]
    assert all(port.startswith("127.0.0.1:") for node in nodes.values() for port in node.get("ports", []))
