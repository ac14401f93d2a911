"""Adam over a list of tensors, with a state that can be stored."""

from __future__ import annotations

from typing import Any

import torch

_TINY = 1e-8


class Adam:
    """w <- w - rate m^ / (sqrt(v^) + 1e-8), m and v the running means of g and g^2.

    Parameters
    ----------
    weights
        Leaves that take gradients; they are changed in place.
    rate
        Length of a step.
    betas
        Decay of m and of v.
    normalised
        Divide all gradients by their common norm first (as Algorithm 2 of the paper does).
    last
        The last tensor, biases of the outputs, moves by so many times the rate.
    """

    def __init__(
        self,
        weights: list[Any],
        rate: float,
        betas: tuple[float, float],
        normalised: bool = False,
        last: float = 1.0,
    ) -> None:
        self.shares = [1.0] * (len(weights) - 1) + [last]
        self.weights, self.rate, self.betas, self.normalised = weights, rate, betas, normalised
        self.steps = 0
        self.first = [torch.zeros_like(w) for w in weights]
        self.second = [torch.zeros_like(w) for w in weights]

    def step(self, loss: Any, share: float = 1.0) -> None:
        """Move against the gradient of ``loss``, by ``share`` of the rate."""
        slopes = torch.autograd.grad(loss, self.weights)
        if self.normalised:
            norm = torch.sqrt(sum((g * g).sum() for g in slopes)) + 1e-12
            slopes = tuple(g / norm for g in slopes)
        self.steps += 1
        one, two = self.betas
        unbias, spread = 1 - one**self.steps, (1 - two**self.steps) ** 0.5
        length = share * self.rate / unbias
        with torch.no_grad():
            every = zip(self.weights, slopes, self.first, self.second, self.shares, strict=True)
            for w, g, m, v, own in every:
                m.mul_(one).add_(g, alpha=1 - one)
                v.mul_(two).addcmul_(g, g, value=1 - two)
                w.addcdiv_(m, v.sqrt().div_(spread).add_(_TINY), value=-length * own)

    def state(self) -> dict[str, Any]:
        """Return everything that the next step depends on."""
        return {"steps": self.steps, "w": self.weights, "m": self.first, "v": self.second}

    def load(self, state: dict[str, Any]) -> None:
        """Take back what `state` gave."""
        self.steps = int(state["steps"])
        with torch.no_grad():
            for name, own in (("w", self.weights), ("m", self.first), ("v", self.second)):
                for tensor, stored in zip(own, state[name], strict=True):
                    tensor.copy_(stored)
