"""Our harmonics against those of pyshtools, an independent implementation."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from nmc_mesh.geometry.directions import directions
from nmc_mesh.geometry.harmonics import degrees, design_matrix
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.shell.fit import fit_coefficients

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    pyshtools = pytest.importorskip("pyshtools", reason="install nmc-mesh[calibrate] to run this")


def random_shape() -> StarShape:
    spread = 1.0 / (1.0 + degrees(9)) ** 1.5
    coefficients = spread * np.random.default_rng(0).standard_normal(100)
    coefficients[0] = 14.0
    return StarShape(coefficients)


def test_the_same_radius_and_the_same_coefficients() -> None:
    """Real, orthonormal, without the Condon-Shortley sign; m < 0 are the sines."""
    shape = random_shape()
    table = np.zeros((2, 10, 10))
    for l in range(10):  # noqa: E741
        for m in range(-l, l + 1):
            table[int(m < 0), l, abs(m)] = shape.coefficients[l * l + l + m]
    theirs = pyshtools.SHCoeffs.from_array(table, normalization="ortho", csphase=1)
    x, y, z = directions().T
    radius = theirs.expand(lat=np.degrees(np.arcsin(z)), lon=np.degrees(np.arctan2(y, x)))
    np.testing.assert_allclose(radius, design_matrix(directions()) @ shape.coefficients, atol=1e-12)
    np.testing.assert_allclose(fit_coefficients(radius)[0], shape.coefficients, atol=1e-12)
    power = np.bincount(degrees(9), shape.coefficients**2)
    np.testing.assert_allclose(
        theirs.spectrum(convention="power", unit="per_l"), power / (4 * np.pi), rtol=1e-12
    )
