"""Prior work's setting: orthogonal samples, long training, an oracle's perturbations."""

from verifier.statements.chapter import Chapter
from verifier.statements.prior_work.controls import CONTROLS
from verifier.statements.prior_work.o1_readings import O1
from verifier.statements.prior_work.o2_angle import O2
from verifier.statements.prior_work.o3_learning import O3
from verifier.statements.prior_work.o4_gain import O4
from verifier.statements.prior_work.o5_margin import O5

CHAPTER = Chapter(
    title="Prior work's setting",
    short="Prior work",
    sentence="Mutually orthogonal samples, long training, and perturbations given by an oracle.",
    statements=(O1, O2, O3, O4, O5),
    controls=CONTROLS,
)
