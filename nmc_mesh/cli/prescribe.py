"""Options that prescribe the grains' statistics in space."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from nmc_mesh.cli.options import Command, adding

if TYPE_CHECKING:
    from nmc_mesh.particle.model import ParticleModel

_OPTIONS = (
    click.option(
        "--grain-size", type=float, metavar="UM",
        help="Prescribe the grains: their mean volume-equivalent diameter; with the two below.",
    ),
    click.option(
        "--aspect", type=float, metavar="RATIO",
        help="Their mean elongation in space, toward the centre: 1.4 to 4.4.",
    ),
    click.option(
        "--size-cv", type=float, metavar="SHARE",
        help="Standard deviation over mean of their volume-equivalent diameters: 0.15 to 0.44.",
    ),
)  # fmt: skip


def prescribing(command: Command) -> Command:
    """Add the options that prescribe grains."""
    return adding(_OPTIONS, command)


def chosen_model(
    name: str, grain_size: float | None, aspect: float | None, size_cv: float | None
) -> str | ParticleModel:
    """Return the model of this name, or it with prescribed grains in place of its own."""
    from dataclasses import replace

    from nmc_mesh.errors import InputError
    from nmc_mesh.grains.prescribed import prescribed_grains
    from nmc_mesh.particle.model import load_model

    if grain_size is None and aspect is None and size_cv is None:
        return name
    if grain_size is None or aspect is None or size_cv is None:
        raise InputError(
            "prescribed grains need a size, an elongation and a scatter: "
            "--grain-size 0.5 --aspect 2 --size-cv 0.3"
        )
    grains = prescribed_grains(grain_size, aspect, size_cv)
    model = load_model(name)
    statement = f"grains of {grain_size:g} um, aspect {aspect:g}, cv {size_cv:g}"
    return replace(model, name=f"{model.name} with {statement}", grains=grains)
