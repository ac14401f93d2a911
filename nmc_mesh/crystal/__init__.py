"""Orientations, crystal symmetry, texture laws and materials."""
