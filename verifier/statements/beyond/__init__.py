"""Beyond the paper. Exact statements about what it leaves open or fixes."""

from verifier.statements.beyond.broken_attacks import CONTROLS as OF_ATTACKS
from verifier.statements.beyond.e8_attacks import E8
from verifier.statements.beyond.e8c_cone import E8c
from verifier.statements.beyond.e8p_steps import E8p
from verifier.statements.chapter import Chapter

CHAPTER = Chapter(
    title="Beyond the paper",
    sentence="Other attacks, true of every single run, up to rounding.",
    statements=(E8, E8p, E8c),
    controls=(*OF_ATTACKS,),
)
