"""`verifier reproduce`: the paper's figures, with error bars, beside the published values."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from verifier.commands.live import Line
from verifier.evidence.folders import REPRODUCTIONS
from verifier.reproduction import told
from verifier.reproduction.run import Request, reproduce
from verifier.reproduction.runner.store import StoreError
from verifier.reproduction.scales import LAPTOP, SCALES, SEEDS

INTERRUPTED = 130  # the exit status, as of `verifier run`
LINES = 30.0  # seconds between lines of progress where they are not rewritten


def add(commands: Any) -> None:
    """Declare the subcommand."""
    parser = commands.add_parser(
        "reproduce",
        help="draw the paper's figures, with error bars, beside the published values",
        description="Trains what the figures need and writes a gallery. Every finished point is "
        "kept: a run that was interrupted goes on where it stopped when it is started again, and "
        "another scale reuses what it can. Exit status 0: all was run; 1: some of it failed; 2: "
        "bad input or a full disk; 130: interrupted, by Ctrl-C or SIGTERM.",
        epilog="examples: `verifier reproduce --scale smoke` tries everything in little; `verifier "
        "reproduce shifted-gauss-a` draws the first figure; `verifier reproduce --list --scale "
        "paper` shows what each panel costs at published size.",
    )
    parser.add_argument(
        "panels", metavar="PANEL", nargs="*", help="its name, or how it begins (default: all)"
    )
    parser.add_argument("--list", action="store_true", help="list the panels and their cost")
    parser.add_argument(
        "--scale",
        default=LAPTOP,
        help=f"{', '.join(SCALES)} (default: {LAPTOP}). paper: everything at published size",
    )
    seeds = ", ".join(f"{SEEDS[scale]} at {scale} scale" for scale in SCALES)
    parser.add_argument("--seeds", type=int, help=f"of every point (default: {seeds})")
    parser.add_argument("--device", default="cpu", help="torch device (default: cpu)")
    parser.add_argument(
        "--images", type=Path, help="folder with mnist/ or fashion-mnist/ IDX files"
    )
    parser.add_argument(
        "--workers", type=int, help="processes, of one thread each (default: one for each core)"
    )
    parser.add_argument(
        "--executor", metavar="tcp://HOST:PORT", help="a dask scheduler to give the work to"
    )
    parser.add_argument(
        "--output", type=Path, default=REPRODUCTIONS, help=f"default: {REPRODUCTIONS}"
    )
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> int:
    """Plan, say what it will take, train, write the gallery and print how it compares."""
    request = Request(
        arguments.panels,
        arguments.scale,
        arguments.seeds,
        arguments.device,
        arguments.images,
        arguments.workers,
        arguments.executor,
        arguments.output,
    )
    plan = request.plan()
    if arguments.list:
        print("\n".join(told.of_panels(plan)))
        return 0
    line = Line(LINES)

    def say(text: str) -> None:
        line.close()
        print(text, flush=True)

    try:
        with _sigterm_as_ctrl_c():
            ended = reproduce(request, plan, say, lambda p: line.show(told.during(p)), line.show)
    except (StoreError, OSError) as problem:
        line.close()
        print(f"verifier: {problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:  # before or after the training, which tells how it ended
        say(told.INTERRUPTED)
        return INTERRUPTED
    return INTERRUPTED if ended.interrupted else int(bool(ended.failures))


@contextmanager
def _sigterm_as_ctrl_c() -> Iterator[None]:
    """Within it SIGTERM, by which a scheduler or a shutdown ends a run, interrupts it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
