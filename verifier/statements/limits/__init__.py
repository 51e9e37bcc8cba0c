"""Limits and rates. How fast wide networks approach their prediction."""

from verifier.statements.chapter import Chapter
from verifier.statements.limits.controls import CONTROLS
from verifier.statements.limits.r1_output import R1
from verifier.statements.limits.r2_direction import R2
from verifier.statements.limits.r3_sharpened import R3
from verifier.statements.limits.r4_cosine import R4

CHAPTER = Chapter(
    title="Limits and rates",
    sentence="How fast wide networks approach their prediction.",
    statements=(R1, R2, R3, R4),
    controls=CONTROLS,
)
