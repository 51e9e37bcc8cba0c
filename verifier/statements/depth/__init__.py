"""Depth. What remains true of deeper networks."""

from verifier.statements.chapter import Chapter
from verifier.statements.depth.controls import CONTROLS
from verifier.statements.depth.e6_span import E6

CHAPTER = Chapter(
    title="Depth",
    sentence="What remains true of deeper networks.",
    statements=(E6,),
    controls=CONTROLS,
)
