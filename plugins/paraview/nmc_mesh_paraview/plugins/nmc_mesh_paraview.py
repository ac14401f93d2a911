"""ParaView plugin: the source "NMC particle" and a reader for tables of nmc_mesh.

Load it with Tools > Manage Plugins > Load New, or ``LoadPlugin`` in pvpython. Drawing and meshing
are done by the command ``nmc-mesh`` in a process of its own, so ParaView's Python needs nothing but
what ParaView brings.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from paraview.util.vtkAlgorithm import VTKPythonAlgorithmBase, smdomain, smhint, smproperty, smproxy
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonDataModel import vtkTable, vtkUnstructuredGrid
from vtkmodules.vtkIOXML import vtkXMLUnstructuredGridReader

SCALARS = ("volume", "neighbours", "outer_area")
VECTORS = ("c_axis",)


def run(command, *arguments):
    """Run nmc-mesh; its last line on errors becomes ours."""
    if shutil.which(command) is None:
        raise RuntimeError(f"there is no command {command}; name its full path in 'Command'")
    done = subprocess.run([command, *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or ["it said nothing"]
        raise RuntimeError(f"{command} failed: {lines[-1]}")


def read_grid(path):
    """Read a .vtu file; cells get what the table of grains beside it says of their grain."""
    reader = vtkXMLUnstructuredGridReader()
    reader.SetFileName(str(path))
    reader.Update()
    grid = reader.GetOutput()
    place = path.with_suffix(".json")
    if place.is_file():
        table = json.loads(place.read_text(encoding="utf-8"))["grains"]
        data = grid.GetCellData()
        row = np.searchsorted(table["id"], vtk_to_numpy(data.GetArray("grain_id")))
        for name in (*SCALARS, *VECTORS):
            if name in table:
                data.AddArray(column(f"grain_{name}", np.array(table[name], dtype=float)[row]))
    return grid


def column(name, values):
    """Turn an array into one of VTK's, with its name."""
    array = numpy_to_vtk(np.ascontiguousarray(values), deep=True)
    array.SetName(name)
    return array


@smproxy.source(name="NMCParticle", label="NMC particle")
class NMCParticle(VTKPythonAlgorithmBase):
    """Draws a particle from a model of nmc_mesh and meshes it; lengths are micrometres."""

    def __init__(self):
        super().__init__(nInputPorts=0, nOutputPorts=1, outputType="vtkUnstructuredGrid")
        self.model, self.seed, self.size, self.diameter = "nmc-calibrated", 0, 0.0, 0.0
        self.command = "nmc-mesh"

    def _set(self, name, value):
        if getattr(self, name) != value:
            setattr(self, name, value)
            self.Modified()

    @smproperty.stringvector(name="Model", default_values="nmc-calibrated")
    def SetModel(self, value):
        """Name of a shipped model, or the path of a .toml file."""
        self._set("model", value)

    @smproperty.intvector(name="Seed", default_values=0)
    def SetSeed(self, value):
        """Whole number; the same seed gives the same particle."""
        self._set("seed", value)

    @smproperty.doublevector(name="Size", default_values=0.0)
    def SetSize(self, value):
        """Edge length of the mesh; 0 takes a quarter of a grain's edge."""
        self._set("size", value)

    @smproperty.doublevector(name="Diameter", default_values=0.0)
    def SetDiameter(self, value):
        """Diameter of the ball of the particle's volume; 0 leaves it as drawn."""
        self._set("diameter", value)

    @smproperty.stringvector(name="Command", default_values="nmc-mesh")
    def SetCommand(self, value):
        """Name or full path of the command nmc-mesh."""
        self._set("command", value)

    def RequestData(self, request, inputs, outputs):
        """Draw, mesh, read."""
        options = ["--model", self.model, "--seed", str(self.seed), "--quiet"]
        for name, value in (("--size", self.size), ("--diameter", self.diameter)):
            if value > 0:
                options += [name, repr(value)]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "particle.vtu"
            run(self.command, "generate", *options, "-o", str(path))
            vtkUnstructuredGrid.GetData(outputs, 0).ShallowCopy(read_grid(path))
        return 1


@smproxy.reader(
    name="NMCTables",
    label="NMC tables",
    extensions="json",
    file_description="Tables of nmc_mesh",
)
class NMCTables(VTKPythonAlgorithmBase):
    """Reads the table of grains or of boundaries; columns of vectors become columns of numbers."""

    def __init__(self):
        super().__init__(nInputPorts=0, nOutputPorts=1, outputType="vtkTable")
        self.path, self.table = "", "grains"

    @smproperty.stringvector(name="FileName")
    @smdomain.filelist()
    @smhint.filechooser(extensions="json", file_description="Tables of nmc_mesh")
    def SetFileName(self, value):
        """The .json file beside a mesh."""
        self.path = value
        self.Modified()

    @smproperty.stringvector(name="Table", default_values="grains")
    def SetTable(self, value):
        """Either ``grains`` or ``boundaries``."""
        self.table = value
        self.Modified()

    def RequestData(self, request, inputs, outputs):
        """Read one table."""
        document = json.loads(Path(self.path).read_text(encoding="utf-8"))
        if self.table not in ("grains", "boundaries"):
            raise RuntimeError(f"there is no table {self.table}; choose grains or boundaries")
        output = vtkTable.GetData(outputs, 0)
        for name, values in document[self.table].items():
            array = np.array(values)
            if array.dtype == bool:
                array = array.astype(np.int8)
            output.AddColumn(column(name, array.reshape(len(array), -1).squeeze()))
        return 1
