"""Measured against simulated: descriptors, preferences, comparisons."""
