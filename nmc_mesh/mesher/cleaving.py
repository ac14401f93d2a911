"""Our mesher back end: a lattice is warped and cut along boundaries, then improved."""

from __future__ import annotations

from nmc_mesh.arrays import compact, without_unused
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.memory import trim_memory
from nmc_mesh.mesh.faces import neighbours
from nmc_mesh.mesher.anchors import anchored
from nmc_mesh.mesher.around import finish_around, whole_grains_around
from nmc_mesh.mesher.back_end import Tetrahedra
from nmc_mesh.mesher.boundary_projection import WORST, fill_pits, project_to_box, remove_spikes
from nmc_mesh.mesher.cleave import NO_ANCHORS, Soup, cleave_lattice
from nmc_mesh.mesher.clip import RESCUE, even_and_improve, even_and_mend, even_out, project_to_shell
from nmc_mesh.mesher.coarsen import coarsen
from nmc_mesh.mesher.components import Repairs, making_facts, whole_grains, whole_pieces
from nmc_mesh.mesher.domain import Domain, domain_of
from nmc_mesh.mesher.improve import MENDING, improve
from nmc_mesh.mesher.lost import Losses, labels_and_volumes, lost_labels
from nmc_mesh.mesher.sizes import Sizes, default_size
from nmc_mesh.mesher.skin import fit_to_box, mended_under_skin
from nmc_mesh.mesher.voids import kept_voids
from nmc_mesh.mesher.volume_correction import (
    VolumeKeeper,
    contacts,
    improve_with_volumes,
    improver,
)
from nmc_mesh.particle.particle import Particle
from nmc_mesh.progress import Progress, silent


def cleaving(
    source: Particle | LabelImage,
    sizes: Sizes,
    progress: Progress,
    whole: Particle | LabelImage | None = None,
) -> Tetrahedra:
    """Cleave a lattice along a source's boundaries and improve it: see `nmc_mesh.tetrahedralize`.

    ``whole`` is what volumes are kept of: the image before small pieces were merged, the particle
    before its pores were grown.
    """
    length = sizes.least
    progress("prepare", 0.0)
    domain = domain_of(source, sizes, whole)
    sizes = domain.sizes_of(sizes)
    progress("prepare", 1.0)
    progress("cleave", 0.0)
    domain, soup = _cleave(domain, length, progress)
    labels, volumes = labels_and_volumes(source)
    losses = Losses(length, default_size(source), labels, volumes)
    losses.refuse(lost_labels(domain.labels_of(soup.labels), labels))
    progress("cleave", 1.0)
    progress("improve", 0.0)
    # Before improving: a fragment's cells are then mended as what they will be.
    domain, soup, repairs = _repair_and_improve(domain, soup, length, progress)
    trim_memory(len(soup.labels))
    longest = max(length, domain.longest)
    if not sizes.uniform and domain.tree is None:
        progress("coarsen", 0.0)
        soup, longest = coarsen(domain.field, soup, sizes, progress)
        soup = improve(domain.field, soup, length, progress, MENDING, longest)
    domain, soup = _with_voids(domain, soup, length, longest, False)
    if domain.clipped:
        soup = even_and_mend(domain.field, soup, length, longest, domain.edges)
    elif domain.bounded:
        soup = remove_spikes(domain.field, fill_pits(domain.field, soup, length, WORST), length)
    if domain.around is not None:
        # Junctions of grains on a shell may lie closer together than cells can be.
        rounds = MENDING + RESCUE if domain.field.shelled else MENDING
        soup = improve(domain.field, soup, length, silent, rounds, longest)
    if domain.bounded or domain.around is not None:
        # All vertices were treated again, but those on a shell or a box stay now.
        domain, soup = _with_voids(domain, soup, length, longest, domain.bounded)
    # Pits and spikes that got another label may part a grain that hung by a face.
    soup, late = _repair(soup, domain)
    if domain.clipped:
        soup, domain.facts["off_boundary"] = project_to_shell(domain.field, soup, length)
    elif domain.bounded:
        fit = project_to_box if domain.pieces is None else fit_to_box
        soup, domain.facts["off_boundary"] = fit(domain.field, soup, length)
    elif domain.pieces is not None:
        soup = mended_under_skin(domain.field, soup, length)
    if domain.around is not None:
        soup = finish_around(domain.field, soup, domain.around, domain.coat)
    facts = domain.facts | making_facts(length, repairs, late)
    trim_memory(len(soup.labels))
    inside = soup.labels > 0
    labels = domain.labels_of(compact(soup.labels, inside))
    points, cells = without_unused(soup.points, compact(soup.cells, inside))
    return Tetrahedra(points, cells, labels, facts)


def _cleave(domain: Domain, size: float, progress: Progress) -> tuple[Domain, Soup]:
    """Cleave, and leave no pits before a domain boundary."""
    grid, anchors = domain.lattice(size), NO_ANCHORS
    if domain.pieces is not None:
        field, anchors = anchored(domain.field, grid, domain.pieces.volumes)
        domain = domain._replace(field=field)
    soup = cleave_lattice(domain.field, grid, anchors, progress)
    if domain.clipped:
        return domain, even_out(domain.field, soup, size)
    return domain, fill_pits(domain.field, soup, size) if domain.bounded else soup


def _repair_and_improve(
    domain: Domain, soup: Soup, size: float, progress: Progress
) -> tuple[Domain, Soup, Repairs]:
    """Leave grains in one piece and improve; the volumes of an image's pieces are kept."""
    if domain.pieces is None:
        soup, repairs = _repair(soup, domain)
        trim_memory(len(soup.labels))
        longest, edges = domain.longest, domain.edges
        soup = improve(domain.field, soup, size, progress, longest=longest, edges=edges, own=True)
        if domain.clipped:
            soup = even_and_improve(domain.field, soup, size, progress, longest, edges)
        return domain, soup, repairs
    across = neighbours(soup.cells, len(soup.points))
    soup, repairs = whole_pieces(soup, across, domain.bounded, domain.field.step)
    keeper = VolumeKeeper(domain.pieces.volumes, contacts(soup, across))
    field, soup = improve_with_volumes(domain.field, soup, keeper, progress, improver(size))
    return domain._replace(field=field), soup, repairs


def _with_voids(
    domain: Domain, soup: Soup, size: float, longest: float, outer_held: bool
) -> tuple[Domain, Soup]:
    """Give pores their volumes, where that was asked for."""
    if domain.pores is None:
        return domain, soup
    field, soup = kept_voids(
        domain.field, soup, size, domain.pores, longest, domain.edges, outer_held
    )
    return domain._replace(field=field), soup


def _repair(soup: Soup, domain: Domain) -> tuple[Soup, Repairs]:
    """Leave every grain in one piece, and each piece of an image."""
    if domain.pieces is not None:
        across = neighbours(soup.cells, len(soup.points))
        return whole_pieces(soup, across, domain.bounded, domain.field.step)
    if domain.around is None:
        return whole_grains(soup, domain.bounded, domain.voids, particles=domain.particles)
    held = domain.field.shelled  # the surface stays where the shell is
    return whole_grains_around(soup, domain.around, domain.voids, domain.particles, held)
