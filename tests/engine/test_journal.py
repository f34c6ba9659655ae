"""A journal gives back every bit; a torn last line is dropped, any other damage is an error that names the line."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.errors import DamagedFile, InvalidInput
from verify.journal import Journal, _torn, dumps, line, loads, read, write_whole

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(plain)
def test_json_is_strict_and_loses_nothing(value: Any) -> None:
    text = dumps(value)

    def refuse(name: str) -> None:
        raise AssertionError(name)

    json.loads(text, parse_constant=refuse)  # no NaN and no Infinity literal
    assert repr(loads(text)) == repr(value)  # repr tells −0.0 from 0.0 and 1 from 1.0


def test_nan_and_infinities() -> None:
    back = loads(dumps([math.nan, math.inf, -math.inf]))
    assert math.isnan(back[0])
    assert back[1:] == [math.inf, -math.inf]
    with pytest.raises(ValueError, match="not JSON"):
        loads("NaN")


@pytest.fixture
def three(tmp_path: Path) -> Path:
    path = tmp_path / "journal.jsonl"
    with Journal(path) as journal:
        for i in range(3):
            journal.append(f"key{i}", {"x": 0.1 * i, "inf": math.inf, "word": "é\n"})
    return path


def test_every_cut_of_the_file_keeps_the_whole_lines(three: Path) -> None:
    data = three.read_bytes()
    for end in range(len(data) + 1):
        three.write_bytes(data[:end])
        rows, size = read(three)
        assert list(rows) == [f"key{i}" for i in range(data[:end].count(b"\n"))]
        assert size == data[:end].rfind(b"\n") + 1


def test_a_torn_tail_does_not_run_into_the_next_line(three: Path) -> None:
    data = three.read_bytes()
    three.write_bytes(data[:-5])
    with Journal(three) as journal:
        assert set(journal.rows) == {"key0", "key1"}
        journal.append("key2", {"x": 0.1 * 2, "inf": math.inf, "word": "é\n"})
    assert three.read_bytes() == data


def test_every_flipped_byte_is_found_and_its_line_named(three: Path) -> None:
    data = three.read_bytes()
    start = data.index(b"\n") + 1
    for place in range(start, data.index(b"\n", start)):
        three.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        with pytest.raises(DamagedFile, match=r"line 2 is damaged; delete that line, or the file") as caught:
            read(three)
        assert str(three) in str(caught.value)


def test_a_line_that_was_never_one_of_ours(three: Path) -> None:
    with three.open("a") as file:
        file.write("hello\n")
    with pytest.raises(DamagedFile, match="line 4"), Journal(three):
        pass


def test_rows_in_memory_are_those_that_are_read_back(tmp_path: Path) -> None:
    with Journal(tmp_path / "j") as journal:
        journal.append("k", {"x": 1 / 3, "t": (1, 2)})
        assert journal.rows == read(tmp_path / "j")[0] == {"k": {"x": 1 / 3, "t": [1, 2]}}


def test_fresh_forgets(three: Path) -> None:
    with Journal(three, fresh=True) as journal:
        assert journal.rows == {}
    assert three.read_bytes() == b""


def test_two_writers_do_not_mix(three: Path) -> None:
    with Journal(three), pytest.raises(InvalidInput, match="another run is writing"), Journal(three):
        pass
    with Journal(three):  # the lock went with its holder
        pass


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInput, match=r"cannot write .*choose another folder"), Journal(tmp_path / "file/x/j"):
        pass


def test_a_full_disk_is_one_line() -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full here")
    journal = Journal(full)
    journal._file = __import__("os").open(full, 1)
    with pytest.raises(InvalidInput, match="No space left"):
        journal.append("k", {"x": 1.0})


def test_a_line_is_one_line() -> None:
    assert line("k", {"text": "a\nb"}).count(b"\n") == 1


@pytest.mark.parametrize(
    "tail",
    [
        b"my thesis, without a newline at its end",
        b'{"crc32": "zz',
        b'{"crc32": "0123abcd", "cell": [1, 2',
        b'{"crc32": "0123abcd", "cell": {"key": "a", "row": {}}}#',
        b"\x00" * 40,
    ],
)
@pytest.mark.parametrize("before", [0, 3])
def test_a_tail_that_no_kill_leaves_is_not_thrown_away(three: Path, tail: bytes, before: int) -> None:
    three.write_bytes((three.read_bytes() if before else b"") + tail)
    content = three.read_bytes()
    with pytest.raises(DamagedFile, match=f"line {before + 1} is damaged"), Journal(three):
        pass
    assert three.read_bytes() == content


@given(st.dictionaries(st.text(), plain, max_size=4), st.data())
def test_every_beginning_of_a_line_counts_as_torn(row: dict[str, Any], data: st.DataObject) -> None:
    whole = line("key", row)
    assert _torn(whole[: data.draw(st.integers(0, len(whole) - 1))])


def test_a_file_that_cannot_take_its_place_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "table.csv").mkdir()
    with pytest.raises(InvalidInput, match="cannot write"):
        write_whole(tmp_path / "table.csv", "x")
    assert [p.name for p in tmp_path.iterdir()] == ["table.csv"]
