"""Periodic cells drawn from a model: its seeds and marks on a torus."""

from __future__ import annotations

import numpy as np

from nmc_mesh.arrays import given
from nmc_mesh.doors import positive
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.periods import Periods
from nmc_mesh.grains.marks import SeedPattern
from nmc_mesh.grains.model import GrainModel
from nmc_mesh.numerics.draws import generator, poisson, uniform
from nmc_mesh.numerics.functions import cbrt
from nmc_mesh.numerics.products import determinants
from nmc_mesh.particle.model import ParticleModel, load_model, package_version
from nmc_mesh.particle.periodic import PeriodicCell
from nmc_mesh.typing import AnyArray, Floats

DEFAULT_GRAINS = 50
_MOST_GRAINS = 100_000  # images stand beside every seed (ours)


def periodic_cell(
    model: str | ParticleModel,
    seed: int | np.random.Generator = 0,
    *,
    grains: int | None = None,
    period: float | AnyArray | None = None,
    distance: float | None = None,
) -> PeriodicCell:
    """Draw a periodic polycrystal from a model: the stuff of a particle, without its shell.

    Seeds are uniform in one period; marks are drawn with the images of all seeds around,
    so that neighbours across the seam count. A particle's grains turn with their radius: here the
    radius points along x everywhere, as at a distance from the centre that is long against the
    period (ours).

    Parameters
    ----------
    model
        A model, the name of a shipped one, or the path of a model file (.toml). Its tessellation
        has to be a `GrainModel`.
    seed
        A whole number of 0 or more, or a generator; the same seed gives the same bytes.
    grains
        Number of seeds. Default: 50; with a period as a Poisson process has them in it.
    period
        Edge length of a cube in um, those of a box (3,), or three vectors, rows of (3, 3). Default:
        the cube in which the model has so many grains. With both given all lengths are scaled:
        grains grow or shrink to fit.
    distance
        How far from a particle's centre the grains are drawn as if they were, um: to laws for which
        that matters. Default: half an edge of the model's own window.

    Raises
    ------
    InputError
        If a number is not positive, no seed falls into the period, the tessellation is none of
        seeds and marks, the model has pores or seeds of another process than Poisson's, or grains
        reach across several periods.

    Examples
    --------
    >>> cell = nmc_mesh.periodic_cell("nmc-equiaxed", seed=1, grains=20)
    >>> cell.n_grains, round(float(cell.period[0]) / cell.grain_size, 3)  # cube root of 20
    (20, 2.714)
    >>> float(nmc_mesh.periodic_cell("nmc-equiaxed", grains=20, period=3.0).period[0])
    3.0
    """
    chosen = load_model(model) if not isinstance(model, ParticleModel) else model
    law = chosen.grains
    if not isinstance(law, GrainModel):
        raise InputError(
            f"a periodic cell is drawn from seeds and marks, and the model '{chosen.name}' has a "
            f"{type(law).__name__}; make a PeriodicCell of a GBPD of your own"
        )
    _check_drawn(chosen, law)
    rng = generator(seed)
    count, rows, scale = _counted(law, grains, period, rng)
    away = law.window_half if distance is None else positive(distance, "the distance")
    diagram = _drawn(law, count, rows, away, rng)
    turns = None
    if chosen.texture is not None:
        places = np.tile([away, 0.0, 0.0], (count, 1))
        turns = chosen.texture.sample(places, diagram.matrices, rng.spawn(1)[0])
    facts = {
        "model": chosen.name,
        "seed": None if isinstance(seed, np.random.Generator) else int(seed),
        "grains": count,
        "distance": away,
        "version": package_version(),
        **chosen.provenance,
    }
    scaled = GBPD(scale * diagram.seeds, diagram.matrices, scale * scale * diagram.offsets)
    return PeriodicCell(scaled, scale * rows, turns, facts)


