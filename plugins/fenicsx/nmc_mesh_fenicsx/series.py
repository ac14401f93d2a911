"""Series in time for ParaView: XDMF with one grid per time, which holds all fields, and HDF5.

DOLFINx's own XDMF has a grid per field and time, which ParaView shows as so many meshes on top of
each other; its VTX needs ADIOS2, which Debian's DOLFINx lacks. Cells and nodes stand in the order
of the particle's file, so the order of ranks does not show.
"""

from __future__ import annotations

from html import escape

import h5py
import numpy as np
from dolfinx import fem

from nmc_mesh_fenicsx.versions import cells_to_dofs, cells_to_nodes, degree_of_mesh, function_space

KINDS = {4: "Tetrahedron", 10: "Tetrahedron_10"}
TYPES = {1: "Scalar", 3: "Vector", 9: "Tensor"}


class Series:
    """Fields of a particle, time by time: ``charge.xdmf`` and ``charge.h5``.

    The first rank writes; after every frame the files hold all frames so far.

    Parameters
    ----------
    path
        An .xdmf file that is made anew.
    particle
        What ``read`` gave.
    source
        The .xdmf file that it was read from.
    """

    def __init__(self, path, particle, source):
        self._path, self._data = path, path.with_suffix(".h5")
        self._particle, self._frames, self._spaces = particle, [], {}
        taken = [f"{source.stem}{end}.h5" for end in ("", "_facets", "_tables")]
        if self._data.resolve() in [source.resolve().with_name(name) for name in taken]:
            raise ValueError(f"{path} is the particle; name another file for the series")
        with h5py.File(source.with_suffix(".h5"), "r") as file:
            whole = {name: file[name][()] for name in ("points", "cells", "grain_id")}
        self._shapes = {name: values.shape for name, values in whole.items()}
        if particle.mesh.comm.rank == 0:
            with h5py.File(self._data, "w") as file:
                for name, values in whole.items():
                    file[name] = values

    def add(self, time, fields):
        """Add a frame.

        Parameters
        ----------
        time
            In seconds.
        fields
            Functions with names, constant in cells or continuous: numbers, vectors or 3 x 3.
        """
        frame, attributes = len(self._frames), []
        for field in fields:
            center, values = self._gathered(field)
            if values is None:
                continue
            name = f"frames/{frame}/{field.name}"
            with h5py.File(self._data, "a") as file:
                file[name] = values
            item = self._item(name, values.shape, "Float", 4)
            kind = TYPES[values.shape[1]]
            attributes.append(
                f'<Attribute Name="{field.name}" Center="{center}" AttributeType="{kind}">'
                f"{item}</Attribute>"
            )
        self._frames.append((time, attributes))
        if self._particle.mesh.comm.rank == 0:
            beside = self._path.with_name(f".{self._path.name}.part")
            beside.write_text(self._text(), encoding="utf-8")
            beside.replace(self._path)

    def _gathered(self, field):
        """Values in the order of the file on the first rank, None elsewhere."""
        mesh, space = self._particle.mesh, field.function_space
        size = int(np.prod(field.ufl_shape, initial=1))
        if self._constant(space):
            center, count = "Cell", self._shapes["cells"][0]
            own = mesh.topology.index_map(3).size_local
            rows = np.asarray(mesh.topology.original_cell_index)[:own]
            dofs = cells_to_dofs(space)[:own, 0]
        else:
            center, count = "Node", self._shapes["points"][0]
            field = self._nodal(field)
            nodes, dofs = cells_to_nodes(mesh), cells_to_dofs(field.function_space)
            rows = np.asarray(mesh.geometry.input_global_indices)[nodes.ravel()]
            dofs = dofs.ravel()
        values = field.x.array.reshape(-1, size)[dofs].astype(np.float32)
        parts = mesh.comm.gather((rows, values))
        if parts is None:
            return center, None
        whole = np.empty((count, size), dtype=np.float32)
        for rows, values in parts:
            whole[rows] = values
        return center, whole

    @staticmethod
    def _constant(space):
        return space.dofmap.dof_layout.num_dofs == 1

    def _nodal(self, field):
        """Return the field at the nodes of the mesh, whatever its degree."""
        mesh = self._particle.mesh
        if field.name not in self._spaces:
            space = function_space(mesh, "CG", degree_of_mesh(mesh), field.ufl_shape)
            self._spaces[field.name] = fem.Function(space)
        self._spaces[field.name].interpolate(field)
        return self._spaces[field.name]

    def _item(self, name, shape, kind, precision):
        size = " ".join(map(str, shape))
        return (
            f'<DataItem Dimensions="{size}" NumberType="{kind}" Precision="{precision}" '
            f'Format="HDF">{escape(self._data.name)}:/{name}</DataItem>'
        )

    def _text(self):
        shapes = self._shapes
        count, nodes = shapes["cells"]
        mesh = (
            f'<Topology TopologyType="{KINDS[nodes]}" NumberOfElements="{count}" '
            f'NodesPerElement="{nodes}">{self._item("cells", shapes["cells"], "Int", 4)}</Topology>'
            f'<Geometry GeometryType="XYZ">{self._item("points", shapes["points"], "Float", 8)}'
            '</Geometry>\n<Attribute Name="grain_id" Center="Cell" AttributeType="Scalar">'
            f"{self._item('grain_id', shapes['grain_id'], 'Int', 4)}</Attribute>"
        )
        grids = "".join(
            f'<Grid Name="Grid" GridType="Uniform">\n<Time Value="{time!r}"/>\n{mesh}\n'
            + "\n".join(attributes)
            + "\n</Grid>\n"
            for time, attributes in self._frames
        )
        return (
            '<?xml version="1.0"?>\n<Xdmf Version="3.0">\n<Domain>\n'
            '<Grid Name="charge" GridType="Collection" CollectionType="Temporal">\n'
            f"{grids}</Grid>\n</Domain>\n</Xdmf>\n"
        )
