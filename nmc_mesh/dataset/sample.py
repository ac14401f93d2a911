"""The plan to start from; alone here, so that writing it loads nothing that checks plans."""

from __future__ import annotations

from importlib import resources

SAMPLE = "sample_plan.toml"


def sample_plan() -> str:
    """Text of a commented plan to start from."""
    file = resources.files("nmc_mesh") / "dataset" / SAMPLE
    return file.read_text(encoding="utf-8")
