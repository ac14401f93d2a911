"""Every folder of plugins/ installs by pip, and its host finds what it brings."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

import numpy as np
import pytest

import nmc_mesh
from nmc_mesh.mesh.tables import grain_table
from tests.dolfinx_host import launched
from tests.dolfinx_host import need as need_dolfinx

ROOT = Path(__file__).parents[2]
FOLDERS = sorted(path.name for path in (ROOT / "plugins").iterdir() if path.is_dir())
COMMANDS = {
    "fenicsx": {"nmc-mesh-charge"},
    "gmsh": {"nmc-particle"},
    "moose": {"nmc-mesh-moose"},
    "napari": set(),
    "paraview": {"nmc-mesh-paraview"},
    "pybamm": set(),
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install all of them, from copies: nothing is built in the tree."""
    folder = tmp_path_factory.mktemp("distributions")
    shutil.copytree(ROOT / "plugins", folder / "plugins")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    where = ["--no-build-isolation", "--target", folder / "site"]
    sources = [folder / "plugins" / name for name in FOLDERS]
    done = subprocess.run([*pip, *where, *sources], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "site"


def ran(site: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run our Python with what was installed."""
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": f"{site}{os.pathsep}{ROOT}"},
    )


def test_each_folder_is_a_distribution_with_its_commands(site: Path) -> None:
    installed = {part.name: part for part in distributions(path=[str(site)])}
    assert set(installed) == {f"nmc-mesh-{name}" for name in FOLDERS}
    for name in FOLDERS:
        part = installed[f"nmc-mesh-{name}"]
        assert part.version == nmc_mesh.__version__
        scripts = {point.name for point in part.entry_points if point.group == "console_scripts"}
        assert scripts == COMMANDS[name]


def test_the_commands_speak(site: Path, tmp_path: Path) -> None:
    moose = ran(site, site / "bin" / "nmc-mesh-moose")
    assert moose.returncode == 2
    assert "usage: nmc-mesh-moose" in moose.stderr
    assert "voxels" in ran(site, "-m", "nmc_mesh_moose", "--help").stdout
    paraview = ran(site, site / "bin" / "nmc-mesh-paraview")
    folder = Path(paraview.stdout.strip())
    assert [path.name for path in folder.glob("*.py")] == ["nmc_mesh_paraview.py"]


def test_pybamm_finds_the_parameter_set(site: Path) -> None:
    (part,) = (part for part in distributions(path=[str(site)]) if part.name == "nmc-mesh-pybamm")
    found = {(point.group, point.name): point.value for point in part.entry_points}
    expected = {
        ("pybamm_parameter_sets", "NMC811_polycrystal"): "nmc_mesh_pybamm:nmc811_polycrystal"
    }
    assert found == expected
    if importlib.util.find_spec("pybamm") is None:
        pytest.skip("PyBaMM is missing; pip install pybamm")
    program = "import pybamm; print('NMC811_polycrystal' in list(pybamm.parameter_sets))"
    assert ran(site, "-c", program).stdout.splitlines()[-1] == "True"


@pytest.mark.host
def test_paraview_finds_the_plugin_by_its_path(site: Path, tmp_path: Path) -> None:
    if shutil.which("pvpython") is None or shutil.which("xvfb-run") is None:
        pytest.skip("apt-get install paraview python3-paraview xvfb xauth libgl1-mesa-dri")
    # Debian 12's ParaView 5.11.0 asks Python 3.11 for a function that is gone, for any plugin.
    (tmp_path / "sitecustomize.py").write_text(
        "import inspect\n"
        "if not hasattr(inspect, 'getargspec'):\n"
        "    inspect.getargspec = inspect.getfullargspec\n"
    )
    program = "import paraview.simple as s; print([n for n in dir(s) if n.startswith('NMC')])"
    (tmp_path / "names.py").write_text(program)
    folder = ran(site, site / "bin" / "nmc-mesh-paraview").stdout.strip()
    done = subprocess.run(
        ["xvfb-run", "-a", "pvpython", "--force-offscreen-rendering", tmp_path / "names.py"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PV_PLUGIN_PATH": folder, "PYTHONPATH": str(tmp_path)},
    )
    assert done.stdout.splitlines()[-1] == "['NMCparticle', 'NMCtables']", done.stderr


@pytest.mark.host
def test_the_charge_runs_where_it_is_installed(site: Path) -> None:
    need_dolfinx()
    program = (
        "import sys; sys.path.insert(0, sys.argv.pop(1)); "
        "from nmc_mesh_fenicsx import chemo_mechanics as c; print(c.__file__); c.main()"
    )
    done = launched("-c", program, site, "--help")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(site))
    assert "--series" in done.stdout


def test_npe2_finds_no_fault_in_the_manifest(site: Path) -> None:
    """Napari's plugin engine imports every name that the manifest gives."""
    program = (
        "from npe2 import PluginManifest\n"
        "manifest = PluginManifest.from_distribution('nmc-mesh-napari')\n"
        "manifest.validate_imports()\n"
        "parts = manifest.contributions\n"
        "print(parts.widgets[0].display_name, parts.writers[0].filename_extensions)\n"
    )
    done = ran(site, "-c", program)
    assert done.returncode == 0, done.stderr
    assert "Mesh labels" in done.stdout


def test_labels_become_a_surface_and_a_file(site: Path, tmp_path: Path) -> None:
    """What napari calls, with a layer's public attributes; two grains, x along the last axis."""
    program = tmp_path / "mesh.py"
    program.write_text(
        "import sys\n"
        "from pathlib import Path\n"
        "from types import SimpleNamespace\n"
        "import numpy as np\n"
        "from nmc_mesh_napari import mesh_labels, write_mesh\n"
        "labels = np.zeros((12, 14, 20), dtype=np.uint8)\n"
        "labels[2:10, 2:12, 2:10], labels[2:10, 2:12, 10:18] = 1, 2\n"
        "layer = SimpleNamespace(data=labels, name='two', scale=np.array([0.2, 0.1, 0.1]),\n"
        "                        translate=np.array([5.0, 0.0, 0.0]))\n"
        "folder = Path(sys.argv[1])\n"
        "(points, triangles, grains), shown, kind = mesh_labels(layer, 0.2, folder / 'two.msh')\n"
        "assert mesh_labels(layer, 0.2)[2] == kind == 'surface'\n"
        "np.savez(folder / 'surface.npz', points=points, triangles=triangles, grains=grains)\n"
        "attributes = {'scale': [0.2, 0.1, 0.1], 'translate': [5.0, 0.0, 0.0]}\n"
        "print(write_mesh(str(folder / 'two.vtu'), labels, attributes))\n"
        "try:\n"
        "    write_mesh(str(folder / 'flat.vtu'), labels[0], {})\n"
        "except ValueError as error:\n"
        "    print(error)\n"
    )
    done = ran(site, program, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "needs labels of three dimensions, not 2" in done.stdout
    assert not (tmp_path / "flat.vtu").exists()
    with np.load(tmp_path / "surface.npz") as surface:
        points, grains = surface["points"], surface["grains"]
        corners = points[surface["triangles"]]
    # The layer's first voxel has its centre at (5, 0, 0): z, y, x.
    np.testing.assert_allclose(points.min(axis=0), [5.3, 0.15, 0.15], atol=0.1)
    np.testing.assert_allclose(points.max(axis=0), [6.9, 1.15, 1.75], atol=0.1)
    assert set(grains) == {1.0, 2.0}
    assert (corners[:, :, 2].mean(axis=1)[grains[::3] == 1] < 1.0).all()
    for name in ("two.msh", "two.vtu"):
        volumes = grain_table(nmc_mesh.read(tmp_path / name))["volume"]
        np.testing.assert_allclose(volumes, 8 * 10 * 8 * 0.002, rtol=0.05)
