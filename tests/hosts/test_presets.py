"""What ``--for HOST`` writes is what the host reads: volumes, outer surface, every boundary."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nmc_mesh.cli.main import run
from nmc_mesh.errors import InputError
from nmc_mesh.io import FORMATS, read, write
from nmc_mesh.io.hosts import HOSTS, find_host, options_for
from nmc_mesh.mesh.groups import groups
from nmc_mesh.mesh.tables import boundary_table
from nmc_mesh.mesh.tet_mesh import TetMesh
from tests.hosts.common import areas_of, volumes_of, written_for

WRITTEN: dict[str, dict[str, Any]] = {
    "abaqus": {},  # test_calculix
    "comsol": {},  # test_written_for
    "dealii": {"boundaries": "none"},  # test_dealii
    "dolfinx": {},  # test_dolfinx
    "elmer": {},  # test_written_for
    "freefem": {"version": "2.2"},  # below
    "getdp": {"version": "2.2"},  # test_getdp
    "med": {},  # test_med
    "mfem": {"version": "1.3"},  # test_mfem
    "moose": {},  # test_written_for, test_exodus
    "ngsolve": {},  # test_netgen
    "pybamm": {"version": "2.2", "boundaries": "none"},  # test_pybamm
    "skfem": {"boundaries": "one"},  # below
}
"""What the hosts' own tests write."""


@pytest.mark.parametrize("word", HOSTS)
def test_a_preset_is_what_the_test_of_its_host_writes(
    word: str, tmp_path: Path, particle_mesh: TetMesh
) -> None:
    path = written_for(word, particle_mesh, tmp_path)
    (tmp_path / "by_hand").mkdir()
    write(tmp_path / "by_hand" / path.name, read(tmp_path / "source.e"), **WRITTEN[word])
    assert path.read_bytes() == (tmp_path / "by_hand" / path.name).read_bytes()
    assert set(HOSTS[word].options) <= set(FORMATS[HOSTS[word].ending].options)


def test_what_is_chosen_by_hand_stands_above() -> None:
    host = find_host("dealii")
    assert options_for(host, Path("a.msh"), "single", "one") == {
        "blocks": "single",
        "boundaries": "one",
    }
    assert options_for(host, Path("a.vtu"), "auto", "auto") == {
        "blocks": "auto",
        "boundaries": "auto",
    }


def test_words_that_are_no_hosts_and_other_endings(
    tmp_path: Path, particle_mesh: TetMesh, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "a.e", particle_mesh)
    command = ["convert", str(tmp_path / "a.e"), str(tmp_path / "b.vtu"), "--for"]
    assert run([*command, "nobody"]) == InputError.exit_code
    assert "use one of abaqus, comsol, dealii" in capsys.readouterr().err
    assert run([*command, "damask"]) == InputError.exit_code
    assert "nmc-mesh deck damask PARTICLE -o grid.vti" in capsys.readouterr().err
    assert run([*command, "mfem"]) == InputError.exit_code
    assert "MFEM reads .mesh files of ours; name one, such as b.mesh" in capsys.readouterr().err
    assert not (tmp_path / "b.vtu").exists()
    command[-2] = str(tmp_path / "b.header")
    assert run([*command, "elmer"]) == InputError.exit_code
    assert "Elmer reads mesh.header files of ours; name one, such as b/mesh.header" in (
        capsys.readouterr().err
    )
    assert run(["hosts"]) == 0
    assert "scikit-fem" in capsys.readouterr().out
    assert run(["hosts", "-q"]) == 0
    assert capsys.readouterr().out.split() == list(HOSTS)


@pytest.mark.host
def test_freefem(tmp_path: Path, particle_mesh: TetMesh) -> None:
    """With D = 1 and u = x outside, u = x is the solution and its energy the volume."""
    if shutil.which("FreeFem++") is None or not Path("/usr/lib/freefem++/gmsh.so").exists():
        pytest.skip("FreeFEM is missing; apt-get install freefem++ libfreefem++")
    path = written_for("freefem", particle_mesh, tmp_path)
    name = {group.id: group.name for group in groups(particle_mesh) if group.dim > 1}
    outer = next(tag for tag, name in name.items() if name == "outer_surface")
    script = Path(__file__).with_name("freefem.edp")
    done = subprocess.run(
        ["FreeFem++", "-nw", "-v", "0", script, path, str(outer)],
        capture_output=True, text=True, timeout=600,
        env={**os.environ, "FF_LOADPATH": "/usr/lib/freefem++"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    found = {
        kind: {name[int(row[1])]: float(row[2]) for row in rows if row[:1] == [kind]}
        for kind in ("cell", "facet")
    }
    volumes = volumes_of(particle_mesh)
    assert found["cell"] == pytest.approx(volumes, rel=1e-9)
    assert found["facet"] == pytest.approx(areas_of(particle_mesh), rel=1e-9)
    (energy,) = (float(row[1]) for row in rows if row[:1] == ["energy"])
    assert energy == pytest.approx(sum(volumes.values()), rel=1e-8)


def test_scikit_fem(tmp_path: Path, particle_mesh: TetMesh) -> None:
    skfem = pytest.importorskip("skfem", reason="pip install scikit-fem")
    mesh = skfem.MeshTet.load(written_for("skfem", particle_mesh, tmp_path))
    one = skfem.LinearForm(lambda v, _: v)
    volume = one.assemble(skfem.Basis(mesh, skfem.ElementTetP0(), intorder=1))
    found = {name: volume[cells].sum() for name, cells in mesh.subdomains.items()}
    volumes = volumes_of(particle_mesh)
    assert found == pytest.approx(volumes, rel=1e-10)
    area = {
        name: np.sum(skfem.FacetBasis(mesh, skfem.ElementTetP0(), facets=facets, intorder=1).dx)
        for name, facets in mesh.boundaries.items()
    }
    expected = {
        "outer_surface": areas_of(particle_mesh)["outer_surface"],
        "grain_boundary": boundary_table(particle_mesh)["area"].sum(),
    }
    assert area == pytest.approx(expected, rel=1e-10)
    basis = skfem.Basis(mesh, skfem.ElementTetP1(), intorder=2)
    laplace = skfem.BilinearForm(lambda u, v, _: (u.grad * v.grad).sum(axis=0)).assemble(basis)
    x = mesh.p[0].copy()
    fixed = np.unique(mesh.facets[:, mesh.boundary_facets()])
    u = skfem.solve(*skfem.condense(laplace, np.zeros_like(x), x=x, D=fixed))
    assert u @ laplace @ u == pytest.approx(sum(volumes.values()), rel=1e-10)
