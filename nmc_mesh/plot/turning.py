"""A picture to turn in a browser: triangles in vtk.js's viewer of one page.

The page is the offline viewer that trame-vtk brings (Kitware, BSD), about 1 MB, with the scene
inside it: nothing is loaded from anywhere. The scene is what vtk.js synchronizes with a render
window, a tree of objects with their properties, arrays beside it by hash.
"""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import md5
from importlib.util import find_spec
from io import BytesIO, StringIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np

from nmc_mesh.arrays import without_unused
from nmc_mesh.errors import MissingExtraError
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.plot.paint import Paint, paint
from nmc_mesh.plot.render import camera, centroid
from nmc_mesh.plot.scene import Scene, scene
from nmc_mesh.typing import AnyArray, Floats, Ints

_KINDS = {"<f4": "Float32Array", "<i4": "Int32Array", "|u1": "Uint8Array"}
_FAR = 3.0  # of the viewer from the middle, in radii
_LIGHTS = (([-0.4, 0.5, 0.8], 0.75), ([0.7, -0.3, 0.6], 0.4), ([0.0, 0.0, 1.0], 0.25))


def require_viewer() -> None:
    """Raise `MissingExtraError` if the package that brings the viewer is not installed."""
    if find_spec("trame_vtk") is None:
        raise MissingExtraError("trame-vtk", "a picture to turn", "report")


def turning_page(mesh: TetMesh, chosen: Paint | None = None) -> tuple[str, int]:
    """Return a page that shows a mesh to turn, an octant cut away, and how many triangles it has.

    Parameters
    ----------
    mesh
        Any mesh.
    chosen
        Its colours; default: grains.

    Raises
    ------
    MissingExtraError
        If trame-vtk is not installed.
    """
    require_viewer()
    from trame_vtk.tools.vtksz2html import write_html

    middle = centroid(mesh)
    things = scene(mesh, middle)
    shown = _left(things, middle)
    colors = (chosen or paint(mesh, "grain")).of(things)[shown]
    target = StringIO()
    write_html(_packed(scene_state(things.triangles[shown] - middle, colors)), target)
    return target.getvalue(), int(shown.sum())


def _left(things: Scene, middle: Floats) -> Any:
    """Triangles outside the octant, and those of the planes of the cut that bound it, (t,)."""
    inside = things.triangles.mean(axis=1) > middle
    reaching = (
        things.triangles.max(axis=1) > middle
    )  # those on an edge of the cut are hidden in part
    on_surface = (things.walls < 0) & ~inside.all(axis=1)
    others = np.ones((3, 3), dtype=bool) & ~np.eye(3, dtype=bool)
    bounding = (reaching | ~others[things.walls]).all(axis=1)
    return on_surface | ((things.walls >= 0) & bounding)


