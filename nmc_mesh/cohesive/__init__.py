"""Meshes whose grain boundaries can open: the value, which ones, and how nodes are doubled."""
