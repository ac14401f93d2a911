"""The descent of `fit_descent` by autograd in torch, on any device: one loss, one way, one optimum.

The compiled descent adds up moments of the slope and has its chain rule written out; here torch
differentiates the costs of Eq. 11 themselves. What a point looks at (`fit_descent.undecided`) is
chosen by the compiled core, so both sum over the same seeds. On the device a point takes 200 bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

from nmc_mesh.devices import one_thread
from nmc_mesh.grains.fit_descent import DECAY, REFRESH, Problem, Undecided, pace, undecided
from nmc_mesh.grains.fit_forms import UPPER, Form, Free, Radial, gauged, rows_of
from nmc_mesh.progress import Progress, silent
from nmc_mesh.typing import AnyArray, Bools, Floats, Ints

_GROUP, _GROUPS = 64, 128  # points, groups whose costs are in memory at once: 3 MB
_PLANAR = [0, 1, 3, 6, 7, 9]  # monomials without z

Columns = Sequence[torch.Tensor]
"""Parameters of a form, (n,) each."""


def descended_on(
    device: Any,
    form: Form,
    parameters: Floats,
    given: Problem,
    steps: int,
    progress: Progress = silent,
) -> Floats:
    """Return the parameters after some steps of torch's Adam, as `fit_descent.descended` does.

    Parameters
    ----------
    device
        Of torch, as `chosen_device` gives it.
    form, parameters, given, steps, progress
        As there.
    """
    # A number of its own for every kind of parameter: they differ in their rates.
    columns = [torch.tensor(column, device=device) for column in parameters.T.copy()]
    free = [
        {"params": [column.requires_grad_()], "lr": rate}
        for column, rate in zip(columns, form.rates(given.dim).tolist(), strict=True)
        if rate > 0
    ]
    adam = torch.optim.Adam(free, betas=DECAY, eps=1e-8)
    slower = torch.optim.lr_scheduler.LambdaLR(adam, lambda step: pace(step, steps))
    matrices = MATRICES[type(form)]
    with one_thread():
        for step in range(steps):
            if step % REFRESH == 0:
                open_ = undecided(rows_of(form, _numbers(columns)), given)
                points = sent(open_, given, device)
            adam.zero_grad()
            table = polynomials(matrices(columns), columns, given.dim)
            table.backward(slope(table.detach(), points))
            adam.step()
            slower.step()
            progress("fit", (step + 1) / steps)
    return gauged(_numbers(columns), given.dim)


class Points(NamedTuple):
    """Undecided points on the device in groups of neighbours, some groups of all.

    ``monomials`` (g, 64, k) of the places; ``near`` (g, s) the seeds that any point of a group
    looks at, the costs of which are one product of matrices; ``chosen`` (g, 64, c) which of them
    the candidates of a point are, and ``own`` (g, 64, c) which candidates own its label.
    """

    monomials: torch.Tensor
    near: torch.Tensor
    chosen: torch.Tensor
    own: torch.Tensor


def slope(table: torch.Tensor, points: Sequence[Points]) -> torch.Tensor:
    """Return the slope of the loss by the polynomials (n, k), added up chunk by chunk."""
    leaf = table.requires_grad_()
    for some in points:
        loss(leaf, some).backward()
    return torch.zeros_like(leaf) if leaf.grad is None else leaf.grad


def loss(table: torch.Tensor, some: Points) -> torch.Tensor:
    """Return -sum log of the share of the seeds that own a point's label (Eq. 11), a number.

    The shares are softmax(-q) over its candidates, q a product of its monomials and a seed's
    polynomial.
    """
    rows = torch.nn.functional.embedding(some.near, table)
    costs = torch.bmm(some.monomials, rows.transpose(1, 2)).gather(2, some.chosen)
    own = costs.masked_fill(~some.own, torch.inf)
    return (torch.logsumexp(-costs, dim=2) - torch.logsumexp(-own, dim=2)).sum()


def polynomials(matrices: torch.Tensor, columns: Columns, dim: int) -> torch.Tensor:
    """Return q_i = (x - s_i)^T M_i (x - s_i) - r_i as factors of the monomials of x, (n, k).

    The monomials are x^2, y^2, z^2, xy, xz, yz, x, y, z, 1, in the plane those without z.
    """
    seeds = torch.stack(list(columns[:3]), dim=1)
    pulled = (matrices @ seeds[:, :, None])[:, :, 0]
    parts = [matrices[:, i, j] * (1.0 if i == j else 2.0) for i, j in UPPER]
    parts += [-2.0 * part for part in pulled.unbind(dim=1)]
    parts.append((pulled * seeds).sum(dim=1) - columns[-1])
    return torch.stack(parts if dim == 3 else [parts[k] for k in _PLANAR], dim=1)


def sent(open_: Undecided, given: Problem, device: Any) -> list[Points]:
    """Send what is undecided to the device."""
    points, truth, chosen = open_
    own = given.owner[chosen] == truth[:, None]
    x, y, z = points.T
    every = [x * x, y * y, z * z, x * y, x * z, y * z, x, y, z, np.ones(len(points))]
    monomials = np.stack(every if given.dim == 3 else [every[k] for k in _PLANAR], axis=1)
    return [
        Points(*(torch.tensor(each, device=device) for each in _grouped(*some)))
        for some in zip(*(_chunks(each) for each in (monomials, chosen, own)), strict=True)
    ]


def _chunks(table: AnyArray) -> list[AnyArray]:
    size = _GROUP * _GROUPS
    return [table[first : first + size] for first in range(0, len(table), size)]


def _grouped(monomials: Floats, chosen: Ints, own: Bools) -> tuple[AnyArray, ...]:
    """Return the fields of `Points`; a place that fills up the last group has no slope."""
    more = [(0, -len(chosen) % _GROUP), (0, 0)]
    chosen = np.pad(chosen.astype(np.int64), more, mode="edge")
    groups = np.arange(len(chosen)) // _GROUP
    count = int(chosen.max()) + 1
    keys, back = np.unique(groups[:, None] * count + chosen, return_inverse=True)
    group = keys // count
    starts = np.searchsorted(group, np.arange(groups[-1] + 2))
    near = np.zeros((groups[-1] + 1, np.diff(starts).max()), dtype=np.int64)
    near[group, np.arange(len(keys)) - starts[group]] = keys % count
    position = back.reshape(chosen.shape) - starts[groups][:, None]
    fields = (np.pad(monomials, more), position, np.pad(own, more, constant_values=True))
    first, second, third = (each.reshape(-1, _GROUP, each.shape[1]) for each in fields)
    return first, near, second, third


def _numbers(columns: Columns) -> Floats:
    return np.stack([column.detach().cpu().numpy() for column in columns], axis=1)


def _radial(columns: Columns) -> torch.Tensor:
    """M = Q^T D Q of `Radial`, (n, 3, 3), with slopes that are damped where its are."""
    seeds, gamma = torch.stack(list(columns[:3]), dim=1), columns[6]
    with torch.no_grad():
        first, second = torch.eye(3, dtype=seeds.dtype, device=seeds.device)[:2]
        length = torch.linalg.vector_norm(seeds, dim=1, keepdim=True)
        radial = torch.where(length > 0, seeds / length, first)
        axis = radial + first
        size = torch.linalg.vector_norm(axis, dim=1, keepdim=True)
        axis = torch.where(size < 1e-8, second, axis / size)
    radial = _moved(radial, seeds, length.clamp(min=1.0))
    axis = _moved(axis, radial, size.clamp(min=0.3))
    half = 2.0 * axis[:, :, None] * axis[:, None, :] - torch.diag(torch.ones_like(axis[0]))
    cosine, sine = torch.cos(gamma)[:, None], torch.sin(gamma)[:, None]
    rows = [half[:, 0], cosine * half[:, 1] - sine * half[:, 2]]
    rows.append(sine * half[:, 1] + cosine * half[:, 2])
    return _summed(torch.stack(rows, dim=2), columns)


def _free(columns: Columns) -> torch.Tensor:
    """M = L D L^T of `Free`, (n, 3, 3)."""
    full, none = torch.ones_like(columns[0]), torch.zeros_like(columns[0])
    down, far, across = columns[6:9]
    rows = [[full, none, none], [down, full, none], [far, across, full]]
    return _summed(torch.stack([torch.stack(row, dim=1) for row in rows], dim=1), columns)


def _summed(axes: torch.Tensor, columns: Columns) -> torch.Tensor:
    """Return sum_k D_k a_k a_k^T of the columns a_k of axes (n, 3, 3)."""
    diagonals = torch.exp(torch.stack(list(columns[3:6]), dim=1))
    return (axes * diagonals[:, None]) @ axes.transpose(1, 2)


def _moved(unit: torch.Tensor, way: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
    """Return unit vectors (n, 3) whose slope by ``way`` is its part across them, over ``scale``."""
    away = way - way.detach()
    return unit + (away - (away * unit).sum(dim=1, keepdim=True) * unit) / scale


MATRICES: dict[type, Callable[[Columns], torch.Tensor]] = {Radial: _radial, Free: _free}
