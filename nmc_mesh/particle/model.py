"""The particle model: draw a shell and grains, keep what is inside, give the grains crystals."""

from __future__ import annotations

import tomllib
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib import metadata, resources
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from nmc_mesh.crystal.misorientation import MisorientationLaw
from nmc_mesh.crystal.texture import Texture
from nmc_mesh.doors import positive
from nmc_mesh.errors import InputError
from nmc_mesh.extensions import MODELS, extensions, file_problem, usable
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.profile import Profile
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.grains.model import TessellationLaw, within
from nmc_mesh.later import Shown
from nmc_mesh.numerics.draws import generator
from nmc_mesh.particle.box import kept_box, reduced, shell_box
from nmc_mesh.particle.checks import Surface, check_surface
from nmc_mesh.particle.clip import reaching_grains
from nmc_mesh.particle.coating import Coating, coated_by
from nmc_mesh.particle.counted import Architecture, Filling, architecture, filled_with
from nmc_mesh.particle.keep import kept_grains, kept_together
from nmc_mesh.particle.neighbours import with_crystals
from nmc_mesh.particle.particle import Particle
from nmc_mesh.particle.pores import Pores
from nmc_mesh.particle.twins import Twins
from nmc_mesh.shell.model import ShellLaw
from nmc_mesh.typing import Floats, Ints

if TYPE_CHECKING:
    from nmc_mesh.particle.schema import ModelTable

_WINDOW_MARGIN = 4.0
_VOXELS_PER_GRAIN = 8
_LEAST_VOXELS = 8
_NAMED = 4


