"""A shaded picture of a mesh with an octant cut away, drawn without a graphics driver."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from nmc_mesh.doors import taken
from nmc_mesh.errors import InputError, MissingExtraError
from nmc_mesh.files import written
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.plot.annotate import annotated
from nmc_mesh.plot.movie import MOVIES, write_movie
from nmc_mesh.plot.paint import Color, paint
from nmc_mesh.plot.render import camera, render
from nmc_mesh.typing import AnyArray

STILLS = (".png", ".jpg", ".jpeg")
PICTURES = (*STILLS, *MOVIES)
"""Endings of pictures of a mesh; the ending chooses the format."""
_WIDTH = 1200
_QUALITY = {"quality": 92}  # of JPEG


def picture(
    mesh: TetMesh,
    path: str | os.PathLike[str],
    width: int | None = None,
    color: Color = "grain",
    title: str = "",
) -> None:
    """Draw a mesh, its grains coloured, an octant cut open, with a scale bar and axes.

    Dark lines are grain boundaries, faint ones edges of the mesh: facets on the outer surface, cut
    cells in the three planes through the centre of mass.

    Parameters
    ----------
    mesh
        Any mesh.
    path
        File to write, ``.png``, ``.jpg``, ``.jpeg``, or ``.gif`` and ``.mp4``, movies in which the
        viewer goes around z; replaced only when the new one is complete.
    width
        Pixels across, at least 100; default: 1200, of a .gif 480, of an .mp4 720.
    color
        "grain"; "phase", with a legend; "ipf" or "c-axis", how the crystals lie to the radius, with
        a key; or a number per cell, shape (m,), with a colour bar.
    title
        What the numbers are, with their unit.

    Raises
    ------
    InputError
        If it is no mesh of tetrahedra, the extension is another, the width less than 100, or the
        colours have no meaning for this mesh.
    MissingExtraError
        If matplotlib is not installed, or, for an .mp4, PyAV.
    FileError
        If the file cannot be written.

    Examples
    --------
    >>> image = nmc_mesh.LabelImage(np.ones((3, 3, 3), dtype=np.int32), spacing=0.5)
    >>> mesh = nmc_mesh.tetrahedralize(image, size=0.5)
    >>> nmc_mesh.picture(mesh, "cube.png", width=200)
    >>> from pathlib import Path
    >>> Path("cube.png").read_bytes()[1:4]
    b'PNG'
    """
    taken(mesh, TetMesh, "picture", "mesh it first: tetrahedralize(particle)")
    file = picture_place(path)
    movie = MOVIES.get(file.suffix.lower())
    require_picture(file)
    if width is None:
        width = movie.width if movie else _WIDTH
    if not (isinstance(width, int) and width >= 100):
        raise InputError(f"a picture needs a width of at least 100 pixels, not {width!r}")
    chosen = paint(mesh, color, title)
    if movie:
        write_movie(mesh, file, width, chosen, movie)
        return
    image, pixels_per_um = render(mesh, width, chosen)
    _save(annotated(image, pixels_per_um, chosen.key, camera()), file)


def picture_place(path: str | os.PathLike[str], endings: Sequence[str] = PICTURES) -> Path:
    """Return the path of a picture; InputError if its ending is another."""
    file = Path(path)
    if file.suffix.lower() not in endings:
        raise InputError(
            f"unknown extension '{file.suffix}' of the picture {file}; use one of "
            f"{', '.join(endings)}"
        )
    return file


def require_matplotlib() -> None:
    """Raise `MissingExtraError` if the package that writes pictures is not installed."""
    if find_spec("matplotlib") is None:
        raise MissingExtraError("matplotlib", "drawing a picture", "viz")


def typeface(name: str) -> Path:
    """Return the file of a typeface that matplotlib brings, such as "DejaVuSans.ttf"."""
    import matplotlib

    return Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name


def require_picture(path: Path) -> None:
    """Raise `MissingExtraError` if a picture of this ending needs what is not installed."""
    require_matplotlib()
    if movie := MOVIES.get(path.suffix.lower()):
        movie.require()


def _save(image: AnyArray, path: Path) -> None:
    from PIL import Image

    form = {".png": "PNG"}.get(path.suffix.lower(), "JPEG")
    with written(path) as beside:
        Image.fromarray(image).save(beside.name(path), format=form, **_QUALITY)
