/* Read the wedges of an Exodus II file with the exodus library itself; run by test_cohesive.py.

   Prints one line per block of WEDGE or WEDGE15: ID NAME COUNT LOWER HIGHER, the sum of the area
   vectors of the first three nodes, and the largest distance between nodes that belong together:
   partners across the boundary, nodes between them, and middles of edges and their ends' mean.
   LOWER and HIGHER are the averages of the last two element variables. */

#include <exodusII.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Nodes of a WEDGE15 from 0, as the manual of Exodus II numbers them: a node, and its two ends. */
static const int ENDS[9][3] = {{6, 0, 1},  {7, 1, 2},  {8, 2, 0},  {9, 0, 3}, {10, 1, 4},
                               {11, 2, 5}, {12, 3, 4}, {13, 4, 5}, {14, 5, 3}};

#define CHECK(call) if ((call) < 0) { fprintf(stderr, "failed: %s\n", #call); return 1; }

int main(int argc, char **argv)
{
  int word = 8, stored = 0, dim, nodes, cells, blocks, node_sets, side_sets, size, per, other, last;
  float version;
  char title[MAX_LINE_LENGTH + 1], name[64], type[64];
  int file = ex_open(argv[argc - 1], EX_READ, &word, &stored, &version);
  CHECK(file);
  CHECK(ex_get_init(file, title, &dim, &nodes, &cells, &blocks, &node_sets, &side_sets));
  double *x = malloc(3 * nodes * sizeof *x), *values = malloc(cells * sizeof *values);
  int *ids = malloc(blocks * sizeof *ids), *node = malloc(15 * cells * sizeof *node);
  CHECK(ex_get_coord(file, x, x + nodes, x + 2 * nodes));
  CHECK(ex_get_variable_param(file, EX_ELEM_BLOCK, &last));
  CHECK(ex_get_ids(file, EX_ELEM_BLOCK, ids));
  for (int k = 0; k < blocks; k++) {
    double area[3] = {0, 0, 0}, apart = 0, sum[2] = {0, 0};
    CHECK(ex_get_elem_block(file, ids[k], type, &size, &per, &other));
    if (strcmp(type, per == 6 ? "WEDGE" : "WEDGE15")) continue;
    CHECK(ex_get_name(file, EX_ELEM_BLOCK, ids[k], name));
    CHECK(ex_get_conn(file, EX_ELEM_BLOCK, ids[k], node, NULL, NULL));
    for (int side = 0; side < 2; side++) {
      CHECK(ex_get_var(file, 1, EX_ELEM_BLOCK, last - 1 + side, ids[k], size, values));
      for (int i = 0; i < size; i++) sum[side] += values[i] / size;
    }
    for (int i = 0; i < size; i++) {
      int *n = node + per * i;
      double a[3], b[3];
      for (int d = 0; d < 3; d++) {
        double *axis = x + d * nodes;
        a[d] = axis[n[1] - 1] - axis[n[0] - 1];
        b[d] = axis[n[2] - 1] - axis[n[0] - 1];
        for (int j = 0; j < 3; j++) apart = fmax(apart, fabs(axis[n[j + 3] - 1] - axis[n[j] - 1]));
        for (int j = 0; j < per - 6; j++) {
          double ends = axis[n[ENDS[j][1]] - 1] + axis[n[ENDS[j][2]] - 1];
          apart = fmax(apart, fabs(axis[n[ENDS[j][0]] - 1] - ends / 2));
        }
      }
      for (int d = 0; d < 3; d++)
        area[d] += 0.5 * (a[(d + 1) % 3] * b[(d + 2) % 3] - a[(d + 2) % 3] * b[(d + 1) % 3]);
    }
    printf("%d %s %d %.17g %.17g %.17g %.17g %.17g %.17g\n", ids[k], name, size, sum[0], sum[1],
           area[0], area[1], area[2], apart);
  }
  CHECK(ex_close(file));
  return 0;
}
