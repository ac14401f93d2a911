"""A movie of a mesh: the viewer goes around z once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from nmc_mesh.errors import MissingExtraError
from nmc_mesh.files import written
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.plot.annotate import annotated
from nmc_mesh.plot.paint import Paint
from nmc_mesh.plot.render import camera, centroid, render_scene
from nmc_mesh.plot.scene import scene
from nmc_mesh.typing import AnyArray

_GIF_COLORS = 255
_CODEC, _PIXELS, _QUALITY = "libx264", "yuv420p", "20"  # what every browser and slide plays


@dataclass(frozen=True)
class Movie:
    """How a kind of movie is made.

    ``save(file, frames, rate)`` writes images, (h, w, 3), at a rate per second; ``package`` is what
    it needs, and comes with the extra "movie".
    """

    width: int
    frames: int
    rate: int
    save: Callable[[Path, Iterator[AnyArray], int], None]
    package: str = ""

    def require(self) -> None:
        """Raise `MissingExtraError` if the package that writes it is not installed."""
        if self.package and find_spec(self.package) is None:
            raise MissingExtraError(self.package, "writing an .mp4", "movie")


def write_movie(mesh: TetMesh, path: Path, width: int, chosen: Paint, movie: Movie) -> None:
    """Draw a mesh from all around and write it, whole or not at all."""
    centre = centroid(mesh)
    things = scene(mesh, centre)
    colors = chosen.of(things)

    def frames() -> Iterator[AnyArray]:
        for turn in 2 * np.pi * np.arange(movie.frames) / movie.frames:
            image, scale = render_scene(things, colors, width, centre, float(turn))
            yield annotated(image, scale, chosen.key, camera(float(turn)))

    with written(path) as beside:
        movie.save(beside.name(path), frames(), movie.rate)


def _save_gif(file: Path, frames: Iterator[AnyArray], rate: int) -> None:
    """Write frames with one palette of all."""
    from PIL import Image

    images = [Image.fromarray(frame) for frame in frames]
    cover = Image.Quantize.MAXCOVERAGE  # keys are small, and keep their colours so
    palette = images[0].quantize(_GIF_COLORS, cover, dither=Image.Dither.NONE)
    flat = [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images]
    flat[0].save(
        file, format="GIF", save_all=True, append_images=flat[1:], duration=1000 // rate, loop=0
    )


def _save_mp4(file: Path, frames: Iterator[AnyArray], rate: int) -> None:
    """Write frames as H.264, whose sides are even."""
    import av

    with av.open(str(file), "w", format="mp4") as container:
        stream: Any = container.add_stream(_CODEC, rate=rate, options={"crf": _QUALITY})
        stream.pix_fmt = _PIXELS
        for number, image in enumerate(frames):
            even = image[: len(image) // 2 * 2, : image.shape[1] // 2 * 2]
            if number == 0:
                stream.height, stream.width = even.shape[:2]
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(even), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


MOVIES = {
    ".gif": Movie(width=480, frames=36, rate=10, save=_save_gif),  # ours: 3.6 s, some MB
    ".mp4": Movie(width=720, frames=120, rate=24, save=_save_mp4, package="av"),  # ours: 5 s
}
"""Kinds of movies by the ending of their files."""
