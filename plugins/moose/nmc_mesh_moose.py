"""Write what MOOSE needs for the chemo-mechanics of a particle; check an input against its mesh.

    python nmc_mesh_moose.py write particle.e FOLDER [--cohesive]
    python nmc_mesh_moose.py check FOLDER/particle.i

``write_moose`` makes ``particle.e`` (Exodus II, a block per grain), ``particle.i`` and, if the mesh
knows orientations, ``particle_orientations.csv`` for ``PropertyReadFile``.
"""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Literal

import numpy as np
from scipy.io import netcdf_file

import nmc_mesh
from nmc_mesh.crystal.orientation import crystal_axes
from nmc_mesh.errors import FileError, InputError
from nmc_mesh.io.crystals import informed
from nmc_mesh.mesh.groups import grain_name
from nmc_mesh.mesh.tables import grain_table

TEMPLATE = Path(__file__).with_name("chemo_mechanics.i")
VOIGT = [0, 1, 2, 1, 0, 0], [0, 1, 2, 2, 2, 1]
"""MOOSE's order of the six components of a symmetric tensor: 11 22 33 23 13 12."""


@dataclass(frozen=True)
class Material:
    """A crystal that is isotropic in its plane; along the plane (a) and along the c axis.

    The defaults are examples of the right size, not measured values: replace them.
    """

    diffusivity: tuple[float, float] = (1e-2, 1e-4)
    """um^2/s."""
    strain: tuple[float, float] = (0.02, -0.03)
    """Strain per unit of content."""
    stiffness: tuple[float, float, float, float, float] = (250.0, 80.0, 60.0, 180.0, 50.0)
    """C11, C12, C13, C33, C44 in GPa."""


@dataclass(frozen=True)
class Load:
    """Change of the mean content: from ``start``, at ``rate`` per second, over ``time`` seconds."""

    start: float = 0.9
    rate: float = -0.5 / 3600
    time: float = 3600.0


@dataclass(frozen=True)
class Seam:
    """Law of grain boundaries that may open: bilinear, mixed modes, and a penalty for diffusion.

    The defaults are examples of the right size, not measured values: replace them.
    """

    stiffness: float = 1e3
    """GPa/um."""
    strength: tuple[float, float] = (0.1, 0.1)
    """Normal and shear, GPa."""
    toughness: tuple[float, float] = (1e-3, 1e-3)
    """Modes I and II, GPa um = kJ/m^2."""
    mixing: float = 2.0
    """Exponent of Benzeggagh and Kenane."""
    viscosity: float = 1e-3
    """s; eases convergence while a boundary opens."""
    passage: float = 1.0
    """Penalty that keeps the content equal on both sides, um/s."""


class Deck(Template):
    """A text with places like @name; MOOSE has ${...} for its own."""

    delimiter = "@"


def write_moose(
    folder: Path,
    mesh: nmc_mesh.TetMesh,
    name: str = "particle",
    material: Material | None = None,
    load: Load | None = None,
    seam: Seam | None = None,
) -> list[Path]:
    """Write mesh, input and orientations.

    With a seam the input opens the boundaries (``BreakMeshByBlockGenerator``) and puts cohesive
    zones there; the mesh then has no side sets of pairs, whose names would clash. With
    orientations, D, beta and C of a grain are those of the material turned by R, as in
    D = R diag(D_a, D_a, D_c) R^T; without, they are the isotropic means, and a warning says so.

    Returns
    -------
    list of Path
        The files, the input first.
    """
    material, load = material or Material(), load or Load()
    table = grain_table(mesh)
    deck, turned = folder / f"{name}.i", "orientation" in table
    if not turned:
        warnings.warn(
            "the mesh knows no orientations: all grains get the same isotropic material; take a "
            "particle of a model with a texture, with its tables (.json) beside the mesh",
            UserWarning,
            stacklevel=2,
        )
    text = Deck(TEMPLATE.read_text(encoding="utf-8")).substitute(
        name=name,
        grains=len(table["id"]),
        c_start=load.start,
        rate=repr(load.rate),
        end_time=load.time,
        volume=repr(float(table["volume"].sum())),
        area=repr(float(table["outer_area"].sum())),
        pairs=(
            "" if seam else " and grain_00001_grain_00002, ... (one-sided, on\n  # the lower grain)"
        ),
        opened=_opened() if seam else "",
        passage=_passage(seam) if seam else "",
        zone=_zone() if seam else "",
        pins="".join(_pins(mesh, "opened" if seam else "particle")),
        holds="".join(_holds()),
        diffusion_kernel="MatAnisoDiffusion" if turned else "MatDiffusion",
        orientations=_reader(name, int(table["id"][-1])) if turned else "",
        materials="".join(_turned(table, material) if turned else _isotropic(material))
        + (_law(seam) if seam else ""),
    )
    pairs: Literal["auto", "none"] = "none" if seam else "auto"
    nmc_mesh.write(folder / f"{name}.e", mesh, blocks="grain", boundaries=pairs)
    files = [deck, folder / f"{name}.e"]
    if turned:
        files.append(folder / f"{name}_orientations.csv")
        _write_angles(files[-1], table)
    deck.write_text(text, encoding="utf-8")
    return files


