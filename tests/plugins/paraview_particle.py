"""Source, slice, picture and table in ParaView, as one line of JSON; run by test_paraview.py.

pvpython paraview_particle.py PLUGIN COMMAND particle.json picture.png
"""

import inspect
import json
import sys

from paraview.servermanager import Fetch
from paraview.simple import (
    ColorBy,
    CreateRenderView,
    IntegrateVariables,
    LoadPlugin,
    SaveScreenshot,
    Show,
    Slice,
)

# Debian 12's ParaView 5.11.0 asks Python 3.11 for a function that is gone, for any Python plugin.
if not hasattr(inspect, "getargspec"):
    inspect.getargspec = inspect.getfullargspec

plugin, command, tables, picture = sys.argv[1:]
LoadPlugin(plugin, remote=False, ns=globals())

source = NMCparticle(Model="nmc-equiaxed", Seed=1, Size=0.15, Diameter=1.6, Command=command)  # noqa: F821
grid = Fetch(source)
cut = Slice(Input=source)
cut.SliceType.Origin, cut.SliceType.Normal = [0, 0, 0], [0, 0, 1]
sizes = Fetch(IntegrateVariables(Input=cut)).GetCellData()
view = CreateRenderView(ViewSize=[200, 200])
shown = Show(cut, view)
ColorBy(shown, ("CELLS", "grain_id"))
shown.RescaleTransferFunctionToDataRange()
SaveScreenshot(picture, view)

table = Fetch(NMCtables(FileName=tables, Table="boundaries"))  # noqa: F821
data = grid.GetCellData()
grains, volumes = data.GetArray("grain_id"), data.GetArray("grain_volume")
found = {
    "cells": grid.GetNumberOfCells(),
    "grains": len({grains.GetValue(k) for k in range(grid.GetNumberOfCells())}),
    "volumes": [volumes.GetValue(k) for k in range(grid.GetNumberOfCells())],
    "area": sizes.GetArray("Area").GetValue(0),
    "columns": [table.GetColumnName(k) for k in range(table.GetNumberOfColumns())],
    "higher": [table.GetColumnByName("higher").GetValue(k) for k in range(table.GetNumberOfRows())],
}
print(json.dumps(found))
