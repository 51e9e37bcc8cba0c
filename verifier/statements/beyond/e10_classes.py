"""E10: with an output for each class, weights and gradients are sums over the samples too."""

from __future__ import annotations

import torch

from verifier.evidence.comparisons import Comparisons
from verifier.model.classes import CROSS_ENTROPY
from verifier.model.network import as_double
from verifier.statements import paper
from verifier.statements.beyond.class_trial import CLASSED, ClassTrial
from verifier.statements.statement import IDENTITY, PathwiseStatement


def check(trial: ClassTrial, out: Comparisons) -> None:
    """E10: W, b and every class's input gradient; the signs of C_ncc under cross-entropy."""
    path, found, z = trial.class_path, trial.trained, trial.points.double()
    final, claimed = as_double(found), trial.class_path.final()
    of_W, of_b = trial.weight_bounds(final)
    out.identity("w_i(T)", final.W, claimed.W, of_W)
    out.identity("b_i(T)", final.b, claimed.b, of_b)
    due, bound = path.input_gradient(final, z), trial.gradient_bound(final, z)
    for c in range(path.classes):
        one = found._replace(a=found.a[c])
        gradient = trial.code.input_gradient(one, trial.points, trial.configuration.slope)
        out.identity("nabla f_c(z)", gradient, due[:, c], bound[:, c])
    if trial.configuration.class_loss == CROSS_ENTROPY:
        C = path.coefficients(final, z)
        signed = path.diagonal_signs() * torch.diagonal(C, dim1=1, dim2=2).transpose(1, 2)
        out.at_most("0 <= (2 1[y_n = c] - 1) C_ncc", 0 * signed, signed, 1e-13 * signed.abs())


E10 = PathwiseStatement(
    id="E10",
    statement="classes: nabla f_c = xi_c + sum_n sum_c' C_ncc' x_n; C_ncc has the class's sign",
    plain="With many classes each output's gradient is such a sum, its own class with plus.",
    kind=IDENTITY,
    source="paper, future work: more data",
    proof="docs/beyond.md",
    rests_on=("E1",),
    carries=(paper.MORE_DATA,),
    needs=("train_classes", "input_gradient"),
    latex=r"\nabla f_c(z) = \xi_c(z) + \sum_n \sum_{c'} C_{ncc'}(z) x_n, \quad "
    r"C_{ncc'} = \frac{1}{N m} \sum_i a_{ci} a_{c'i} \phi'(u_i(z)) A_{inc'}",
    compare=check,
    inputs=CLASSED,
)