def _block(name: str, depth: int = 1, **options: object) -> str:
    """Format a block of an input; options with blanks get quotes."""
    pad = "  " * depth
    lines = [f"{pad}[{name}]\n"]
    for key, value in options.items():
        text = str(value)
        lines.append(f"{pad}  {key} = {text!r}\n" if " " in text else f"{pad}  {key} = {text}\n")
    return "".join([*lines, f"{pad}[]\n"])


def _opened() -> str:
    """Nodes of grain boundaries in two; all interfaces in one side set, ``interface``."""
    return _block(
        "opened", type="BreakMeshByBlockGenerator", input="particle", split_interface="false"
    )


def _passage(seam: Seam) -> str:
    kernel = _block(
        "passage",
        type="PenaltyInterfaceDiffusion",
        variable="c",
        neighbor_var="c",
        boundary="interface",
        penalty=repr(seam.passage),
    )
    why = "# Lithium passes the boundaries: a penalty keeps c equal on both sides.\n"
    return f"{why}[InterfaceKernels]\n{kernel}[]\n\n"


def _zone() -> str:
    """Tractions at the interface; its law is among the materials."""
    zone = _block("seams", strain="SMALL", boundary="interface")
    was = "\n# Before 2024 this block was [Modules/TensorMechanics/CohesiveZoneMaster].\n"
    return f"{was}[Physics/SolidMechanics/CohesiveZone]\n{zone}[]\n"


def _law(seam: Seam) -> str:
    return _block(
        "seams",
        type="BiLinearMixedModeTraction",
        boundary="interface",
        penalty_stiffness=repr(seam.stiffness),
        normal_strength=repr(seam.strength[0]),
        shear_strength=repr(seam.strength[1]),
        GI_c=repr(seam.toughness[0]),
        GII_c=repr(seam.toughness[1]),
        eta=repr(seam.mixing),
        viscosity=repr(seam.viscosity),
    )


def _pins(mesh: nmc_mesh.TetMesh, before: str) -> Iterator[str]:
    """Node sets pin_a, pin_b, far apart in x, and pin_c, off the line between them in y."""
    outer = np.unique(mesh.facets[mesh.outer][:, :3])
    places = mesh.points[outer]
    a, b = places[places[:, 0].argmin()], places[places[:, 0].argmax()]
    line = a[1] + (b[1] - a[1]) * (places[:, 0] - a[0]) / (b[0] - a[0])
    c = places[np.abs(places[:, 1] - line).argmax()]
    for letter, place in zip("abc", (a, b, c), strict=True):
        yield _block(
            f"pin_{letter}",
            type="ExtraNodesetGenerator",
            input=before,
            new_boundary=f"pin_{letter}",
            coord=" ".join(map(repr, place.tolist())),
            use_closest_node="true",
        )
        before = f"pin_{letter}"


