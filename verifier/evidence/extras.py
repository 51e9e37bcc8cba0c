"""How the packages of an extra are installed, from wherever this package came from."""

from __future__ import annotations

import json
import shlex
from importlib.metadata import PackageNotFoundError, distribution
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from verifier.evidence.source import PACKAGE
from verifier.evidence.version import VERSION

NAME = "perturbation-verifier"
PUBLISHED = f"git+https://github.com/OWNER/{NAME}@v{VERSION}"
"""For files that go to other machines; OWNER stands for who publishes the code."""


def install(extra: str) -> str:
    """The command that adds this `extra`, or several with commas between, on this machine.

    It names the clone, repository or file that the package was installed from, as pip kept it; the
    bare name, which only an index knows, where it came from one.
    """
    origin = _origin()
    if "vcs_info" in origin:
        vcs = origin["vcs_info"]
        return install_from(f"{vcs['vcs']}+{origin['url']}@{vcs['commit_id']}", extra)
    if not origin:
        return f"pip install {shlex.quote(f'{NAME}[{extra}]')}"
    parts = urlsplit(origin["url"])
    if parts.scheme != "file":
        return install_from(origin["url"], extra)
    editable = "-e " if origin.get("dir_info", {}).get("editable") else ""
    return f"pip install {editable}{shlex.quote(f'{url2pathname(parts.path)}[{extra}]')}"


def install_from(url: str, extra: str) -> str:
    """The command that installs the package with this `extra` from an address."""
    return f"pip install {shlex.quote(f'{NAME}[{extra}] @ {url}')}"


def _origin() -> dict[str, Any]:
    """Where pip took the package from (PEP 610), or the clone it is run in; empty: an index."""
    try:
        kept = distribution(NAME).read_text("direct_url.json")
    except PackageNotFoundError:
        return {"url": PACKAGE.parent.as_uri(), "dir_info": {"editable": True}}
    return dict(json.loads(kept)) if kept else {}
