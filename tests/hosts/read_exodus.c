/* Read an Exodus II file with the exodus library itself; run by test_exodus.py.

   Prints one line per block (block ID NAME CELLS SUM_OF_FIRST_VARIABLE), side set (sides ID NAME
   SIDES and the sum of its area vectors) and node set (nodes ID NAME NODES). */

#include <exodusII.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECK(call) if ((call) < 0) { fprintf(stderr, "failed: %s\n", #call); return 1; }

int main(int argc, char **argv)
{
  int word = 8, stored = 0, dim, nodes, cells, blocks, node_sets, side_sets, size, other, per;
  float version;
  char title[MAX_LINE_LENGTH + 1], name[64], type[64];
  int file = ex_open(argv[argc - 1], EX_READ, &word, &stored, &version);
  CHECK(file);
  CHECK(ex_get_init(file, title, &dim, &nodes, &cells, &blocks, &node_sets, &side_sets));
  double *x = malloc(3 * nodes * sizeof *x), *values = malloc(cells * sizeof *values);
  int *ids = malloc((blocks + node_sets + side_sets) * sizeof *ids);
  CHECK(ex_get_coord(file, x, x + nodes, x + 2 * nodes));

  CHECK(ex_get_ids(file, EX_ELEM_BLOCK, ids));
  for (int k = 0; k < blocks; k++) {
    double sum = 0;
    CHECK(ex_get_elem_block(file, ids[k], type, &size, &per, &other));
    CHECK(ex_get_name(file, EX_ELEM_BLOCK, ids[k], name));
    CHECK(ex_get_var(file, 1, EX_ELEM_BLOCK, 1, ids[k], size, values));
    for (int i = 0; i < size; i++) sum += values[i];
    printf("block %d %s %d %.17g\n", ids[k], name, size, sum);
  }
  CHECK(ex_get_ids(file, EX_SIDE_SET, ids));
  for (int k = 0; k < side_sets; k++) {
    double area[3] = {0, 0, 0};
    CHECK(ex_get_side_set_param(file, ids[k], &size, &other));
    CHECK(ex_get_name(file, EX_SIDE_SET, ids[k], name));
    int *counts = malloc(size * sizeof *counts), *corner = malloc(3 * size * sizeof *corner);
    CHECK(ex_get_side_set_node_list(file, ids[k], counts, corner));
    for (int i = 0; i < size; i++) {
      double a[3], b[3];
      for (int d = 0; d < 3; d++) {
        double *axis = x + d * nodes;
        a[d] = axis[corner[3 * i + 1] - 1] - axis[corner[3 * i] - 1];
        b[d] = axis[corner[3 * i + 2] - 1] - axis[corner[3 * i] - 1];
      }
      for (int d = 0; d < 3; d++)
        area[d] += 0.5 * (a[(d + 1) % 3] * b[(d + 2) % 3] - a[(d + 2) % 3] * b[(d + 1) % 3]);
    }
    printf("sides %d %s %d %.17g %.17g %.17g\n", ids[k], name, size, area[0], area[1], area[2]);
    free(counts);
    free(corner);
  }
  CHECK(ex_get_ids(file, EX_NODE_SET, ids));
  for (int k = 0; k < node_sets; k++) {
    CHECK(ex_get_node_set_param(file, ids[k], &size, &other));
    CHECK(ex_get_name(file, EX_NODE_SET, ids[k], name));
    printf("nodes %d %s %d\n", ids[k], name, size);
  }
  CHECK(ex_close(file));
  return 0;
}
