"""Meshes as values: cells and their tags, groups, tables, quality, validator; no mesher."""
