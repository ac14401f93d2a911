"""Make a data set, pack it, and learn from it how many grains a cubic micrometre has.

python examples/dataset_learn.py
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch.utils.data import DataLoader

from nmc_mesh.dataset import Settings, load_recipe, make_dataset, pack_dataset
from nmc_mesh.dataset.learn import ParticleStream

PLAN = Path(__file__).with_name("dataset_sizes.toml")
SHAPE = (48, 48, 48)


def main(folder: Path = Path("particles"), plan: Path = PLAN, processes: int = 1) -> float:
    """Return the slope of grains over volume in 1/um^3, fitted on batches from the loader."""
    make_dataset(load_recipe(plan), folder, Settings(processes=processes))
    pack_dataset(folder)
    stream = ParticleStream(folder, shape=SHAPE, columns=("grains",), seed=0)
    weight = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([weight])
    batches = list(DataLoader(stream, batch_size=8))

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        total = torch.zeros((), dtype=torch.float64)
        for batch in batches:
            inside = (batch["labels"] > 0).sum(dim=(1, 2, 3))
            volume = inside * batch["spacing"].prod(dim=1)
            total = total + ((weight * volume - batch["grains"]) ** 2).sum()
        total.backward()
        return total

    for _ in range(5):
        optimizer.step(loss)
    return weight.item()


if __name__ == "__main__":
    print(f"{main():.2f} grains per cubic micrometre; the model has 14.4 seeds")
