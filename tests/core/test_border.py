"""The border of the core: what its header may say, what a call refuses, whose memory is whose."""

from __future__ import annotations

import gc
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from nmc_mesh import _core as core
from nmc_mesh._core import library as loader
from nmc_mesh._core.border import Border, Part, read_border
from nmc_mesh._core.stub import stub
from nmc_mesh.errors import ResourceError

TEXT = loader.HEADER.read_text(encoding="utf-8")


def border_of(text: str) -> Border:
    return read_border('extern "C" {\n' + text)


def parts_of(parameters: str) -> tuple[Part, ...]:
    return border_of(f"NMC_API int nmc_f({parameters});").functions["f"].parts


# ---- the dialect


def test_every_kind_of_parameter_is_known() -> None:
    parts = parts_of(
        "const f64_2 *x /* [n][3] */, i32_1 *labels, own_i32_2 *made, double a, bool *ok, "
        "const nmc_tree *tree"
    )
    assert parts == (
        Part("x", "array", "f64", 2, False, ("n", "3")),
        Part("labels", "array", "i32", 1, True, ("",)),
        Part("made", "own", "i32", 2, True, ("", "")),
        Part("a", "scalar", "double", 0, False, ()),
        Part("ok", "result", "bool", 0, True, ()),
        Part("tree", "struct", "nmc_tree", 0, False, ()),
    )


def test_a_struct_has_fields_with_shapes_behind_their_semicolons() -> None:
    found = border_of(
        "typedef struct {\n  const f64_2 rows; /* [n][10] */\n  const i32_1 order; // seeds\n"
        "  double scale;\n} nmc_few;".replace("// seeds", "/* seeds */")
    )
    rows, order, scale = found.structs["nmc_few"]
    assert (rows.shape, order.shape, scale.kind) == (("n", "10"), ("",), "scalar")
    assert not rows.written


def test_the_comment_above_a_function_describes_it() -> None:
    text = "/* Add\n * two. */\nNMC_API int nmc_f(double a,\n   /* why */ double b);\n"
    for found in (border_of(text), border_of(text.replace("\n", "\r\n"))):
        assert found.functions["f"].doc == "Add two."
        assert [part.name for part in found.functions["f"].parts] == ["a", "b"]