@dataclass(frozen=True)
class ParticleModel(Shown):
    """Shell and grain architecture, drawn independently and overlaid on the same centre.

    Marks may look at the shell, which is drawn first (`nmc_mesh.grains.depth`); seeds never do.

    Parameters
    ----------
    name
        What the provenance of every particle says.
    shell, grains
        The two laws: a `ShellModel` and a `GrainModel`, or anything that draws as they do.
    provenance
        Where the numbers come from: dotted name -> text.
    texture
        Law of the crystals' orientations; None leaves grains without.
    pores
        Law of the pores; None leaves particles dense. Shell and grains are those without it.
    coating
        A layer on every particle; None leaves them bare.
    profiles
        Numbers by place, such as the share of nickel; their radius is that of a shell's volume.
    neighbours
        Law of the disorientations of neighbours, which the crystals that the texture drew are
        exchanged for; None leaves neighbours independent.
    twins
        Law of the lamellae that divide grains; None leaves them whole. Needs a texture.

    Examples
    --------
    >>> model = nmc_mesh.load_model("nmc-radial")
    >>> round(model.grains.grain_size, 3)  # um
    0.411

    The same architecture, without crystals:

    >>> from dataclasses import replace
    >>> bare = replace(model, texture=None)
    >>> bare.sample(3, shell=nmc_mesh.StarShape.ball(0.6)).orientations is None
    True
    """

    name: str
    shell: ShellLaw
    grains: TessellationLaw
    provenance: Mapping[str, str] = field(default_factory=dict)
    texture: Texture | None = None
    pores: Pores | None = None
    coating: Coating | None = None
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    neighbours: MisorientationLaw | None = None
    twins: Twins | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "provenance", MappingProxyType(dict(self.provenance)))
        object.__setattr__(self, "profiles", MappingProxyType(dict(self.profiles)))

    def __repr__(self) -> str:
        law = getattr(self.grains, "marks", self.grains)
        grain = f"grains of {self.grains.grain_size:.3g} um by a {type(law).__name__}"
        parts = [repr(self.name[:60]), f"shells by a {type(self.shell).__name__}", grain]
        parts += ["no texture"] if self.texture is None else [type(self.texture).__name__]
        parts += [] if self.neighbours is None else ["neighbours by a law"]
        parts += [] if self.pores is None else [f"{100 * self.pores.fraction:g} % pores"]
        parts += [] if self.twins is None else [f"twins in {100 * self.twins.share:g} % of grains"]
        parts += [] if self.coating is None else [f"coated by {self.coating.thickness:g} um"]
        return f"ParticleModel({', '.join(parts)})"

    def __reduce__(self) -> tuple[Any, ...]:
        parts = (self.name, self.shell, self.grains, dict(self.provenance))
        laws = (self.texture, self.pores, self.coating, dict(self.profiles), self.neighbours)
        return (ParticleModel, (*parts, *laws, self.twins))

    def sample(
        self,
        seed: int | np.random.Generator,
        diameter: float | None = None,
        shell: StarShape | None = None,
        surface: Surface = "grains",
        *,
        grains: int | None = None,
    ) -> Particle:
        """Draw one particle; the same seed gives the same bytes on any number of threads.

        Parameters
        ----------
        seed
            A non-negative number, or a generator (which is moved on).
        diameter
            Volume-equivalent diameter of the shell in um; default: as the model draws it. The
            coefficients of l >= 1 are drawn by their laws and a_00 is chosen to fit, see
            ``ShellModel.sample_sized``: a small particle is rougher than a large one.
        shell
            A measured shell in place of a drawn one; it is scaled to the diameter if there is one.
        surface
            What the particle ends at: faces of whole "grains" (the paper), or the smooth "shell",
            which cuts grains off (ours).
        grains
            How many grains it shall have, in place of a diameter: grains stay as large as they
            are, the diameter is found with which the particle has so many, to 1 % (ours).

        Raises
        ------
        InputError
            If the seed is negative, the diameter or the number of grains not positive, both are
            given, or no grain fits into the shell.

        Examples
        --------
        >>> model = nmc_mesh.load_model("nmc-radial")
        >>> particle = model.sample(1, diameter=2.0)
        >>> particle.n_grains, round(particle.shell.equivalent_diameter, 9)
        (59, 2.0)
        >>> ball = nmc_mesh.StarShape.ball(0.5)
        >>> model.sample(1, shell=ball, surface="shell").shell is ball
        True
        """
        rng = generator(seed)
        shell_rng, grain_rng = rng.spawn(2)
        measured = shell is not None
        known = None if isinstance(seed, np.random.Generator) else int(seed)
        facts = {"seed": known, "diameter": diameter, "measured_shell": measured}
        if grains is not None:
            if diameter is not None:
                raise InputError("give a diameter or a number of grains, not both")
            chosen = self._with_grains(grains, shell, shell_rng, grain_rng, surface)
            facts |= {"diameter": chosen.shell.equivalent_diameter, "grains": grains}
            return self._filled(*chosen, grain_rng, facts, surface)
        if shell is not None:
            shell = shell if diameter is None else _resized(shell, diameter)
        elif diameter is None:
            shell = self.shell.sample(shell_rng)
        else:
            shell = self.shell.sample_sized(diameter, shell_rng)
        return self.fill(shell, grain_rng, facts, surface)

    def _with_grains(
        self,
        grains: int,
        measured: StarShape | None,
        shell_rng: np.random.Generator,
        grain_rng: np.random.Generator,
        surface: Surface,
    ) -> Filling:
        """Find the size of one shell, given or drawn, at which one architecture fills it so."""
        check_surface(surface)
        state = shell_rng.bit_generator.state

        def shell_of(diameter: float) -> StarShape:
            if measured is not None:
                return _resized(measured, diameter)
            shell_rng.bit_generator.state = state  # the same draw at every size
            return self.shell.sample_sized(diameter, shell_rng)

        def window(largest: StarShape) -> Architecture:
            return architecture(self.grains, largest, self._window(largest), grain_rng)

        def count(filling: Filling) -> int:
            return len(self._inside(*filling, surface))

        size = self.grains.grain_size
        return filled_with(grains, 1.0 / (size * size * size), shell_of, window, count)

    def fill(
        self,
        shell: StarShape,
        rng: np.random.Generator,
        provenance: Mapping[str, Any] = MappingProxyType({}),
        surface: Surface = "grains",
    ) -> Particle:
        """Fill a given shell, drawn or measured, with grains of this model.

        Parameters
        ----------
        shell
            The outer shell, um.
        rng
            Draws the architecture; a stream spawned from it draws the orientations, so that
            another texture leaves the grains as they are.
        provenance
            What else to write into the particle's provenance.
        surface
            What the particle ends at: see ``sample``.

        Examples
        --------
        >>> model = nmc_mesh.load_model("nmc-radial")
        >>> particle = model.fill(nmc_mesh.StarShape.ball(1.0), np.random.default_rng(1))
        >>> mean = model.grains.intensity * particle.shell.volume
        >>> particle.n_grains, round(mean)
        (56, 60)
        """
        check_surface(surface)
        whole = within(self.grains, shell).sample(self._window(shell), rng)
        return self._filled(shell, whole, rng, provenance, surface)

    def _window(self, shell: StarShape) -> float:
        """Half edge of the window of seeds that fill a shell, um."""
        return shell.max_radius + _WINDOW_MARGIN * self.grains.grain_size

    def _inside(self, shell: StarShape, whole: GBPD, surface: Surface) -> Ints:
        """Seeds whose grains the particle has."""
        spacing = self.grains.grain_size / _VOXELS_PER_GRAIN
        if surface == "shell":
            return reaching_grains(whole, shell, spacing, _LEAST_VOXELS)
        return kept_grains(whole, shell, spacing)

    def _filled(
        self,
        shell: StarShape,
        whole: GBPD,
        rng: np.random.Generator,
        provenance: Mapping[str, Any],
        surface: Surface,
    ) -> Particle:
        size = self.grains.grain_size
        spacing = size / _VOXELS_PER_GRAIN
        reach = shell.max_radius
        facts = {
            "model": self.name,
            "version": package_version(),
            "seeds_drawn": len(whole),
            "keep_spacing": spacing,
        }
        radius = 0.5 * shell.equivalent_diameter
        own = {name: part.within(radius).plain() for name, part in self.profiles.items()}
        facts |= {"profiles": own} if own else {}
        if surface == "shell":
            part = whole.subset(self._inside(shell, whole, surface))
            kept = np.arange(len(part), dtype=np.int32)
            facts |= {"surface": surface, **provenance}
            bare = Particle(shell, part, kept, None, facts, shell_box(shell), surface)
            return self._finished(bare, rng)
        kept, loose, centres = kept_together(whole, shell, spacing)
        if len(kept) == 0:
            raise InputError(
                f"no grain has its centre of mass inside a shell of "
                f"{shell.equivalent_diameter:.3g} um; choose a larger diameter"
            )
        box = kept_box(whole, kept, reach + 2 * size, spacing)
        part, kept = reduced(whole, kept, box, size)
        if len(loose):
            _tell_loose(centres)
            facts["loose_grains"] = centres.tolist()
        bare = Particle(shell, part, kept, None, {**facts, **provenance}, box)
        return self._finished(bare, rng)

    def _finished(self, bare: Particle, rng: np.random.Generator) -> Particle:
        """Give a particle crystals, pores, twins and a coating, in this order of streams."""
        dense = bare
        if self.texture is not None:
            dense = with_crystals(bare, self.texture, self.neighbours, rng.spawn(1)[0])
        whole = self._porous(dense, rng)
        if self.twins is not None:
            whole = self.twins.divide(whole, rng.spawn(1)[0])
        return coated_by(self.coating, whole, rng)

    def _porous(self, dense: Particle, rng: np.random.Generator) -> Particle:
        """Put pores into a particle; the second stream spawned draws them, texture or not."""
        if self.pores is None:
            return dense
        stream = rng.spawn(2 if self.texture is None else 1)[-1]
        return self.pores.put_into(dense, stream)


