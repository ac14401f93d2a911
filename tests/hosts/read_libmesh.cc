// Reads .e or .msh with libMesh and prints "cell ID VOLUME", "side ID AREA", "name KIND ID NAME" (of
// a block or a side set) and "nodes ID COUNT" (of a node set), a line for each.

#include "libmesh/boundary_info.h"
#include "libmesh/elem.h"
#include "libmesh/exodusII_io.h"
#include "libmesh/gmsh_io.h"
#include "libmesh/libmesh.h"
#include "libmesh/replicated_mesh.h"

#include <cstdio>
#include <map>
#include <memory>
#include <string>

using namespace libMesh;

int main(int count, char **arguments)
{
  LibMeshInit       init(count, arguments);
  ReplicatedMesh    mesh(init.comm(), 3);
  const std::string path(arguments[1]);
  if (path.substr(path.size() - 2) == ".e")
    ExodusII_IO(mesh).read(path);
  else
    GmshIO(mesh).read(path);
  mesh.skip_partitioning(true);
  mesh.prepare_for_use();
  std::map<int, double> volume, area;
  std::map<int, int>    nodes;
  for (const auto *cell : mesh.element_ptr_range())
    if (cell->dim() == 3)
      volume[cell->subdomain_id()] += cell->volume();
  const BoundaryInfo &sides = mesh.get_boundary_info();
  for (const auto &[cell, side, id] : sides.build_side_list())
    area[id] += mesh.elem_ptr(cell)->build_side_ptr(side)->volume();
  for (const auto &[node, id] : sides.build_node_list())
    nodes[id] += 1;
  for (const auto &[id, value] : volume)
    std::printf("cell %d %.17g\nname cell %d %s\n", id, value, id, mesh.subdomain_name(id).c_str());
  for (const auto &[id, value] : area)
    std::printf("side %d %.17g\nname side %d %s\n", id, value, id, sides.get_sideset_name(id).c_str());
  for (const auto &[id, value] : nodes)
    std::printf("nodes %d %d\n", id, value);
}
