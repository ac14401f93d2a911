"""What makes tetrahedra: from a particle or a label image to a tagged mesh of either order."""
