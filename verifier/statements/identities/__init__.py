"""Exact identities. True at any width, of every single run, up to rounding."""

from verifier.statements.chapter import Chapter
from verifier.statements.identities.broken_at_kink import CONTROLS as AT_KINK
from verifier.statements.identities.broken_at_length import CONTROLS as AT_LENGTH
from verifier.statements.identities.broken_at_size import CONTROLS as AT_SIZE
from verifier.statements.identities.broken_attacks import CONTROLS as OF_ATTACKS
from verifier.statements.identities.broken_forms import CONTROLS as OF_FORMS
from verifier.statements.identities.broken_functions import CONTROLS as OF_FUNCTIONS
from verifier.statements.identities.broken_steps import CONTROLS as OF_STEPS
from verifier.statements.identities.broken_sums import CONTROLS as OF_K2
from verifier.statements.identities.controls import CONTROLS
from verifier.statements.identities.e0_descent import E0
from verifier.statements.identities.e0k_kink import E0k
from verifier.statements.identities.e1_input_gradient import E1
from verifier.statements.identities.e1b_weights import E1b
from verifier.statements.identities.e2_output import E2
from verifier.statements.identities.e3_coefficients import E3
from verifier.statements.identities.e4_attack import E4
from verifier.statements.identities.e5_learning import E5
from verifier.statements.identities.f1_forms import F1
from verifier.statements.identities.k1_kernel import CONTROLS as OF_K1
from verifier.statements.identities.k1_kernel import K1
from verifier.statements.identities.k2_sums import K2
from verifier.statements.identities.s1_function import S1

CHAPTER = Chapter(
    title="Exact identities",
    short="Identities",
    sentence="True at any width, of every single run, up to rounding.",
    statements=(E0, E0k, E1, E1b, E2, E3, E4, E5, K1, K2, S1, F1),
    controls=(
        *CONTROLS,
        *AT_KINK,
        *AT_LENGTH,
        *AT_SIZE,
        *OF_STEPS,
        *OF_K1,
        *OF_K2,
        *OF_FUNCTIONS,
        *OF_ATTACKS,
        *OF_FORMS,
    ),
)
