"""A device that is not there: its tensors say they live on it and refuse to meet the CPU's.

Numbers are those of the CPU, so a calibration on the stand-in must give the same bits; what a GPU
would refuse (an operation between both places, numpy of a tensor over there) is refused here too.
It goes by the name "meta", the one device that torch has everywhere besides the CPU.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map

NAME = "meta"
_COPIES = {torch.ops.aten._to_copy.default, torch.ops.aten.copy_.default}


class Away(torch.Tensor):
    """A tensor on the stand-in device; ``here`` has its numbers."""

    here: torch.Tensor

    @staticmethod
    def __new__(cls, here: torch.Tensor) -> Away:
        away = torch.Tensor._make_wrapper_subclass(
            cls, here.shape, strides=here.stride(), dtype=here.dtype, device=NAME
        )
        away.here = here
        return away

    @classmethod
    def __torch_dispatch__(cls, op: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _run(op, args, kwargs or {})

    def __repr__(self, *, tensor_contents: Any = None) -> str:
        return f"Away({self.here!r})"


class StandIn(TorchDispatchMode):
    """Within it, what is made on the device "meta" is made on the stand-in."""

    def __enter__(self) -> StandIn:
        self._asked = _Asked()
        self._asked.__enter__()
        super().__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)
        self._asked.__exit__(*error)

    def __torch_dispatch__(self, op: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _run(op, args, kwargs or {})


class _Asked(TorchFunctionMode):
    """torch.tensor(data, device="meta") would drop the data: made here and sent instead."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        if func is torch.tensor and str(kwargs.get("device")) == NAME:
            kwargs.pop("device")
            return func(*args, **kwargs).to(NAME)
        return func(*args, **kwargs)


def _run(op: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    tensors: list[torch.Tensor] = []

    def seen(value: Any) -> Any:
        if isinstance(value, torch.Tensor):
            tensors.append(value)
        return value

    tree_map(seen, (args, kwargs))
    away = [isinstance(tensor, Away) for tensor in tensors]
    # Numbers (tensors without axes) may come from the CPU, as on a GPU.
    strangers = [t for t, there in zip(tensors, away, strict=True) if not there and t.dim() > 0]
    if any(away) and strangers and op not in _COPIES:
        raise RuntimeError(f"{op}: expected all tensors to be on the same device")
    asked = kwargs.get("device")
    there = any(away) if asked is None else torch.device(asked).type == NAME
    if op is torch.ops.aten.copy_.default:
        there = away[0]
    if asked is not None:
        kwargs = {**kwargs, "device": "cpu"}
    plain = tree_map(lambda value: value.here if isinstance(value, Away) else value, (args, kwargs))
    result = op(*plain[0], **plain[1])
    if not there:
        return result
    # An operation in place gives back the very tensor that it was done on.
    own = {id(t.here): t for t in tensors if isinstance(t, Away)}

    def sent(value: Any) -> Any:
        if not isinstance(value, torch.Tensor):
            return value
        return own[id(value)] if id(value) in own else Away(value)

    return tree_map(sent, result)