def _tell_loose(centres: Floats) -> None:
    """Warn of grains that are left out as they would float beside the particle."""
    places = "; ".join(", ".join(f"{x:.2f}" for x in place) for place in centres[:_NAMED].tolist())
    more = "; ..." if len(centres) > _NAMED else ""
    warnings.warn(
        f"grains left out, as they touch none of the others that stay: {len(centres)}, with "
        f"centres at {places}{more} um",
        stacklevel=5,
    )


def list_models() -> dict[str, str]:
    """Names of the models, shipped or of other packages, and their one-line summaries.

    Examples
    --------
    >>> {"nmc-calibrated", "nmc-equiaxed", "nmc-radial", "nmc111-ct"} <= set(nmc_mesh.list_models())
    True
    """
    return dict(_head(name, file) for name, file in sorted(_files().items()))


def load_model(name_or_path: str | Path) -> ParticleModel:
    """Return a shipped model by its name, or the model of a TOML file by its path.

    Parameters
    ----------
    name_or_path
        One of `list_models`, or the path of a model file.

    Raises
    ------
    InputError
        If there is no such model (with the nearest name), or a value in the file does not fit.
    FileError
        If the file cannot be read.

    Examples
    --------
    >>> round(nmc_mesh.load_model("nmc-radial").grains.grain_size, 3)  # um
    0.411
    """
    return model_of(load_table(name_or_path))


