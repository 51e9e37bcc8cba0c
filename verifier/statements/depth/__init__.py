"""Depth. What remains true of deeper networks."""

from verifier.statements.chapter import Chapter
from verifier.statements.depth.broken_at_size import CONTROLS as AT_SIZE
from verifier.statements.depth.controls import CONTROLS
from verifier.statements.depth.e6_span import E6
from verifier.statements.depth.e6s_steps import CONTROLS as OF_STEPS
from verifier.statements.depth.e6s_steps import E6s

CHAPTER = Chapter(
    title="Depth",
    sentence="What remains true of deeper networks.",
    statements=(E6, E6s),
    controls=(*CONTROLS, *OF_STEPS, *AT_SIZE),
)
