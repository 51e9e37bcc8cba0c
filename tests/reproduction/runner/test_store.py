"""The cache: what it returns is what was put, whatever happened to the files in between."""

import errno
import json
import os
import pickle
import shutil
import time
from pathlib import Path

import pytest

from verifier.errors import InputError
from verifier.reproduction.runner import store as store_module
from verifier.reproduction.runner.store import (
    STALE,
    CorruptEntry,
    Store,
    StoreError,
)

DESCRIPTION = {"setting": {"d": 10, "eps": 0.3}, "seed": 1}
RESULT = {"agreement": 0.1 + 0.2, "runs": [1, None, "ε"], "nested": {"b": 1, "a": [0.5]}}


def kept(store: Store) -> tuple[str, Path]:
    """A result in the store: its key and its file."""
    key = store.key_of(DESCRIPTION)
    store.put(key, DESCRIPTION, RESULT)
    (path,) = store.folder.glob("results/*/*/*.json")
    return key, path


def files(store: Store, part: str) -> list[Path]:
    return [path for path in (store.folder / part).rglob("*") if path.is_file()]


def test_what_was_put_is_returned_to_every_process_of_the_same_code(store: Store) -> None:
    key = store.key_of(DESCRIPTION)
    assert key not in store
    assert store.get(key) is None
    kept(store)
    store.put(key, DESCRIPTION, RESULT)
    again = Store(store.folder)
    assert again.key_of(dict(reversed(DESCRIPTION.items()))) == key
    assert key in again
    assert again.get(key) == RESULT
    assert files(store, "unfinished") == []


def test_an_entry_is_json_that_says_what_it_is(store: Store) -> None:
    key, path = kept(store)
    entry = json.loads(path.read_text("utf-8"))
    assert (entry["key"], entry["description"], entry["result"]) == (key, DESCRIPTION, RESULT)
    assert path.parts[-3:] == (key[:2], key[2:4], f"{key}.json")


def test_every_part_of_the_description_and_the_code_decide_the_key(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = store.key_of(DESCRIPTION)
    assert store.key_of({**DESCRIPTION, "seed": 2}) != key
    assert store.key_of({"setting": {"d": 10, "eps": 0.3000001}, "seed": 1}) != key
    monkeypatch.setattr(store_module, "code_version", lambda: "other")
    assert Store(store.folder).key_of(DESCRIPTION) != key


def test_any_altered_byte_is_found(store: Store) -> None:
    key, path = kept(store)
    data = path.read_bytes()
    for position in range(0, len(data), 7):
        path.write_bytes(
            data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :],
        )
        with pytest.warns(CorruptEntry, match="altered"):
            assert store.get(key) is None
        assert key not in store
    assert len(files(store, "corrupt")) == len(range(0, len(data), 7))


@pytest.mark.parametrize("kept_bytes", [0, 1, 80, 200, -1])
def test_a_truncated_entry_is_moved_aside_and_computed_again(store: Store, kept_bytes: int) -> None:
    key, path = kept(store)
    data = path.read_bytes()[:kept_bytes]
    path.write_bytes(data)
    with pytest.warns(CorruptEntry, match="truncated" if data else "is empty") as caught:
        assert store.get(key) is None
    assert str(path) in str(caught[0].message)
    (aside,) = files(store, "corrupt")
    assert aside.read_bytes() == data
    store.put(key, DESCRIPTION, RESULT)
    assert store.get(key) == RESULT


def test_the_entry_of_another_key_is_not_taken(store: Store) -> None:
    key, path = kept(store)
    other = store.key_of({"other": 1})
    theirs = store.folder / "results" / other[:2] / other[2:4] / f"{other}.json"
    theirs.parent.mkdir(parents=True)
    shutil.copy(path, theirs)
    with pytest.warns(CorruptEntry, match=f"another key, {key}"):
        assert store.get(other) is None
    assert store.get(key) == RESULT


def test_a_good_entry_that_replaced_the_corrupt_one_meanwhile_stays(store: Store) -> None:
    key, path = kept(store)
    with pytest.warns(CorruptEntry):
        store._set_aside(path, b"what this process had read", "is truncated")
    assert store.get(key) == RESULT


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_a_result_that_cannot_be_kept_leaves_nothing_behind(
    store: Store, monkeypatch: pytest.MonkeyPatch, call: str, code: int
) -> None:
    key, _ = kept(store)

    def fail(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patched:
        patched.setattr(*((os, "fsync") if call == "fsync" else (Path, "replace")), fail)
        other = store.key_of({"other": 1})
        with pytest.raises(StoreError, match=os.strerror(code)) as caught:
            store.put(other, {"other": 1}, RESULT)
    assert str(store.folder) in str(caught.value)
    assert "is kept" in str(caught.value)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    assert other not in store
    assert files(store, "unfinished") == []
    assert store.get(key) == RESULT


def test_an_unreadable_store_is_an_error_not_an_absent_result(store: Store) -> None:
    key, path = kept(store)
    path.unlink()
    path.mkdir()
    with pytest.raises(StoreError, match="cannot read"):
        store.get(key)


def test_only_old_unfinished_files_are_removed(store: Store) -> None:
    old, new = (store.folder / "unfinished" / name for name in ("abc-old", "abc-new"))
    for path in (old, new):
        path.touch()
    past = time.time() - STALE - 60
    os.utime(old, (past, past))
    Store(store.folder)
    assert files(store, "unfinished") == [new]


def test_a_folder_that_cannot_be_made_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cache folder"):
        Store(tmp_path / "file" / "cache")


def test_a_worker_with_another_folder_or_other_code_is_told(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: Store = pickle.loads(pickle.dumps(store))
    sent.check()
    monkeypatch.setattr(store_module, "code_version", lambda: "other")
    with pytest.raises(StoreError, match="other code"):
        sent.check()
    monkeypatch.undo()
    shutil.rmtree(store.folder)
    with pytest.raises(StoreError, match="does not see"):
        sent.check()
    Store(store.folder)  # another one, under the same path on a worker's own disk
    with pytest.raises(StoreError, match="does not see"):
        sent.check()