def scene_state(triangles: Floats, colors: Floats) -> dict[str, Any]:
    """Return what vtk.js builds a window of: triangles, (t, 3, 3) in um, and colours, (t, 3)."""
    points, corners = _shared(triangles)
    cells = np.column_stack([np.full(len(corners), 3), corners]).astype("<i4")
    arrays: dict[str, Any] = {}
    radius = float(np.linalg.norm(points, axis=1).max())
    frame = camera()
    data = {
        "points": _array(arrays, "vtkPoints", "Points", points.astype("<f4"), 3),
        "polys": _array(arrays, "vtkCellArray", None, cells, 1),
        "fields": [
            _array(arrays, "vtkDataArray", "color", np.rint(255 * colors).astype("u1"), 3)
            | {"location": "cellData", "registration": "setScalars"}
        ],
    }
    surface = _node("data", "mapper", "vtkPolyData", data)
    look = {
        "scalarVisibility": 1, "colorByArrayName": "color", "colorMode": 2, "scalarMode": 2,
        "arrayAccessMode": 0, "scalarRange": [0, 255], "interpolateScalarsBeforeMapping": 0,
    }  # fmt: skip
    mapper = _node("mapper", "actor", "vtkMapper", look, [surface], [("setInputData", "data")])
    matt = {
        "representation": 2, "interpolation": 0, "ambient": 0.15, "diffuse": 1.0, "specular": 0.0,
        "opacity": 1.0, "edgeVisibility": 0, "lighting": 1, "lineWidth": 1, "pointSize": 1,
    }  # fmt: skip
    paint_of = _node("property", "actor", "vtkProperty", matt)
    calls = [("setMapper", "mapper"), ("setProperty", "property")]
    actor = _node("actor", "renderer", "vtkActor", {"visibility": 1}, [mapper, paint_of], calls)
    view = {
        "focalPoint": [0.0, 0.0, 0.0],
        "position": (_FAR * 1.3 * radius * frame[2]).tolist(),
        "viewUp": [0.0, 0.0, 1.0],
        "clippingRange": [0.1 * radius, 10.0 * radius],
    }
    viewer = _node("camera", "renderer", "vtkCamera", view)
    lights = [
        _node(
            f"light{k}", "renderer", "vtkLight",
            {"switch": 1, "intensity": strength, "color": [1, 1, 1], "position": aside,
             "focalPoint": [0, 0, 0], "positional": 0, "lightType": "CameraLight"},
        )
        for k, (aside, strength) in enumerate(_LIGHTS)
    ]  # fmt: skip
    ground = {
        "background": [1.0, 1.0, 1.0],
        "twoSidedLighting": 1,
        "lightFollowCamera": 1,
        "layer": 0,
    }
    uses = [("setActiveCamera", "camera"), ("addViewProp", "actor")]
    uses += [("addLight", light["id"]) for light in lights]
    parts = [viewer, actor, *lights]
    renderer = _node("renderer", "window", "vtkRenderer", ground, parts, uses)
    uses = [("addRenderer", "renderer")]
    window = _node("window", "0x0", "vtkRenderWindow", {"numberOfLayers": 1}, [renderer], uses)
    window["mtime"] = 1
    window["extra"] = {"vtkRefId": "window", "centerOfRotation": [0, 0, 0], "camera": "camera"}
    return {"scene": window, "hashes": arrays}


def _shared(triangles: Floats) -> tuple[Floats, Ints]:
    """Points, each once, and the three of every triangle."""
    flat = np.ascontiguousarray(triangles.reshape(-1, 3).astype("<f4"))
    rows = flat.view([("", flat.dtype)] * 3).ravel()
    _, first, number = np.unique(rows, return_index=True, return_inverse=True)
    return without_unused(flat[first].astype(np.float64), number.reshape(-1, 3).astype(np.int32))


def _array(
    arrays: dict[str, Any], kind: str, name: str | None, values: AnyArray, width: int
) -> dict[str, Any]:
    """Put an array among those beside the tree, and return what the tree says of it."""
    data = np.ascontiguousarray(values).tobytes()
    typed = _KINDS[values.dtype.str]
    key = f"{md5(data, usedforsecurity=False).hexdigest()}_{values.size}"
    arrays[key] = {"hash": key, "type": typed, "vtk": kind, "content": b64encode(data).decode()}
    return {
        "hash": key, "vtkClass": kind, "name": name, "dataType": typed,
        "numberOfComponents": width, "size": int(values.size),
    }  # fmt: skip


def _node(
    name: str,
    parent: str,
    kind: str,
    properties: dict[str, Any],
    parts: list[dict[str, Any]] | None = None,
    calls: list[tuple[str, str]] | None = None,
) -> dict[str, Any]:
    """An object of the tree: its parts, and which of them it is given by what method."""
    return {
        "parent": parent, "id": name, "type": kind, "properties": properties,
        "dependencies": parts or [],
        "calls": [[method, [f"instance:${{{part}}}"]] for method, part in calls or []],
    }  # fmt: skip


def _packed(state: dict[str, Any]) -> bytes:
    target = BytesIO()
    with ZipFile(target, "w", ZIP_DEFLATED) as file:
        file.writestr(ZipInfo("index.json"), json.dumps(state), ZIP_DEFLATED)
    return target.getvalue()