@pytest.mark.parametrize(
    ("parameter", "reason"),
    [
        ("const f64_2 *x /* [n] */", "not an array of 2 axes"),
        ("const f64_2 x", "not an array of 2 axes"),
        ("unsigned int n", "not a declaration"),
        ("const char *name", "the type of"),
        ("double *const value", "not a declaration"),
        ("size_t n", "the type of"),
    ],
)
def test_what_is_outside_the_dialect_is_refused(parameter: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parts_of(parameter)


def test_every_function_of_the_header_is_read_and_in_the_library() -> None:
    names = set(loader.border().functions)
    assert len(names) == TEXT.count("NMC_API int nmc_")
    for name in names:
        assert hasattr(loader.library(), f"nmc_{name}")
        assert loader.border().functions[name].doc, f"{name} needs a comment"
    assert set(dir(core)) == names


def test_the_types_for_checkers_are_made_from_the_header() -> None:
    made = loader.HEADER.with_name("__init__.pyi").read_text(encoding="utf-8")
    assert made == stub(TEXT), "remake it with: python -m nmc_mesh._core.stub"


# ---- what a call refuses


class Few(NamedTuple):
    """What the struct nmc_tree holds."""

    rows: np.ndarray
    order: np.ndarray
    span: np.ndarray
    nodes: np.ndarray
    scale: np.ndarray


def few(**changes: Any) -> Few:
    """Return the tree of one seed at the origin."""
    rows = np.array([[0, 0, 0, 1, 1, 1, 0, 0, 0, 0]], dtype=np.float64)
    order, span = np.zeros(1, np.int32), np.array([[0, 1]], dtype=np.int32)
    return Few(rows, order, span, np.zeros((1, 8)), np.zeros(8))._replace(**changes)


def unfilter(raw: Any = None, step: Any = 1, lines: Any = None) -> bool:
    raw = np.zeros((2, 4), np.uint8) if raw is None else raw
    return core.unfilter_png(raw, step, np.zeros((2, 3), np.uint8) if lines is None else lines)


def frozen(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array


@pytest.mark.parametrize(
    ("call", "error", "reason"),
    [
        (lambda: unfilter(np.zeros((2, 4), np.int8)), TypeError, "raw must be a C-ordered array"),
        (lambda: unfilter(np.zeros(4, np.uint8)), TypeError, r"raw must .* uint8 with 2 axes"),
        (lambda: unfilter(np.zeros((4, 2), np.uint8).T), TypeError, "raw must be a C-ordered"),
        (lambda: unfilter(np.zeros((2, 8), np.uint8)[:, ::2]), TypeError, "raw must be a C-ord"),
        (lambda: unfilter(lines=frozen(np.zeros((2, 3), np.uint8))), TypeError, "lines is written"),
        (lambda: unfilter(lines=np.zeros((3, 3), np.uint8)), ValueError, r"lines has the shape"),
        (lambda: unfilter(lines=np.zeros((2, 4), np.uint8)), ValueError, r"with .*'w': 3"),
        (lambda: unfilter([[0, 0]]), AttributeError, "flags"),
        (lambda: unfilter(step="two"), ValueError, "two"),
        (lambda: core.unfilter_png(1), TypeError, "takes 3 arguments, not 1"),
        (lambda: core.filter_spline(np.zeros((1, 3))), ValueError, "filter_spline cannot take"),
    ],
)
def test_an_argument_that_does_not_fit_is_refused_by_name(
    call: Callable[[], Any], error: type[Exception], reason: str
) -> None:
    with pytest.raises(error, match=reason):
        call()


def test_a_read_only_array_may_be_read() -> None:
    assert unfilter(frozen(np.zeros((2, 4), np.uint8))) is True


def test_numbers_and_factors_in_shapes_are_checked() -> None:
    values, starts = np.arange(3, dtype=np.int32), np.array([0, 3])
    assert core.write_lines(values, starts, 32, np.empty(36, np.uint8)) == 6
    for room in (35, 24):  # [12n] is no multiple, or another one
        with pytest.raises(ValueError, match="text has the shape"):
            core.write_lines(values, starts, 32, np.empty(room, np.uint8))
    with pytest.raises(ValueError, match="corners must have 3 entries on axis 1"):
        core.rasterize(
            np.empty((1, 2, 6)), np.zeros(1, np.int32), np.zeros((1, 1), np.int32), np.zeros((1, 1))
        )


@pytest.mark.parametrize(
    ("text", "parts"),
    [("n", (1, "n", 0)), ("3", (1, "", 3)), ("2n", (2, "n", 0)), ("2n+1", (2, "n", 1)),
     ("n+1", (1, "n", 1)), ("12k", (12, "k", 0))],
)  # fmt: skip
def test_the_length_of_an_axis_has_a_factor_and_a_rest(text: str, parts: tuple[Any, ...]) -> None:
    assert loader._length(text) == parts


def test_a_struct_is_checked_field_by_field() -> None:
    points, labels = np.ones((2, 3)), np.full(2, -1, np.int32)
    core.label_points(few(), points, 0, 2, labels)
    assert labels.tolist() == [0, 0]
    with pytest.raises(TypeError, match="rows must be a C-ordered array of float64"):
        core.label_points(few(rows=few().rows.astype(np.float32)), points, 0, 2, labels)
    with pytest.raises(ValueError, match="scale must have 8 entries on axis 0"):
        core.label_points(few(scale=np.zeros(7)), points, 0, 2, labels)
    with pytest.raises(ValueError, match=r"order has the shape \(2,\)"):
        core.label_points(few(order=np.zeros(2, np.int32)), points, 0, 2, labels)
    with pytest.raises(AttributeError, match="rows"):
        core.label_points(points, points, 0, 2, labels)


def test_an_unknown_function_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="the core has no function 'label_point'"):
        _ = core.label_point  # type: ignore[attr-defined]


# ---- results


def test_results_come_back_as_nothing_one_or_a_tuple() -> None:
    cells = np.array([[0, 1, 2, 3]], dtype=np.int32)
    spans = np.array([[0, 1]], dtype=np.int32)
    found = core.match_faces(0, 4, spans, cells, np.ones(1, np.int32))
    assert [part.shape for part in found] == [(4, 3), (4, 2), (4, 2)]
    assert [part.dtype for part in found] == [np.dtype(np.int32)] * 3
    assert type(unfilter()) is bool
    assert core.plane_moments(np.zeros((2, 2), np.int32), 1).tolist() == [[4, 2, 2, 2, 2, 1]]
    assert core.label_points(few(), np.ones((1, 3)), 0, 0, np.zeros(1, np.int32)) is None


def test_an_array_without_entries_keeps_its_axes() -> None:
    edges, points = core.meet_facets(
        0, 0, np.zeros(1, np.int64), *(np.zeros(s, np.int32) for s in (0, (0, 3), (0, 2)))
    )
    assert (edges.shape, points.shape) == ((0, 2), (0,))


class Recorder:
    """Stands for the library and tells what is freed."""

    def __init__(self, real: Any) -> None:
        self._real, self.freed = real, list[int]()

    def nmc_free(self, address: Any) -> int:
        self.freed.append(address.value)
        return self._real.nmc_free(address)


def test_memory_of_the_core_lives_as_long_as_its_last_view(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recorder = Recorder(loader.library())
    monkeypatch.setattr(loader, "library", lambda: recorder)
    made = core.plane_moments(np.zeros((40, 50), np.int32), 3)
    address = made.ctypes.data
    view = made[:1].T
    del made
    gc.collect()  # of other tests too
    assert address not in recorder.freed
    assert view[0, 0] == 2000
    del view
    gc.collect()
    assert recorder.freed.count(address) == 1


def test_arrays_of_the_core_may_be_written_to() -> None:
    made = core.plane_moments(np.zeros((2, 2), np.int32), 1)
    made += 1.0
    assert made[0, 0] == 5.0


def test_too_little_memory_is_an_error_of_its_own() -> None:
    with pytest.raises(ResourceError, match="memory of this machine"):
        core.plane_moments(np.zeros((1, 1), np.int32), 2**55)


# ---- the library


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NMC_MESH_CORE", str(tmp_path / "none.so"))
    with pytest.raises(ImportError, match=r"none\.so is missing; build it with"):
        loader.library.__wrapped__()


def test_a_library_of_another_header_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = tmp_path / "core.h"
    other.write_text(TEXT + "\n")
    monkeypatch.setenv("NMC_MESH_CORE", loader.library()._name)
    monkeypatch.setattr(loader, "HEADER", other)
    with pytest.raises(ImportError, match=r"built from another core\.h"):
        loader.library.__wrapped__()


def test_the_library_knows_its_sources() -> None:
    if not loader.HEADER.with_name("src").is_dir():
        pytest.skip("the sources are not installed")
    builder = loader.HEADER.with_name("build.py")
    expected = runpy.run_path(str(builder))["sources_id"]()
    assert loader.sources_id() == f"{expected:016x}", "build it anew with: pip install -e ."
