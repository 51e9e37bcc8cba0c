"""Agreement. When f and g agree, predicted without training."""

from verifier.statements.agreement.broken_averages import CONTROLS as AVERAGED_CONTROLS
from verifier.statements.agreement.broken_neurons import CONTROLS as NEURON_CONTROLS
from verifier.statements.agreement.broken_widths import CONTROLS as WIDTH_CONTROLS
from verifier.statements.agreement.controls import CONTROLS
from verifier.statements.agreement.n1_neurons import N1
from verifier.statements.agreement.p6_accuracy import CONTROLS as ACCURACY_CONTROLS
from verifier.statements.agreement.p6_accuracy import P6
from verifier.statements.agreement.r5_agreement import CONTROLS as VALUE_CONTROLS
from verifier.statements.agreement.r5_agreement import R5
from verifier.statements.agreement.r5k_own_kernel import R5k
from verifier.statements.agreement.r5m_moments import CONTROLS as MOMENT_CONTROLS
from verifier.statements.agreement.r5m_moments import R5m
from verifier.statements.agreement.r5u_averaged import R5u
from verifier.statements.agreement.r6x_transfer import CONTROLS as TRANSFER_CONTROLS
from verifier.statements.agreement.r6x_transfer import R6x
from verifier.statements.chapter import Chapter

CHAPTER = Chapter(
    title="Agreement",
    sentence="When f and g agree, predicted without training.",
    statements=(R5, R5u, R5m, R5k, N1, P6, R6x),
    controls=(
        *CONTROLS,
        *VALUE_CONTROLS,
        *AVERAGED_CONTROLS,
        *MOMENT_CONTROLS,
        *WIDTH_CONTROLS,
        *NEURON_CONTROLS,
        *ACCURACY_CONTROLS,
        *TRANSFER_CONTROLS,
    ),
)
