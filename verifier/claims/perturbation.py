"""E4, E5: what a perturbation is, and what a network trained on perturbations has learnt."""

from __future__ import annotations

import torch
from torch import Tensor

from verifier.claims.base import IDENTITY, Claim
from verifier.evidence import Comparisons
from verifier.replay import as_double
from verifier.rounding import unit
from verifier.trial import Trial
from verifier.vectors import row_norms, unit_rows
from verifier.witness import attack_gradient

_TRUSTED = (1e-280, 1e300)  # a loss gradient outside has lost digits, or overflows


def _direction_error(trial: Trial, length: Tensor) -> Tensor:
    """A bound on the rounding error of the unit vector nu_n, (N,); 2 where it is arbitrary."""
    error = trial.f.replay.rounding.input_gradient(trial.draw.X.double())
    return (2 * error / length).clamp(max=2.0).nan_to_num(nan=2.0)


def check_attack(trial: Trial, out: Comparisons) -> None:
    """E4: length, direction by autograd of f and of the loss, and the forgotten label."""
    start, c = trial.draw, trial.configuration
    X, targets = start.X.double(), start.targets.double()
    of_loss, of_output = attack_gradient(as_double(trial.f.trained), X, targets, c.f_recipe)
    length, nu = row_norms(of_output), unit_rows(of_output)
    vanishes, nothing = length == 0, torch.zeros_like(length)
    rounding = unit(trial.f.replay.run, start.X.dtype)
    # a gradient that vanishes at a kink may not vanish in another code's rounding
    at_kink = trial.f.replay.rounding.near_kink(X).any(dim=1).to(length.dtype)
    error = torch.where(vanishes, at_kink, _direction_error(trial, length) + rounding)
    bound = c.eps * error

    r = trial.r.double()
    out.identity("r_n = eps ytil_n nu_n", r, c.eps * targets[:, None] * nu, bound)
    expected = torch.where(vanishes, nothing, nothing + c.eps)
    ambiguous = torch.where(vanishes, at_kink > 0, error >= 1)
    lengths, expected = row_norms(r)[~ambiguous], expected[~ambiguous]
    out.identity("|r_n| = eps where nabla f != 0", lengths, expected, rounding * expected)

    flipped = trial.code.perturb(trial.f.trained, start.X, -start.targets, c.eps, c.slope)
    out.identity("ytil_n r_n does not depend on ytil_n", flipped.double(), -r, 2 * bound)

    size = row_norms(of_loss)[:, None]
    trusted = (size > _TRUSTED[0]) & (size < _TRUSTED[1])
    along_loss = torch.where(trusted, -unit_rows(of_loss), targets[:, None] * nu)
    out.identity("any loss with ell' > 0 gives the same r_n", r, c.eps * along_loss, bound)
    out.notes["zero perturbations"] = int(vanishes.sum())


def check_kernel_machine(trial: Trial, out: Comparisons) -> None:
    """E5 at fresh points and at training samples, in the configuration's scenario."""
    c, points = trial.configuration, trial.points
    f, g = trial.decomposition(trial.f), trial.decomposition(trial.g)
    targets = trial.draw.targets.double()
    theory = trial.theory.perturbation(f, g, trial.natural.double(), targets, c.eps)
    z = points.double()
    X = trial.draw.X.double()
    length = row_norms(f.input_gradient(X))
    from_attack = g.coefficients(z) @ (c.eps * _direction_error(trial, length))
    bound = trial.g.replay.rounding.output(z)
    bound = bound + from_attack * torch.linalg.vector_norm(z, dim=1)
    out.identity(
        f"g_T(z), scenario ({c.scenario})", trial.output(trial.g, points), theory.output(z), bound
    )
    out.notes["zero perturbations"] = int((trial.r == 0).all(dim=1).sum())


PERTURBATION = (
    Claim(
        id="E4",
        statement="r_n = eps ytil_n nabla f/|nabla f|: ytil_n r_n forgets the target and the loss",
        kind=IDENTITY,
        source="paper, setting and result 1; theory E4",
        latex=r"\tilde{y}_n r_n = \epsilon \nu_n, \quad "
        r"\nu_n = \frac{\nabla f_T(x_n)}{\|\nabla f_T(x_n)\|}",
        needs=("train", "perturb"),
        compare=check_attack,
    ),
    Claim(
        id="E5",
        statement="g_T = g~ + sum_n C^g_n [ytil_n (<o_n,z> + beta) + eps <nu_n,z>], nu by E1",
        kind=IDENTITY,
        source="paper, result 2; theory E5",
        latex=r"g_T(z) = \tilde{g}(z) + \sum_n C^g_n(z) [\tilde{y}_n (\langle o_n, z \rangle + "
        r"\beta) + \epsilon \langle \nu_n, z \rangle]",
        needs=("train", "output", "perturb"),
        compare=check_kernel_machine,
    ),
)
