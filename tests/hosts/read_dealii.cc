// Reads a mesh with deal.II's GridIn and prints "cell MATERIAL VOLUME", "outer BOUNDARY AREA" and
// "inner LOWER HIGHER AREA" (faces between cells of two materials), a line for each.

#include <deal.II/grid/grid_in.h>
#include <deal.II/grid/tria.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <string>
#include <utility>

using namespace dealii;

int main(int, char **arguments)
{
  const std::string name(arguments[1]);
  Triangulation<3>  mesh;
  GridIn<3>         reader;
  reader.attach_triangulation(mesh);
  std::ifstream file(name);
  if (name.substr(name.size() - 4) == ".inp")
    reader.read_abaqus(file);
  else
    reader.read_msh(file);
  std::map<unsigned, double>                      volume, outer;
  std::map<std::pair<unsigned, unsigned>, double> inner;
  for (const auto &cell : mesh.active_cell_iterators())
    {
      volume[cell->material_id()] += cell->measure();
      for (const auto &face : cell->face_iterators())
        if (face->at_boundary())
          outer[face->boundary_id()] += face->measure();
      for (const unsigned f : cell->face_indices())
        if (!cell->at_boundary(f))
          {
            const auto other = cell->neighbor(f);
            if (cell->material_id() < other->material_id())
              inner[{cell->material_id(), other->material_id()}] += cell->face(f)->measure();
          }
    }
  for (const auto &[id, value] : volume)
    std::printf("cell %u %.17g\n", id, value);
  for (const auto &[id, value] : outer)
    std::printf("outer %u %.17g\n", id, value);
  for (const auto &[pair, value] : inner)
    std::printf("inner %u %u %.17g\n", pair.first, pair.second, value);
}
