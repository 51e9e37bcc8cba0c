"""Where a process was, from what Python's faulthandler left behind."""

from __future__ import annotations

import re

from verifier.implementations.child import where_in

_FRAME = re.compile(r'^  File "(.*)", line (\d+) in ', re.MULTILINE)


def last_place(text: str) -> str:
    r"""The innermost line that is no library's, of the last traceback in a text; empty if none.

    >>> last_place('Stack:\n  File "mine.py", line 7 in train\n  File "a.py", line 1 in run\n')
    'mine.py, line 7'
    """
    tracebacks = re.split(r"(?m)^(?:Current thread|Thread|Stack).*$", text)
    frames = [(file, int(line)) for file, line in _FRAME.findall(tracebacks[-1])]
    return where_in(frames[::-1])
