"""What tetrahedra are judged by: see ``_core/src/mesher/shape.hpp``."""

VOLUME, ANGLE = 0, 1
"""The quality 6 sqrt(2) volume / rms_edge^3 alone, or the lesser of it and of the least sine of a
dihedral angle, where obtuse ones count half."""
