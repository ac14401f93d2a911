"""The table of file formats, and the two verbs that look up a format by its extension."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, cast

from nmc_mesh.cohesive.cohesive_mesh import CohesiveMesh
from nmc_mesh.cohesive.groups import split_groups
from nmc_mesh.doors import taken
from nmc_mesh.errors import InputError, NmcMeshError
from nmc_mesh.extensions import FORMATS as EXTENSION_GROUP
from nmc_mesh.extensions import Registry
from nmc_mesh.files import damaged
from nmc_mesh.io.abaqus import read_abaqus, write_abaqus
from nmc_mesh.io.comsol import read_comsol, write_comsol
from nmc_mesh.io.elmer import PARTS, read_elmer, write_elmer
from nmc_mesh.io.exodus import read_exodus, write_exodus
from nmc_mesh.io.med import read_med, write_med
from nmc_mesh.io.mfem import read_mfem, write_mfem
from nmc_mesh.io.msh import write_msh
from nmc_mesh.io.msh_read import read_msh
from nmc_mesh.io.nastran import LARGEST, read_nastran, write_nastran
from nmc_mesh.io.netgen import read_netgen, write_netgen
from nmc_mesh.io.sidecar import write_sidecar
from nmc_mesh.io.vtu import read_vtu, write_vtu
from nmc_mesh.io.xdmf import read_xdmf, write_xdmf
from nmc_mesh.mesh.groups import LARGEST_ID, Blocks, Boundaries, groups
from nmc_mesh.mesh.hex_mesh import HexMesh
from nmc_mesh.mesh.tagged_mesh import TaggedMesh
from nmc_mesh.mesh.tet_mesh import TetMesh

TABLES = ".json"
"""The ending of the tables that travel beside a mesh."""


class Format(NamedTuple):
    """A file format: what it is called, how it is written and read, and how large its ids get.

    ``others`` are the endings of further files that are written beside, ``options`` the names of
    what ``write`` takes besides path, mesh and groups; ``wedges`` tells whether split meshes can be
    written, ``hexes`` whether meshes of hexahedra can, ``mesh`` whether the file is the mesh itself
    and not tables beside one, ``info`` whether it keeps what the mesh knows beside its cells
    (orientations, provenance). ``bytes_per_cell`` is what a tetrahedron of first order takes on
    disk, facets and points included: data sets say by it how large they will be.
    """

    name: str
    write: Callable[..., None]
    read: Callable[[Path], TetMesh] | None
    others: tuple[str, ...] = ()
    largest_id: int = 2**31 - 1
    options: tuple[str, ...] = ()
    wedges: bool = False
    hexes: bool = True
    mesh: bool = True
    bytes_per_cell: float = 50.0
    info: bool = False


_BUILT_IN = MappingProxyType(
    {
        ".msh": Format(
            "gmsh",
            write_msh,
            read_msh,
            options=("binary", "version"),
            wedges=True,
            bytes_per_cell=53.0,
            info=True,
        ),
        ".vtu": Format(
            "VTK unstructured grid",
            write_vtu,
            read_vtu,
            wedges=True,
            bytes_per_cell=16.0,
            info=True,
        ),
        ".xdmf": Format(
            "XDMF with HDF5",
            write_xdmf,
            read_xdmf,
            (".h5", "_facets.xdmf", "_facets.h5"),
            bytes_per_cell=42.0,
            info=True,
        ),
        ".e": Format(
            "Exodus II",
            write_exodus,
            read_exodus,
            largest_id=LARGEST_ID,
            wedges=True,
            bytes_per_cell=118.0,
            info=True,
        ),
        ".inp": Format(
            "Abaqus",
            write_abaqus,
            read_abaqus,
            options=("material", "seam"),
            wedges=True,
            bytes_per_cell=47.0,
            info=True,
        ),
        ".mesh": Format(
            "MFEM", write_mfem, read_mfem, options=("version",), bytes_per_cell=52.0, info=True
        ),
        ".vol": Format(
            "Netgen", write_netgen, read_netgen, hexes=False, bytes_per_cell=55.0, info=True
        ),
        ".med": Format("MED", write_med, read_med, bytes_per_cell=47.0, info=True),
        ".mphtxt": Format(
            "COMSOL", write_comsol, read_comsol, hexes=False, bytes_per_cell=52.0, info=True
        ),
        ".bdf": Format(
            "NASTRAN",
            write_nastran,
            read_nastran,
            largest_id=LARGEST,
            bytes_per_cell=105.0,
            info=True,
        ),
        ".header": Format("Elmer", write_elmer, read_elmer, PARTS, bytes_per_cell=64.0, info=True),
        ".json": Format(
            "tables beside a mesh",
            write_sidecar,
            None,
            ("_tables.h5",),
            hexes=False,
            mesh=False,
            bytes_per_cell=33.0,
            info=True,
        ),
    }
)


def _problem(value: object) -> str:
    if not isinstance(value, Format):
        return f"it is a {type(value).__name__}, not a nmc_mesh.io.Format"
    return ""


FORMATS: Registry[Format] = Registry(EXTENSION_GROUP, _BUILT_IN, _problem)
"""Formats by extension, those of other packages too (see ``nmc_mesh.extensions``)."""


def write(
    path: str | PathLike[str],
    mesh: TetMesh | CohesiveMesh | HexMesh,
    *,
    blocks: Blocks = "auto",
    boundaries: Boundaries = "auto",
    **options: Any,
) -> None:
    """Write a mesh in the format that the extension names.

    ``FORMATS`` has them all; ``.json`` (with ``_tables.h5``) is the tables and no mesh. Files
    appear whole or not at all. A split mesh goes to formats with ``wedges``, these in blocks of
    their own; a mesh of hexahedra to formats with ``hexes``.

    Parameters
    ----------
    path
        Where to.
    mesh
        What; it is not changed.
    blocks, boundaries
        The layout of the groups, see :func:`nmc_mesh.mesh.groups.groups`.
    **options
        Options of the format: ``version="4.1"`` or ``"2.2"`` and ``binary=False`` for ``.msh``;
        ``material="NAME"``, of the grains' sections, and ``seam="NAME"``, of the wedges', for
        ``.inp``.

    Raises
    ------
    InputError
        If the extension or an option is unknown, an id does not fit the format, or the format has
        no wedges for a split mesh, or no hexahedra.
    FileError
        If a file cannot be written.

    Examples
    --------
    >>> from pathlib import Path
    >>> labels = np.ones((3, 3, 3), dtype=np.int32)
    >>> mesh = nmc_mesh.tetrahedralize(nmc_mesh.LabelImage(labels, spacing=0.5), size=0.5)
    >>> nmc_mesh.write("cube.inp", mesh, material="NMC")
    >>> nmc_mesh.write("cube.xdmf", mesh)  # heavy data and facets beside it
    >>> sorted(path.name for path in Path().glob("cube.*"))
    ['cube.h5', 'cube.inp', 'cube.xdmf']
    """
    place = Path(path)
    form = find_format(place)
    taken(mesh, (TaggedMesh, CohesiveMesh), "write", "make one: tetrahedralize(particle)")
    if unknown := sorted(set(options) - set(form.options)):
        raise InputError(
            f"a {place.suffix} file has no option {', '.join(unknown)}; "
            f"it has: {', '.join(form.options) or 'none'}"
        )
    if lost := [] if form.info else sorted(set(_info(mesh)) - {"file"}):
        warnings.warn(
            f"a {place.suffix} file has no place for what the mesh knows beside its cells: "
            f"{', '.join(lost)}; keep its tables too ({place.stem}{TABLES})",
            UserWarning,
            stacklevel=2,
        )
    if isinstance(mesh, HexMesh):
        if not form.hexes:
            raise InputError(f"a {place.suffix} file holds {form.name} of tetrahedra only")
        mesh = cast(TetMesh, mesh)  # the parts that writers read have the same names
    if not isinstance(mesh, CohesiveMesh):
        form.write(place, mesh, groups(mesh, blocks, boundaries, form.largest_id), **options)
        return
    if not form.wedges:
        able = ", ".join(suffix for suffix, other in FORMATS.items() if other.wedges)
        raise InputError(f"a {place.suffix} file has no place for wedges; use one of {able}")
    found, wedges = split_groups(mesh, blocks, boundaries, form.largest_id)
    form.write(place, mesh.mesh, found, wedges=(mesh, wedges), **options)


def _info(mesh: TetMesh | CohesiveMesh | HexMesh) -> Mapping[str, Any]:
    return mesh.mesh.info if isinstance(mesh, CohesiveMesh) else mesh.info


def read(path: str | PathLike[str]) -> TetMesh:
    """Read a mesh in the format that the extension names.

    The labels come from the file; facets, triple lines and quadruple points follow from them.

    Parameters
    ----------
    path
        File with one of the endings of ``FORMATS`` that can be read.

    Raises
    ------
    InputError
        If the extension is unknown or the file holds no labelled tetrahedra.
    FileError
        If the file cannot be read, or is truncated.

    Examples
    --------
    >>> labels = np.ones((3, 3, 3), dtype=np.int32)
    >>> mesh = nmc_mesh.tetrahedralize(nmc_mesh.LabelImage(labels, spacing=0.5), size=0.5)
    >>> nmc_mesh.write("cube.msh", mesh)
    >>> again = nmc_mesh.read("cube.msh")
    >>> np.array_equal(again.cells, mesh.cells), np.array_equal(again.points, mesh.points)
    (True, True)
    """
    place = Path(path)
    form = find_format(place)
    if form.read is None:
        meshes = ", ".join(suffix for suffix, other in FORMATS.items() if other.read)
        raise InputError(f"{place} holds {form.name}; name the mesh itself ({meshes})")
    try:
        return form.read(place)
    except NmcMeshError:
        raise
    except (ValueError, ArithmeticError, LookupError, TypeError, AttributeError, OSError) as error:
        raise damaged(place, error) from error
    except (AssertionError, RecursionError, struct.error, MemoryError) as error:
        raise damaged(place, error or "it claims more than fits the memory") from error


def files_of(path: Path) -> list[Path]:
    """All files that writing ``path`` makes: itself first, then those beside it.

    Parameters
    ----------
    path
        Of the mesh.
    """
    return [path, *(path.with_name(path.stem + other) for other in find_format(path).others)]


def find_format(path: Path) -> Format:
    """Look up the format that the extension of a path names.

    Raises
    ------
    InputError
        If there is none.
    """
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        near = get_close_matches(suffix, FORMATS, n=1)
        hint = f"; perhaps you meant {near[0]}" if near else ""
        raise InputError(
            f"unknown extension '{path.suffix}' of {path}{hint}; use one of {', '.join(FORMATS)}"
        )
    return FORMATS[suffix]
