"""Take from two pictures what stands out in each."""

from __future__ import annotations

from typing import Annotated

from augment.engine.colour import Image
from augment.engine.distributions import Beta, alpha_param
from augment.engine.op import Paper, op
from augment.engine.params import Param
from augment.ops._puzzle_cut import cut, energy_of, see
from augment.ops._puzzle_transport import Grid, place, sources_of


@op(
    kind="mix",
    caption="Puzzle Mix, {block_num} x {block_num} blocks for λ {share:.2f}",
    title="Puzzle Mix",
    paper=Paper(title="Puzzle Mix", arxiv="2009.06962"),
)
def puzzle_mix(
    image: Image,
    partner: Image,
    out: Image,
    *,
    alpha: Annotated[float, alpha_param()] = 1.0,
    block_num: Annotated[
        int, Param(low=2, high=16, step=1, help="How many blocks a side the pictures are cut into.")
    ] = 8,
    smoothness: Annotated[
        float,
        Param(
            low=0.0,
            high=10.0,
            step=0.1,
            secondary=True,
            help="How much neighbouring blocks are held to come from one picture: the paper's beta.",
        ),
    ] = 1.2,
    seams: Annotated[
        float,
        Param(
            low=0.0,
            high=1.0,
            step=0.05,
            secondary=True,
            help="How much borders between the two pictures are led where their colours fit: the "
            "paper's gamma.",
        ),
    ] = 0.5,
    prior_weight: Annotated[
        float,
        Param(
            low=0.0,
            high=5.0,
            step=0.05,
            secondary=True,
            help="How much the share aimed at counts against what stands out: the paper's eta.",
        ),
    ] = 0.2,
    transport_cost: Annotated[
        float,
        Param(
            low=0.05,
            high=10.0,
            step=0.05,
            secondary=True,
            help="How dear it is to move a block to where it is seen: the paper's xi; at the lower end "
            "blocks go far, at the upper hardly any moves.",
        ),
    ] = 0.8,
    share: Annotated[float, Beta("alpha")],
) -> tuple[Image, float]:
    """Take each block from one of two pictures, and move into sight what stands out.

    A graph cut finds the mask of least energy over the blocks: the saliency lost, how improbable the
    mask is for the share aimed at, the number of neighbours from different pictures, and how badly they
    fit. Then the blocks of either picture change places, one assignment each, so that salient ones come
    to where the mask shows that picture. The share is measured from the mask's pixels. The weights are
    those of the paper's experiments, on the scales of its authors' code.

    Simplified against the paper: saliency is the spectral residual of each picture at 64 x 64 grey
    pixels and not the gradient of the model's loss, so it needs no training step of its own and
    replays; a block comes from one picture, where the experiments also have blends of halves; mask and
    transport are found once, as in the authors' code, and not in turns; the number of blocks is fixed
    and not drawn from 2, 4, 8 and 16; there is no adversarial noise. Also different: the assignment is
    the exact optimum and always a permutation, and the colours compared at a seam are means over a
    quarter of a block. A picture with a side of fewer pixels than `block_num` has a block for each.

    At 224 x 224 px it takes about 1 ms on one core, where MixUp takes 0.03 ms; with 16 blocks a side
    3 ms, and 7 ms where moves are cheap.
    """
    height, width = image.shape[:2]
    blocks = min(block_num, height, width)
    own_seen, partner_seen = see(image, blocks), see(partner, blocks)
    energy = energy_of(
        own_seen,
        partner_seen,
        share=share,
        smoothness=smoothness,
        seams=seams,
        prior=prior_weight,
    )
    mask = cut(energy)
    grid = Grid.of(height, width, blocks)
    for picture, seen, shown in ((image, own_seen, mask), (partner, partner_seen, ~mask)):
        place(out, picture, grid, shown, sources_of(seen.saliency, shown, transport_cost))
    return out, grid.share(mask)
