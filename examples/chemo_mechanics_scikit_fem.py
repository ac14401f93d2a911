"""Chemo-mechanics of a particle in scikit-fem: a whole charge at C/2, and the stress on its way.

Everything that a solver needs comes from the files: cells of every grain, the outer surface, the
quaternion of every crystal. Weak forms, with x the lithium content, s the share of V / A:

    int dx/dt v dV + int grad x . D grad v dV = -(x_max - x_min) / 7200 s * V / A int v dA
    int eps(u) : C eps(v) dV = int eps*(x) : C eps(v) dV,  eps* = the strain of the free lattice

D, C and eps* are those of the crystal, turned into the frame of the particle.
Needs ``pip install 'nmc-mesh[fem]'``.
"""

import json
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import skfem
from scipy.sparse.linalg import splu
from skfem.helpers import dot, grad

import nmc_mesh
from nmc_mesh.crystal.library import load_material
from nmc_mesh.crystal.tensors import turned_stiffness, turned_tensors, voigt_strain
from nmc_mesh.crystal.texture import UniformTexture
from nmc_mesh.mesh.tables import grain_table

STEPS, LOOKS = 40, 4  # stress is looked at after every quarter of the charge
GAMMA = 1 - np.sqrt(0.5)  # of the two-stage method of order two: implicit, stable for any step


@skfem.BilinearForm
def mass(u, v, w):
    return u * v


@skfem.BilinearForm
def conduction(u, v, w):
    return np.einsum("ij...,j...,i...->...", w.d, grad(u), grad(v))


@skfem.LinearForm
def surface(v, w):
    return v


def strain(u):
    """Strain in Voigt's order, shear doubled."""
    g = grad(u)
    shear = (g[1, 2] + g[2, 1], g[0, 2] + g[2, 0], g[0, 1] + g[1, 0])
    return np.stack([g[0, 0], g[1, 1], g[2, 2], *shear])


@skfem.BilinearForm
def elasticity(u, v, w):
    return dot(np.einsum("ij...,j...->i...", w.c, strain(u)), strain(v))


@skfem.LinearForm
def swelling(v, w):
    return dot(w.pull, strain(v))


def particle(folder: Path) -> None:
    """Write a particle whose crystals lie at random."""
    drawn = nmc_mesh.load_model("nmc-equiaxed").sample(1, diameter=1.9)
    mesh = nmc_mesh.tetrahedralize(drawn, size=0.18)
    grains = grain_table(mesh)
    turns = np.tile([1.0, 0.0, 0.0, 0.0], (mesh.labels.max(), 1))
    rng = np.random.default_rng(0)
    turns[grains["id"] - 1] = UniformTexture().sample(grains["centroid"], None, rng)
    mesh = replace(mesh, info={**mesh.info, "orientations": turns})
    nmc_mesh.write(folder / "particle.msh", mesh)
    nmc_mesh.write(folder / "particle.json", mesh)


def crystals(mesh: skfem.MeshTet, tables: dict) -> np.ndarray:
    """Quaternion of the crystal in every cell."""
    grains = tables["grains"]
    turns = dict(zip(grains["id"], grains["orientation"], strict=True))
    quaternions = np.empty((mesh.nelements, 4))
    for name, cells in mesh.subdomains.items():
        quaternions[cells] = turns[int(name.removeprefix("grain_"))]
    return quaternions


def spread(values: np.ndarray) -> np.ndarray:
    """Values of cells (m, ...) as scikit-fem wants them at one point of each: (..., m, 1)."""
    return np.moveaxis(values, 0, -1)[..., None]


def charged(mesh: skfem.MeshTet, quaternions: np.ndarray, material) -> np.ndarray:
    """Lithium content at the nodes, at the start and after every step."""
    basis = skfem.Basis(mesh, skfem.ElementTetP1(), intorder=2)
    rough = skfem.Basis(mesh, skfem.ElementTetP1(), intorder=0)
    outer = skfem.FacetBasis(mesh, skfem.ElementTetP1(), facets="outer_surface", intorder=1)
    low, high = material.content_range
    m, load = mass.assemble(basis), surface.assemble(outer)
    load *= (low - high) / 7200 * m.sum() / load.sum()
    step = 7200 / STEPS
    found = [np.full(mesh.nvertices, high)]
    for _ in range(STEPS):
        mean = np.clip(found[-1][mesh.t].mean(axis=0), low, high)
        tensors = turned_tensors(material.diffusion_tensor(mean), quaternions)
        k = conduction.assemble(rough, d=spread(tensors))
        solve = splu((m + GAMMA * step * k).tocsc()).solve
        first = solve(load - k @ found[-1])
        second = solve(load - k @ (found[-1] + (1 - GAMMA) * step * first))
        found.append(found[-1] + step * ((1 - GAMMA) * first + GAMMA * second))
    total = np.array(found) @ np.ravel(m.sum(axis=0))
    exact = high * m.sum() + load.sum() * step * np.arange(STEPS + 1)
    print(f"lithium is conserved to {np.abs(total / exact - 1).max():.0e}")
    return np.array(found)


def stressed(mesh: skfem.MeshTet, quaternions: np.ndarray, material, contents) -> np.ndarray:
    """Stress of every cell in MPa, Voigt's order, at some contents, shape (s, 6, m)."""
    basis = skfem.Basis(mesh, skfem.ElementVector(skfem.ElementTetP1()), intorder=0)
    stiff = turned_stiffness(material.stiffness, quaternions)
    matrix = elasticity.assemble(basis, c=spread(stiff))
    # Six supports hold the body and bear nothing: its own stress is in balance.
    a, b, c = mesh.p[0].argmin(), mesh.p[0].argmax(), mesh.p[1].argmax()
    held = np.concatenate(
        [basis.nodal_dofs[:, a], basis.nodal_dofs[1:, b], basis.nodal_dofs[2:, c]]
    )
    free = np.setdiff1d(np.arange(basis.N), held)
    solve = splu(matrix[free][:, free].tocsc()).solve
    found = []
    for content in contents:
        lattice = material.chemical_strain(content, material.content_range[1])[mesh.t].mean(axis=0)
        own = turned_tensors(lattice[:, [0, 0, 1], None] * np.eye(3), quaternions)
        pull = np.einsum("mij,mj->mi", stiff, voigt_strain(own))
        moved = np.zeros(basis.N)
        moved[free] = solve(swelling.assemble(basis, pull=spread(pull))[free])
        bent = strain(basis.interpolate(moved))[..., 0]
        found.append(np.einsum("mij,jm->im", stiff, bent) - pull.T)
    return np.array(found)


def main() -> dict[str, np.ndarray]:
    with TemporaryDirectory() as folder:
        particle(Path(folder))
        mesh = skfem.MeshTet.load(Path(folder) / "particle.msh")
        tables = json.loads((Path(folder) / "particle.json").read_text(encoding="utf-8"))
    material = load_material("nmc811")
    quaternions = crystals(mesh, tables)
    contents = charged(mesh, quaternions, material)[STEPS // LOOKS :: STEPS // LOOKS]
    stress = stressed(mesh, quaternions, material, contents)
    return {
        "least x": contents.min(axis=1),
        "largest x": contents.max(axis=1),
        "largest stress, MPa": np.abs(stress).max(axis=(1, 2)),
        "mean square stress, MPa^2": (stress**2).mean(axis=(1, 2)),
    }


if __name__ == "__main__":
    for what, values in main().items():
        print(f"{what}:", *(f"{value:.6g}" for value in values))
