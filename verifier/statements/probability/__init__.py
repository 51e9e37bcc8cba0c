"""Probability. About the law of the draw: tested at a stated error rate."""

from verifier.statements.chapter import Chapter
from verifier.statements.probability.controls import CONTROLS
from verifier.statements.probability.p0_initialisation import CONTROLS as OF_P0
from verifier.statements.probability.p0_initialisation import P0
from verifier.statements.probability.p1_kernel import P1
from verifier.statements.probability.p1x_law import CONTROLS as OF_P1X
from verifier.statements.probability.p1x_law import P1x
from verifier.statements.probability.p2_moments import P2
from verifier.statements.probability.p2m_moments import CONTROLS as OF_P2M
from verifier.statements.probability.p2m_moments import P2m
from verifier.statements.probability.p3_flips import P3
from verifier.statements.probability.p4_targets import P4
from verifier.statements.probability.p5_law import CONTROLS as OF_P5
from verifier.statements.probability.p5_law import P5

CHAPTER = Chapter(
    title="Probability",
    sentence="About the law of the draw: tested at a stated error rate.",
    statements=(P0, P1, P1x, P2, P2m, P3, P4, P5),
    controls=(*CONTROLS, *OF_P0, *OF_P1X, *OF_P2M, *OF_P5),
)