def _holds() -> Iterator[str]:
    for pin, axes in (("a", "xyz"), ("b", "yz"), ("c", "z")):
        for axis in axes:
            yield _block(
                f"hold_{pin}_{axis}",
                type="DirichletBC",
                variable=f"disp_{axis}",
                boundary=f"pin_{pin}",
                value=0,
            )


def _reader(name: str, blocks: int) -> str:
    reader = _block(
        "orientations",
        type="PropertyReadFile",
        prop_file_name=f"{name}_orientations.csv",
        read_type="block",
        nprop=3,
        nblock=blocks,
        use_zero_based_block_indexing="false",
    )
    return (
        "\n# Bunge's angles in degrees, row k for block k. ComputeElasticityTensorCP turns by\n"
        "# them from crystal to sample; ComputeElasticityTensor would turn the other way round.\n"
        f"[UserObjects]\n{reader}[]\n"
    )


def _write_angles(path: Path, table: dict[str, np.ndarray]) -> None:
    """Write a row per block from 1 on; blocks that do not occur have zeros."""
    rows = np.zeros((int(table["id"][-1]), 3))
    rows[table["id"] - 1] = np.degrees(table["bunge"])
    path.write_text("".join(f"{a!r},{b!r},{c!r}\n" for a, b, c in rows.tolist()))


def _stiffness(material: Material) -> str:
    """C1111 C1122 C1133 C2222 C2233 C3333 C2323 C1313 C1212."""
    c11, c12, c13, c33, c44 = material.stiffness
    values = (c11, c12, c13, c11, c13, c33, c44, c44, (c11 - c12) / 2)
    return " ".join(map(repr, values))


def _turned(table: dict[str, np.ndarray], material: Material) -> Iterator[str]:
    yield _block(
        "stiffness",
        type="ComputeElasticityTensorCP",
        fill_method="symmetric9",
        C_ijkl=_stiffness(material),
        read_prop_user_object="orientations",
    )
    turns = crystal_axes(table["orientation"])
    for grain, turn in zip(table["id"].tolist(), turns, strict=True):
        (d_a, d_c), (e_a, e_c) = material.diffusivity, material.strain
        spread = turn @ np.diag([d_a, d_a, d_c]) @ turn.T
        strain = turn @ np.diag([e_a, e_a, e_c]) @ turn.T
        yield _block(
            f"lithiation_{grain:05d}",
            type="ComputeVariableEigenstrain",
            block=grain_name(grain),
            args="c",
            prefactor="swelling",
            eigenstrain_name="lithiation",
            eigen_base=" ".join(map(repr, strain[VOIGT].tolist())),
        )
        yield _block(
            f"diffusivity_{grain:05d}",
            type="ConstantAnisotropicMobility",
            block=grain_name(grain),
            M_name="D",
            tensor=" ".join(map(repr, spread.ravel().tolist())),
        )


def _isotropic(material: Material) -> Iterator[str]:
    """Means over all directions; bulk and shear modulus are those of Voigt."""
    c11, c12, c13, c33, c44 = material.stiffness
    bulk = (2 * c11 + 2 * c12 + 4 * c13 + c33) / 9
    shear = (7 * c11 - 5 * c12 - 4 * c13 + 2 * c33 + 12 * c44) / 30
    strain = (2 * material.strain[0] + material.strain[1]) / 3
    yield _block(
        "stiffness",
        type="ComputeIsotropicElasticityTensor",
        bulk_modulus=repr(bulk),
        shear_modulus=repr(shear),
    )
    yield _block(
        "lithiation",
        type="ComputeVariableEigenstrain",
        args="c",
        prefactor="swelling",
        eigenstrain_name="lithiation",
        eigen_base=" ".join([repr(strain)] * 3 + ["0"] * 3),
    )
    yield _block(
        "diffusivity",
        type="GenericConstantMaterial",
        prop_names="D",
        prop_values=repr((2 * material.diffusivity[0] + material.diffusivity[1]) / 3),
    )


