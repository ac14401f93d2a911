"""Steps of torch's Adam with what the calibrations add: a common norm, a faster last bias."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch

_TINY = 1e-12


class OptimizerOptions(NamedTuple):
    """Options of Adam.

    Parameters
    ----------
    rate
        Length of a step.
    betas
        Decay of the running means of the gradient and of its square.
    normalised
        Divide all gradients by their common norm first (as Algorithm 2 of the paper does).
    last
        The last parameter, biases of the outputs, moves by so many times the rate (ours).
    """

    rate: float
    betas: tuple[float, float]
    normalised: bool = False
    last: float = 1.0


class Optimizer:
    """torch.optim.Adam over the parameters of a module."""

    def __init__(self, module: torch.nn.Module, options: OptimizerOptions) -> None:
        self.options = options
        *most, last = module.parameters()
        groups = [{"params": most, "factor": 1.0}, {"params": [last], "factor": options.last}]
        self.adam = torch.optim.Adam(groups, lr=options.rate, betas=options.betas)

    def step(self, loss: Any, rate: float) -> None:
        """Move the parameters against the gradient of ``loss`` at this rate."""
        groups = self.adam.param_groups
        parameters = [p for group in groups for p in group["params"]]
        self.adam.zero_grad()
        loss.backward(inputs=parameters)
        if self.options.normalised:
            norm = torch.sqrt(sum((p.grad * p.grad).sum() for p in parameters)) + _TINY
            for p in parameters:
                p.grad.div_(norm)
        for group in groups:
            group["lr"] = float(rate) * group["factor"]
        self.adam.step()
