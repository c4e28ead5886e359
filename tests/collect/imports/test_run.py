"""Importing into a log: interrupted, repeated, repaired."""

import pytest

from interplay.collect.imports import api

ROWS = "kind: mapping\nsource: test\nat: at\nidentifiers: {user_id: who}\nfacts: [{fact: page.viewed}]\n"
GROUPS = ROWS + "group_by: [who]\n"
CONTENT = "at,who\n" + "".join(f"2026-01-{1 + i % 28:02},{i % 9}\n" for i in range(50)) + "torn"


@pytest.mark.parametrize(("text", "facts"), [(ROWS, 50), (GROUPS, 9)])
def test_importing_twice_changes_nothing(importing, sink, text, facts):
    importing.rows_per_chunk = 8
    log = sink()
    path = importing.file(CONTENT)
    first = api.run(path, api.decode(text), importing.reading(), log)
    again = api.run(path, api.decode(text), importing.reading(), log)
    assert (first.facts, first.stored, first.duplicates, first.rejected) == (facts, facts, 0, 1)
    assert (again.facts, again.stored, again.duplicates) == (facts, 0, facts)
    assert first.rows == 51
    assert first.fraction == 1.0
    assert len(log.facts) == facts


@pytest.mark.parametrize("text", [ROWS, GROUPS])
@pytest.mark.parametrize("fail_after", [1, 2])
def test_an_interrupted_import_goes_on_where_it_stopped(importing, sink, text, fail_after):
    importing.rows_per_chunk = 8 if text == ROWS else 20
    path = importing.file(CONTENT)
    whole, broken = sink(), sink(fail_after=fail_after)
    api.run(path, api.decode(text), importing.reading(), whole)
    with pytest.raises(ConnectionError):
        api.run(path, api.decode(text), importing.reading(), broken)
    rest = api.run(path, api.decode(text), importing.reading(), broken)
    assert broken.facts == whole.facts
    assert broken.rejects == whole.rejects
    assert rest.resumed_after > 0 or fail_after == 1


def test_progress_is_reported_and_grows(importing, sink):
    importing.rows_per_chunk = 8
    seen = []
    api.run(importing.file(CONTENT), api.decode(GROUPS), importing.reading(), sink(), report=seen.append)
    fractions = [progress.fraction for progress in seen]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


def test_a_repaired_file_adds_only_what_was_missing(importing, sink):
    log = sink()
    api.run(importing.file(CONTENT), api.decode(ROWS), importing.reading(), log)
    repaired = importing.file(CONTENT.replace("torn", "2026-02-01,3\n"))
    assert api.run(repaired, api.decode(ROWS), importing.reading(), log).stored == 1
