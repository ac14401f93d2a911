"""One material for all grains: tensors of turned crystals from a table with a row per block.

A crystal that is isotropic in its layers has tensors T = t_a I + (t_c - t_a) c c^T, c its c axis.
The six products n_ij = c_i c_j come from the table as fields that are constant in elements, and T
is the sum of six constant tensors weighted by T_ij(n, x): ``CompositeMobilityTensor`` of the
diffusivity, ``CompositeEigenstrain`` of the chemical strain. The stiffness is turned by Bunge's
angles.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nmc_mesh import Material
from nmc_mesh.crystal.orientation import c_axes
from nmc_mesh.crystal.tensors import VOIGT, isotropic_moduli
from nmc_mesh_moose.hit import block

PAIRS = ("xx", "yy", "zz", "yz", "xz", "xy")
"""Components in the order of Voigt, which is MOOSE's: 11 22 33 23 13 12."""


def rows_of(table: dict) -> np.ndarray:
    """Bunge's angles in degrees and n_ij of blocks 1, 2, ...; zeros where there is no block."""
    c = c_axes(table["orientation"])
    products = np.stack([c[:, i] * c[:, j] for i, j in VOIGT], axis=1)
    rows = np.zeros((int(table["id"][-1]), 9))
    rows[table["id"] - 1] = np.hstack([np.degrees(table["bunge"]), products])
    return rows


def reader(file: str, blocks: int) -> str:
    """Read the table; block k has row k."""
    return block(
        "UserObjects",
        block(
            "crystals",
            type="PropertyReadFile",
            prop_file_name=file,
            read_type="block",
            nprop=9,
            nblock=blocks,
            use_zero_based_block_indexing=False,
        ),
        note="Of every block: Bunge's angles in degrees, then c_i c_j of its c axis,\n"
        "xx yy zz yz xz xy.",
    )


def fields() -> str:
    """Bring n_ij into fields, once."""
    names = [f"n_{pair}" for pair in PAIRS]
    functions = [
        block(
            f"table_{name}",
            type="PiecewiseConstantFromCSV",
            read_prop_user_object="crystals",
            read_type="block",
            column_number=3 + k,
        )
        for k, name in enumerate(names)
    ]
    kernels = [
        block(
            name, type="FunctionAux", variable=name, function=f"table_{name}", execute_on="initial"
        )
        for name in names
    ]
    variables = [block(name, family="MONOMIAL", order="CONSTANT") for name in names]
    return "\n".join(
        [
            block("Functions", *functions),
            block("AuxVariables", *variables, note="c_i c_j of the c axis in every element."),
            block("AuxKernels", *kernels),
        ]
    )


def diffusivity(material: Material, turned: bool) -> Iterator[str]:
    """D over x, in um^2/s."""
    x = _contents(material, "diffusivity")
    yield from _over_content(("D_along", "D_across"), x, material.diffusivity(x))
    for pair, (i, j) in zip(PAIRS, VOIGT, strict=True):
        yield block(
            f"unit_{pair}",
            type="ConstantAnisotropicMobility",
            M_name=f"unit_{pair}",
            tensor=_unit(i, j).ravel().tolist(),
        )
    yield from _weights("D", "D_along", "D_across", turned)
    yield block(
        "diffusivity",
        type="CompositeMobilityTensor",
        M_name="D",
        tensors=[f"unit_{pair}" for pair in PAIRS],
        weights=[f"D_{pair}" for pair in PAIRS],
        args="c",
    )


def swelling(material: Material, start: float, turned: bool) -> Iterator[str]:
    """Chemical strain over x, against the lattice at the start."""
    x = _contents(material, "lattice")
    yield from _over_content(("strain_a", "strain_c"), x, material.chemical_strain(x, start))
    for pair, (i, j) in zip(PAIRS, VOIGT, strict=True):
        unit = _unit(i, j)
        yield block(
            f"basis_{pair}",
            type="GenericConstantRankTwoTensor",
            tensor_name=f"basis_{pair}",
            tensor_values=[int(unit[place]) for place in VOIGT],
        )
    yield from _weights("swell", "strain_a", "strain_c", turned)
    yield block(
        "lithiation",
        type="CompositeEigenstrain",
        eigenstrain_name="lithiation",
        tensors=[f"basis_{pair}" for pair in PAIRS],
        weights=[f"swell_{pair}" for pair in PAIRS],
        args="c",
    )


def stiffness(material: Material, turned: bool) -> Iterator[str]:
    """C in MPa: 21 numbers of the crystal's frame, or the isotropic mean."""
    if turned:
        # 1111 1122 1133 1123 1113 1112 2222 ...: the upper triangle, row by row.
        c = material.stiffness
        yield block(
            "stiffness",
            type="ComputeElasticityTensorCP",
            fill_method="symmetric21",
            C_ijkl=[float(c[i, j]) for i in range(6) for j in range(i, 6)],
            read_prop_user_object="crystals",
            note="It turns by Bunge's angles from crystal to sample; ComputeElasticityTensor\n"
            "would turn the other way round.",
        )
    else:
        bulk, shear = isotropic_moduli(material.stiffness).tolist()
        kind = "ComputeIsotropicElasticityTensor"
        yield block("stiffness", type=kind, bulk_modulus=bulk, shear_modulus=shear)
    yield block("stress", type="ComputeLinearElasticStress")


def _contents(material: Material, name: str) -> np.ndarray:
    """Contents of a table of the material, or the ends of its range where there is none."""
    return np.asarray(material.numbers.get(f"{name}.x", material.content_range), dtype=float)


def _over_content(names: tuple[str, str], x: np.ndarray, values: np.ndarray) -> Iterator[str]:
    for name, column in zip(names, values.T, strict=True):
        yield block(
            name,
            type="PiecewiseLinearInterpolationMaterial",
            property=name,
            variable="c",
            x=x.tolist(),
            y=[float(f"{value:.9g}") for value in column],
        )


def _unit(i: int, j: int) -> np.ndarray:
    unit = np.zeros((3, 3), dtype=int)
    unit[i, j] = unit[j, i] = 1
    return unit


def _weights(name: str, along: str, across: str, turned: bool) -> Iterator[str]:
    """T_ij of one pair of numbers and of n_ij; a third on the diagonal if nobody is turned."""
    for pair in PAIRS:
        own = pair[0] == pair[1]
        n = f"n_{pair}" if turned else "1/3" if own else "0"
        sum_ = f"({across} - {along}) * {n}"
        yield block(
            f"{name}_{pair}",
            type="DerivativeParsedMaterial",
            property_name=f"{name}_{pair}",
            coupled_variables=["c", n] if turned else "c",
            material_property_names=[f"{along}(c)", f"{across}(c)"],
            expression=f"{along} + {sum_}" if own else sum_,
            derivative_order=2,
        )