def check_input(path: Path) -> list[str]:
    """Compare the names in an input with its mesh; one line for each thing that does not fit.

    Blocks and boundaries have to be in the Exodus file, by name or number, or be made by the input
    itself; the file of a ``PropertyReadFile`` has to have a row for every block up to the highest.
    """
    options = list(_options(path.read_text(encoding="utf-8")))
    files = [value for key, value in options if key == "file"]
    if len(files) != 1:
        return [f"{path} names {len(files)} mesh files, expected one"]
    try:
        blocks, boundaries = _names(path.with_name(files[0]))
    except (OSError, KeyError, ValueError, TypeError) as error:
        return [f"cannot read the mesh {files[0]}: {error}"]
    made = {name for key, value in options if key == "new_boundary" for name in value.split()}
    opens = ("type", "BreakMeshByBlockGenerator") in options
    split = ("split_interface", "true") in options
    if opens and not split:
        made.add("interface")
    known = {"block": blocks, "boundary": boundaries | made}
    problems = [
        f"{key} {name} is not in {files[0]}"
        for key, value in options
        if key in known
        for name in value.split()
        if name not in known[key]
        and not (key == "boundary" and opens and split and _is_pair(name, blocks))
    ]
    clash = sorted(name for name in boundaries if opens and _is_pair(name, blocks))
    if clash:
        problems.append(
            f"{files[0]} has side sets such as {clash[0]}, which BreakMeshByBlockGenerator makes "
            "itself; write it with --boundaries none"
        )
    highest = max(int(name) for name in blocks if name.isdigit())
    for key, value in options:
        if key == "prop_file_name":
            place = path.with_name(value)
            rows = len(place.read_text().splitlines()) if place.is_file() else 0
            if rows < highest:
                problems.append(f"{value} has {rows} rows, but the mesh has blocks up to {highest}")
        elif key == "nblock" and int(value) < highest:
            problems.append(f"nblock is {value}, but the mesh has blocks up to {highest}")
    return problems


def _is_pair(name: str, blocks: set[str]) -> bool:
    """Whether a name is ``A_B`` of two blocks, as BreakMeshByBlockGenerator calls interfaces."""
    words = name.split("_")
    parts = (("_".join(words[:k]), "_".join(words[k:])) for k in range(1, len(words)))
    return any(one in blocks and two in blocks for one, two in parts)


def _options(text: str) -> Iterator[tuple[str, str]]:
    """Every ``key = value`` of an input; values in quotes may go over many lines."""
    plain = re.sub(r"#.*", "", text)
    for key, value in re.findall(r"^\s*(\w+)\s*=\s*('[^']*'|\"[^\"]*\"|\S+)", plain, re.MULTILINE):
        yield key, value.strip("'\"")


def _names(path: Path) -> tuple[set[str], set[str]]:
    """Names and numbers of the blocks, and those of the side sets and node sets."""
    found: dict[str, set[str]] = {"eb": set(), "ss": set(), "ns": set()}
    with netcdf_file(path, "r", mmap=False) as file:
        for kind, names in found.items():
            if f"{kind}_prop1" in file.variables:
                names |= {str(tag) for tag in file.variables[f"{kind}_prop1"][:].tolist()}
                rows = file.variables[f"{kind}_names"][:]
                names |= {b"".join(row).rstrip(b"\0").decode() for row in rows}
    if not found["eb"]:
        raise ValueError("it has no blocks")
    return found["eb"], found["ss"] | found["ns"]


def main(arguments: list[str] | None = None) -> int:
    """Write or check; the exit code is 1 where something does not fit, 2 for a wrong command."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        match arguments:
            case ["write", source, folder, *more] if more in ([], ["--cohesive"]):
                Path(folder).mkdir(parents=True, exist_ok=True)
                seam = Seam() if more else None
                with warnings.catch_warnings(record=True, action="always") as told:
                    mesh = informed(nmc_mesh.read(source), Path(source))
                    files = write_moose(Path(folder), mesh, Path(source).stem, seam=seam)
                for warning in told:
                    print(f"warning: {warning.message}", file=sys.stderr)
                print(*files, sep="\n")
                return 0
            case ["check", deck]:
                problems = check_input(Path(deck))
                print(*(problems or [f"{deck} fits its mesh"]), sep="\n")
                return int(bool(problems))
    except (InputError, FileError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
