"""R5k: the same prediction for narrow networks, with each draw's own kernel."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.model.network import Parameters
from verifier.statements.agreement.experiments import MORE_NARROW, NARROW
from verifier.statements.agreement.formulas import Kernel, PhaseDiagram, limit_kernel
from verifier.statements.agreement.judging import blocks, cell_of, keep_cells
from verifier.statements.agreement.measured import limits, realised, starts
from verifier.statements.agreement.rivals import scaled
from verifier.statements.statement import (
    ADDED,
    DEFAULT,
    HEURISTIC,
    NIGHTLY,
    PREDICTION,
    StatisticalStatement,
)
from verifier.statistics.score import advantage, better
from verifier.trial.study import Study


def rivals(start: Parameters, stated: Kernel) -> dict[str, Kernel]:
    """Kernels in the place of the stated one, which is no rival of itself."""
    equal = start._replace(a=start.a.square().mean(dim=-1, keepdim=True).sqrt().expand_as(start.a))
    return {
        "Phi": limit_kernel,
        "K_0 with one a_i^2 for all": PhaseDiagram.own_kernel(equal),
        "K_0": PhaseDiagram.own_kernel(start),
        "0.8 K_0": scaled(stated, 0.8),
        "1.25 K_0": scaled(stated, 1.25),
    }


def check(study: Study, out: Comparisons) -> None:
    """R5k: narrow networks, each with its own kernel in place of `Phi`."""
    cells: list[dict[str, Any]] = []
    advantages: dict[tuple[str, str], list[Tensor]] = {}
    kind = study.theory[PhaseDiagram]
    for c in study.experiment.configurations:
        runs, both = realised(study, c), starts(study, c)
        stated = [kind.own_kernel(start) for start in both]
        others = [rivals(start, kernel) for start, kernel in zip(both, stated, strict=True)]
        f, g = limits(kind, c, runs, *stated)
        agree = ((f > 0) == (g > 0)).double()
        cells.append(cell_of(c, runs.agree.mean(dim=1), **{"given the draws": agree.mean(dim=1)}))
        for name in others[0]:
            f_rival, g_rival = limits(kind, c, runs, *(kernels[name] for kernels in others))
            pairs = {
                "f": (f, f_rival, runs.f),
                "agreement": (agree, ((f_rival > 0) == (g_rival > 0)).double(), runs.agree),
            }
            for what, pair in pairs.items():
                advantages.setdefault((what, name), []).append(advantage(*pair).mean(dim=1))
    keep_cells(out, cells)
    for (what, name), part in advantages.items():
        values = blocks(part)
        if bool((values != 0).any()):  # the stated kernel is not its own rival
            out.statistic(
                better(
                    f"prediction of {what} from the initial kernel K_0, against one from {name}",
                    values,
                    alpha=study.alpha,
                )
            )


R5k = StatisticalStatement(
    id="R5k",
    statement="each draw's own kernel K_0 for Phi predicts f and where f and g agree, at width 100 "
    "better than Phi, than K_0 without a_i^2, and than 0.8 or 1.25 times it",
    plain="Of a narrow network, its own kernel predicts agreement better than the wide limit.",
    kind=PREDICTION,
    basis=HEURISTIC,
    source="this project at finite width (added)",
    proof="docs/agreement.md",
    rests_on=("R5",),
    carries=ADDED,
    needs=("train", "output", "perturb"),
    latex=r"K_0(z, x) = \frac{1}{m} \sum_i a_i^2 \phi'(u_i(z)) \phi'(u_i(x)) "
    r"\quad \text{for} \quad \Phi(z, x)",
    compare=check,
    tests=10,
    experiments={DEFAULT: NARROW, NIGHTLY: NARROW + MORE_NARROW},
)
