"""Stereological calibration: planar sections in, a model of grains in space out."""

from nmc_mesh.calibration.protocol import Calibration, Calibrator

__all__ = ["Calibration", "Calibrator"]