def _check_drawn(model: ParticleModel, law: GrainModel) -> None:
    """Refuse laws that have no form on a torus yet, for leaving them out draws another model."""
    if law.seeds is not None:
        raise InputError(
            f"seeds of a periodic cell are a Poisson process, and the model '{model.name}' has a "
            f"{type(law.seeds).__name__}; leave 'seeds' of [grains] out"
        )
    if model.coating is not None:
        raise InputError(
            f"periodic cells have no surface to coat, and the model '{model.name}' has a coating; "
            "leave [coating] out"
        )
    if model.twins is not None:
        raise InputError(
            f"grains of periodic cells are whole, and the model '{model.name}' has twins; leave "
            "[twins] out"
        )
    if model.pores is not None:
        raise InputError(
            f"periodic cells are dense, and the model '{model.name}' has pores; leave [pores] out"
        )


def _counted(
    law: GrainModel, grains: int | None, period: float | AnyArray | None, rng: np.random.Generator
) -> tuple[int, Floats, float]:
    """Number of seeds, vectors of the period as the model has it, and what they are scaled by."""
    rows = None if period is None else _vectors(period)
    volume = 0.0 if rows is None else abs(float(determinants(rows)))
    if grains is None and rows is not None:
        mean = law.intensity * volume
        if mean > _MOST_GRAINS:
            raise InputError(f"{mean:.2g} grains are too many for one period; take a shorter one")
        count = poisson(rng, mean)
        if count == 0:
            raise InputError(
                f"no seed fell into a period of {volume:g} um^3; take a longer one, or say how "
                "many grains"
            )
        return count, rows, 1.0
    count = DEFAULT_GRAINS if grains is None else grains
    if isinstance(count, bool) or not isinstance(count, int | np.integer) or count < 1:
        raise InputError(f"the number of grains is a whole number of 1 or more, not {count!r}")
    if count > _MOST_GRAINS:
        raise InputError(f"{count} grains are too many for one period; take at most {_MOST_GRAINS}")
    own = float(cbrt(count / law.intensity))
    if rows is None:
        return int(count), own * np.eye(3), 1.0
    scale = float(cbrt(volume)) / own
    return int(count), rows / scale, scale


def _vectors(period: float | AnyArray) -> Floats:
    """Vectors of a period, which may be a cube or a box; refused if they are none."""
    if np.ndim(period) == 0:
        return positive(period, "the period") * np.eye(3)
    values = given(period, "the period", np.float64)
    Periods(values)
    return values if values.ndim == 2 else np.diag(values)


def _drawn(
    law: GrainModel, count: int, rows: Floats, away: float, rng: np.random.Generator
) -> GBPD:
    """Draw seeds in a period, and their marks amid the images next to them."""
    seeds = _along(uniform(rng, 0.0, 1.0, (count, 3)), rows)
    noise = uniform(rng, 0.0, 1.0, (count, 2))
    turns = uniform(rng, 0.0, np.pi, count)
    steps = np.array([0.0, -1.0, 1.0])  # the seeds themselves come first
    shares = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    periods = Periods(rows)
    moves = _along(shares, rows if periods.is_box else periods.reduced.vectors)
    centre = np.array([away, 0.0, 0.0]) - 0.5 * rows.sum(axis=0)
    around: Floats = (moves[:, None] + seeds + centre).reshape(-1, 3)
    pattern = SeedPattern(around, np.tile(noise, (27, 1)), np.tile(turns, 27))
    marks = law.marks(pattern, rng)
    radius = np.tile([away, 0.0, 0.0], (count, 1))
    diagonals, offsets = marks.diagonals[:count], marks.offsets[:count]
    matrices = GBPD.radial(radius, diagonals, turns, offsets).matrices
    return GBPD(seeds, matrices, offsets)


def _along(shares: Floats, rows: Floats) -> Floats:
    """Places with so many shares (n, 3) of three vectors."""
    return np.asarray(sum(shares[:, k, None] * rows[k] for k in range(3)))
