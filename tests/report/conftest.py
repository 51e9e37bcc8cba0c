import pytest

from tests.report.records import rate_chapter
from verifier.statements import REGISTRY, STATEMENTS, Statement


@pytest.fixture
def rate_statement(monkeypatch: pytest.MonkeyPatch) -> Statement:
    """A statement of a chapter from outside, for one test."""
    chapter = rate_chapter()
    statement = chapter.statements[0]
    monkeypatch.setattr(REGISTRY, "chapters", [*REGISTRY.chapters, chapter])
    monkeypatch.setitem(STATEMENTS, statement.id, statement)
    return statement
