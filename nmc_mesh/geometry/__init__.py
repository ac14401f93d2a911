"""Shapes and tessellations: radius functions, grain diagrams, label images."""
