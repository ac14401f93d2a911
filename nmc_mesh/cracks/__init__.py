"""Cracks along grain boundaries: which ones are open, meshes parted there, laws from 2D images."""
