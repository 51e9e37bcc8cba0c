"""Inequalities whose constants follow from the initial draw, and what they imply."""

from verifier.statements.certificates import d6a_feedback, d6b_any_loss
from verifier.statements.certificates.controls import CONTROLS
from verifier.statements.certificates.d1_movement import CONTROLS as OF_D1
from verifier.statements.certificates.d1_movement import D1
from verifier.statements.certificates.d2_coefficients import D2
from verifier.statements.certificates.d3_output import D3
from verifier.statements.certificates.d4_direction import D4
from verifier.statements.certificates.d5_agreement import CONTROLS as OF_D5
from verifier.statements.certificates.d5_agreement import D5
from verifier.statements.certificates.d6a_feedback import D6a
from verifier.statements.certificates.d6b_any_loss import D6b
from verifier.statements.chapter import Chapter

CHAPTER = Chapter(
    title="Certificates and implications",
    short="Certificates",
    sentence="Inequalities whose constants follow from the initial draw, and what they imply.",
    statements=(D1, D2, D3, D4, D5, D6a, D6b),
    controls=(*CONTROLS, *OF_D1, *OF_D5, *d6a_feedback.CONTROLS, *d6b_any_loss.CONTROLS),
)