def model_of(table: ModelTable) -> ParticleModel:
    """Return the model that a table describes."""
    texture = None if table.texture is None else table.texture.texture()
    neighbours = None if table.texture is None else table.texture.law_of_neighbours()
    pores = None if table.pores is None else table.pores.law()
    twins = None if table.twins is None else table.twins.law()
    coating = None if table.coating is None else table.coating.layer()
    profiles = {name: part.profile() for name, part in table.profiles.items()}
    shell, grains = table.shell.model(), table.grains.model()
    laws = (texture, pores, coating, profiles, neighbours, twins)
    return ParticleModel(table.name, shell, grains, table.provenance, *laws)


def load_table(name_or_path: str | Path) -> ModelTable:
    """Return the table behind a model, as ``load_model`` finds it, with the same errors."""
    from nmc_mesh.particle.schema import read_model

    name, files = str(name_or_path), _files()
    if name in files:
        return _of_file(name, files[name])
    if name.endswith(".toml") or Path(name).is_file():
        return read_model(Path(name))
    guess = get_close_matches(name, files, n=1, cutoff=0.4)
    hint = f"perhaps you meant '{guess[0]}'" if guess else f"there are {', '.join(sorted(files))}"
    raise InputError(f"there is no model '{name}'; {hint}, or give the path of a .toml file")


def _files() -> dict[str, Traversable]:
    own = shipped()
    return usable(extensions(MODELS, own, file_problem)) | own


def shipped() -> dict[str, Traversable]:
    """Files of the models of this package, by name."""
    folder = resources.files("nmc_mesh") / "presets"
    return {file.name[:-5]: file for file in folder.iterdir() if file.name.endswith(".toml")}


def _head(name: str, file: Traversable) -> tuple[str, str]:
    """Name and summary of a model; what checks its numbers takes longer to load than a list may."""
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
        head = (values["name"], values["summary"])
    except (ValueError, LookupError):
        head = (None, None)
    if all(isinstance(part, str) for part in head):
        return head
    table = _of_file(name, file)  # which says what is wrong
    return table.name, table.summary


def _of_file(name: str, file: Traversable) -> ModelTable:
    from nmc_mesh.particle.schema import parse_model

    return parse_model(file.read_text(encoding="utf-8"), f"model {name}")


def _resized(shell: StarShape, diameter: float) -> StarShape:
    positive(diameter, "the diameter")
    return shell.scaled(diameter / shell.equivalent_diameter)


def package_version() -> str:
    """Version of this package, as provenance has it."""
    try:
        return metadata.version("nmc-mesh")
    except metadata.PackageNotFoundError:
        return "unknown"
