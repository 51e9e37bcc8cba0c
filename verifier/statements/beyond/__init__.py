"""Beyond the paper. Exact statements about what it leaves open or fixes."""

from verifier.statements.beyond.broken_at_size import CONTROLS as AT_SIZE
from verifier.statements.beyond.broken_attacks import CONTROLS as OF_ATTACKS
from verifier.statements.beyond.broken_batches import CONTROLS as OF_BATCHES
from verifier.statements.beyond.broken_classes import CONTROLS as OF_CLASSES
from verifier.statements.beyond.broken_margins import CONTROLS as OF_MARGINS
from verifier.statements.beyond.broken_readouts import CONTROLS as OF_READOUTS
from verifier.statements.beyond.e7_batches import E7
from verifier.statements.beyond.e7n_noise import CONTROLS as OF_NOISE
from verifier.statements.beyond.e7n_noise import E7n
from verifier.statements.beyond.e8_attacks import E8
from verifier.statements.beyond.e8c_cone import CONTROLS as OF_CONE
from verifier.statements.beyond.e8c_cone import E8c
from verifier.statements.beyond.e8p_steps import CONTROLS as OF_STEPS
from verifier.statements.beyond.e8p_steps import E8p
from verifier.statements.beyond.e9_readout import E9
from verifier.statements.beyond.e10_classes import E10
from verifier.statements.beyond.e10m_margin import E10m
from verifier.statements.chapter import Chapter

CHAPTER = Chapter(
    title="Beyond the paper",
    short="Beyond paper",
    sentence="Batches, attacks, readouts, classes: true of every single run, up to rounding.",
    statements=(E7, E7n, E8, E8p, E8c, E9, E10, E10m),
    controls=(
        *OF_BATCHES,
        *OF_NOISE,
        *OF_ATTACKS,
        *OF_STEPS,
        *OF_CONE,
        *OF_READOUTS,
        *OF_MARGINS,
        *OF_CLASSES,
        *AT_SIZE,
    ),
)
