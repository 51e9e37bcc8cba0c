"""Limits and rates. How fast wide networks approach their prediction."""

from verifier.statements.chapter import Chapter
from verifier.statements.limits.broken_constants import CONTROLS as OF_CONSTANTS
from verifier.statements.limits.controls import CONTROLS
from verifier.statements.limits.r1_output import R1
from verifier.statements.limits.r1b_bias import CONTROLS as R1B_CONTROLS
from verifier.statements.limits.r1b_bias import R1b
from verifier.statements.limits.r1c_output import R1c
from verifier.statements.limits.r1cl_any_loss import CONTROLS as R1CL_CONTROLS
from verifier.statements.limits.r1cl_any_loss import R1cl
from verifier.statements.limits.r1t_two_terms import CONTROLS as R1T_CONTROLS
from verifier.statements.limits.r1t_two_terms import R1t
from verifier.statements.limits.r1x_kernel import R1x
from verifier.statements.limits.r2_direction import R2
from verifier.statements.limits.r2a_direction import R2a
from verifier.statements.limits.r2c_one_step import CONTROLS as R2C_CONTROLS
from verifier.statements.limits.r2c_one_step import R2c
from verifier.statements.limits.r2k_schedules import CONTROLS as R2K_CONTROLS
from verifier.statements.limits.r2k_schedules import R2k
from verifier.statements.limits.r3_sharpened import R3
from verifier.statements.limits.r3c_gradient import CONTROLS as R3C_CONTROLS
from verifier.statements.limits.r3c_gradient import R3c
from verifier.statements.limits.r4_cosine import R4
from verifier.statements.limits.r4a_average import CONTROLS as R4A_CONTROLS
from verifier.statements.limits.r4a_average import R4a

CHAPTER = Chapter(
    title="Limits and rates",
    short="Limits",
    sentence="How fast wide networks approach their prediction.",
    statements=(R1, R1x, R1c, R1b, R1t, R1cl, R2, R2a, R2c, R2k, R3, R3c, R4, R4a),
    controls=(
        *CONTROLS,
        *OF_CONSTANTS,
        *R1B_CONTROLS,
        *R1T_CONTROLS,
        *R1CL_CONTROLS,
        *R2C_CONTROLS,
        *R2K_CONTROLS,
        *R3C_CONTROLS,
        *R4A_CONTROLS,
    ),
)
