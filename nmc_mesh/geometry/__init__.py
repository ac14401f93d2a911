"""Shapes and tessellations: radius functions, grain diagrams, label images."""

from nmc_mesh.geometry.candidates import Candidates, labels_on_grid
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.geometry.star_shape import StarShape

__all__ = ["GBPD", "Candidates", "LabelImage", "StarShape", "labels_on_grid"]
