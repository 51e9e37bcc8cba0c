"""Records of runs to report on, and a reader of the page."""

import math
from html.parser import HTMLParser
from typing import Any

from verifier.data.distributions import Data
from verifier.evidence.evidence import Evidence
from verifier.evidence.record import Record
from verifier.report.content import statements_of
from verifier.report.symbolic import symbolic
from verifier.report.written import with_symbols
from verifier.statements import (
    PATHWISE,
    REGISTRY,
    STATEMENTS,
    Chapter,
    Control,
    PaperResult,
    StatisticalStatement,
)
from verifier.statements.statement import RATE
from verifier.statistics import Outcome
from verifier.trial.configuration import Configuration
from verifier.trial.experiment import Experiment

HOSTILE = '<script src="http://evil.example/x.js">alert(1)</script>&"\'{{ 7*7 }}'
VOID = {"meta", "br", "img", "hr", "input", "link", "wbr"}
SIZES = [100.0, 1000.0, 10000.0]
UNBOUNDED = {"interval": [-math.inf, math.inf]}
CELL = {"measured": 0.8, "standard error": 0.01, "given the draws": 0.81}


def configuration(**changes: Any) -> Configuration:
    fields: dict[str, Any] = {
        "data": Data("shifted", dimension=4, samples=6),
        "width": 30,
        "slope": 0.0,
        "train_bias": True,
        "f_steps": (1.0,),
        "g_steps": (1.0,),
        "eps": 1.0,
        "scenario": "a",
    }
    return Configuration(**(fields | changes))


def evidence(statement: str, **changes: Any) -> Evidence:
    fields: dict[str, Any] = {
        "statement": statement,
        "configuration": configuration().to_json(),
        "data": "shifted",
        "conclusion": "both sides",
        "index": (0,),
        "lhs": 1.0,
        "rhs": 1.0,
        "difference": 1e-17,
        "bound": 1e-16,
        "error": 0.1,
        "tightness": None,
        "comparisons": 10,
        "held": 10,
    }
    return Evidence(**(fields | changes))


def outcome(**changes: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "conclusion": "the exponent is -1/2",
        "test": "slope (symmetric)",
        "estimate": -0.5,
        "claimed": -0.5,
        "allowance": 0.05,
        "error": 0.2,
        "samples": 24,
        "alpha": 1e-9,
        "detects": 0.1,
        "wanted": 0.2,
    }
    return Outcome(**(fields | changes)).to_json()


def whole_record() -> Record:
    """Every statement supported, every control refuted, everything drawn."""
    record = Record(about={"implementation": "reference", "run_seed": "0", "profile": "default"})
    for statement in STATEMENTS.values():
        tests = () if statement.id in PATHWISE else (outcome(),)
        record.add(evidence(statement.id, tests=tests))
        for result in statement.carries:
            for drawn in everything_of(result):
                found = evidence(statement.id, configuration=drawn, error=0.03, tests=tests)
                record.add(found)
        for control in REGISTRY.controls_of(statement.id):
            record.control(statement.id, control.name, 3)
    return record


def everything_of(result: PaperResult) -> list[dict[str, Any]]:
    first, second = configuration(), configuration(scenario="b", slope=0.3, train_bias=False)
    found = [first.to_json(), second.to_json()]
    found += [
        {**first.to_json(), "data": {"family": family}} for family in result.drawn.get("data", ())
    ]
    return found + [{**second.to_json(), "loss": loss} for loss in result.drawn.get("loss", ())]


def rate_chapter() -> Chapter:
    """A chapter of one statement about a rate, with hostile words."""
    statement = StatisticalStatement(
        id="R99",
        statement="the error is O(m^{-1/2}) " + HOSTILE,
        kind=RATE,
        source="theory R1",
        proof="docs/limits.md",
        carries=(),
        needs=("train",),
        compare=lambda study, out: None,
        tests=2,
        latex=r"\|f_T - f_0\| = O(m^{-1/2})",
    )
    controls = tuple(Control(name, "wrong", ("R99",)) for name in ("one", "two"))
    return Chapter("A rate", "Of a test.", (statement,), controls)


def by_id(content: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {statement["id"]: statement for statement in statements_of(content)}


def statistical_evidence(statement: str) -> list[Evidence]:
    values = [[0.1 * (1 + k / 10), 0.03, 0.01] for k in range(5)]
    rate = {"sizes": SIZES, "values": values, "exponent": -0.5, "interval": [-0.55, -0.45]}
    series: list[dict[str, Any]] = [
        rate,
        {"cells": [CELL, {**CELL, "measured": 0.6}]},
        {"ratio": {"quantiles": [0.5, 1.0], "values": [0.2, 0.7]}, "again": {**rate, **UNBOUNDED}},
        {"T": [0.3, 1.0, 3.0], "measured": [0.1, 0.5, 0.8], "cos(h, s)": [0.9, 0.9, 0.9]},
    ]
    return [
        evidence(
            statement,
            configuration=Experiment(f"leaky {k}", (configuration(),), 24).to_json(),
            tests=(outcome(),),
            series=one,
        )
        for k, one in enumerate(series)
    ]


def printed(statement: str) -> str:
    """The words of a statement on the page, which are those of its formula's signs."""
    return Balanced(str(symbolic(with_symbols(statement)))).words


class Balanced(HTMLParser):
    """Checks that every element is closed in order, and gathers ids, links, tags and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.tags: set[str] = set()
        self.words = ""
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self.open):
            self.words += data
