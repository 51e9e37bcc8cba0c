"""E5: a network trained on perturbations is a kernel machine on clean, correctly labelled data."""

from __future__ import annotations

import torch

from verifier.errors import require
from verifier.evidence.comparisons import Comparisons
from verifier.model.attack import L2
from verifier.model.vectors import row_norms
from verifier.statements import paper
from verifier.statements.identities.formulas import PerturbationDecomposition, decomposition
from verifier.statements.statement import IDENTITY, PathwiseStatement
from verifier.trial.trial import Trial


def check(trial: Trial, out: Comparisons) -> None:
    """E5 at fresh points and at training samples, in the configuration's scenario."""
    c, points = trial.configuration, trial.points
    require(c.attack_by == L2, "attack", repr(c.attack), "must be 'L2' for E5, see E8 for others")
    f, g = decomposition(trial, trial.f), decomposition(trial, trial.g)
    targets = trial.draw.targets.double()
    X = trial.f.replay.run.X
    natural = X if c.scenario == "b" else torch.zeros_like(X)
    theory = trial.theory[PerturbationDecomposition](f, g, natural, targets, c.eps)
    z = trial.z
    length = row_norms(f.input_gradient(X))
    from_attack = g.coefficients(z) @ (c.eps * trial.f.replay.rounding.direction(X, length))
    bound = trial.g.replay.rounding.output(z)
    bound = bound + from_attack * torch.linalg.vector_norm(z, dim=1)
    out.identity(
        f"g_T(z), scenario ({c.scenario})", trial.output(trial.g, points), theory.output(z), bound
    )
    out.notes["zero perturbations"] = int((trial.r == 0).all(dim=1).sum())


E5 = PathwiseStatement(
    id="E5",
    statement="g_T = g~ + sum_n C^g_n [ytil_n (<o_n,z> + beta) + eps <nu_n,z>], nu by E1",
    plain="A network that learns from perturbations is the same sum, over perturbed samples.",
    kind=IDENTITY,
    source="paper, result 2",
    proof="docs/identities.md",
    rests_on=("E1", "E2", "E4"),
    carries=(paper.CLASS_FEATURES, paper.BOTH_SCENARIOS, paper.ANY_DISTRIBUTION),
    needs=("train", "output", "perturb"),
    latex=r"g_T(z) = \tilde{g}(z) + \sum_n C^g_n(z) [\tilde{y}_n (\langle o_n, z \rangle + "
    r"\beta) + \epsilon \langle \nu_n, z \rangle]",
    compare=check,
)
