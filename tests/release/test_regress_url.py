"""The suite asked of a service that runs elsewhere: nothing but a suite and an address is needed."""

import json
from pathlib import Path

import pytest

from maxctl.adapters import service
from maxctl.core.errors import ToolMissingError, UsageError
from maxctl.core.facts.regress import RegressFacts
from maxctl.core.progress import Silent
from maxctl.core.stage import Outcome, Verdict
from maxctl.golden.suite import SuiteError
from maxctl.release import over_http, targets
from maxctl.release.regress import Regress, RegressOptions
from tests.golden.suites import CAT, COFFEE, CUP, PNG, answer, written
from tests.release.fake_service import serving


def body(*responses: object):
    return lambda number: (200, json.dumps(responses[number]).encode())


def regress(tmp_path: Path, url: str, **options: object) -> Outcome:
    return Regress(RegressOptions(url=url, **options)).on_path(str(tmp_path), tmp_path / "cache", Silent())


def test_a_service_that_answers_as_expected_passes(tmp_path: Path) -> None:
    written(tmp_path)
    with serving(body(COFFEE, CAT)) as server:
        outcome = regress(tmp_path, f"{server.url}/")
    assert outcome.verdict is Verdict.PASSED and outcome.findings == () and outcome.outputs == ()
    assert isinstance(outcome.facts, RegressFacts) and outcome.facts.target == "url"
    assert [(case.id, case.same) for case in outcome.facts.cases] == [("coffee", 2), ("cat", 1)]


def test_the_request_is_the_one_that_max_clients_send(tmp_path: Path) -> None:
    written(tmp_path, field="file")
    with serving(body(COFFEE, CAT)) as server:
        regress(tmp_path, server.url)
    assert server.asked[0] == {
        "path": "/model/predict", "query": {"threshold": ["0.5"]}, "field": "file", "type": "image/png", "data": PNG,
    }  # fmt: skip


def test_each_difference_is_a_finding_with_its_numbers(tmp_path: Path) -> None:
    written(tmp_path)
    lower = {**CAT["predictions"][0], "probability": 0.90}
    with serving(body(answer(CUP), answer(lower))) as server:
        outcome = regress(tmp_path, server.url)
    assert outcome.verdict is Verdict.FAILED
    assert [(f.code, f.subject) for f in outcome.findings] == [
        ("REG001", "coffee: table"),
        ("REG003", "cat: cat"),
    ]
    assert "score 0.9000, expected 0.9500" in outcome.findings[1].message
    assert "--report FILE" in outcome.findings[0].remedy


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (
            (400, b'{"status": "error", "message": "Unrecognized image format"}'),
            "(Unrecognized image format)",
        ),
        ((502, b"<html>Bad gateway</html>"), "got no JSON, but HTTP 502: '<html>Bad gateway</html>'"),
        ((200, b'{"status": "ok"}'), "no list `predictions`"),
        ((0, b""), "got no answer: "),
    ],
)
def test_a_case_without_a_good_answer_is_a_finding_and_the_next_is_asked(
    tmp_path: Path, reply: tuple[int, bytes], words: str
) -> None:
    written(tmp_path)
    with serving(lambda number: reply if number == 0 else (200, json.dumps(CAT).encode())) as server:
        outcome = regress(tmp_path, server.url)
    assert [(f.code, f.subject) for f in outcome.findings] == [("REG006", "coffee: answer")]
    assert words in outcome.findings[0].message


def test_an_address_where_nothing_answers_is_told_with_its_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path)
    monkeypatch.setattr(targets, "ASKED_TO_BE_READY_S", 0)
    with pytest.raises(ToolMissingError) as caught:
        regress(tmp_path, f"http://127.0.0.1:{service.free_port()}")
    assert "nothing answers at http://127.0.0.1:" in caught.value.message
    assert caught.value.hint == "start the service, or correct the address"


def test_a_service_that_is_not_ready_is_told_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path)
    monkeypatch.setattr(targets, "ASKED_TO_BE_READY_S", 0)
    with serving(body(), ready=(503, b'{"message": "The model is still being loaded"}')) as server:
        with pytest.raises(ToolMissingError, match="503: The model is still being loaded"):
            regress(tmp_path, server.url)
        assert server.asked == []


def test_a_service_without_a_health_route_is_asked(tmp_path: Path) -> None:
    written(tmp_path)
    with serving(body(COFFEE, CAT), ready=(404, b"<html>")) as server:
        assert regress(tmp_path, server.url).verdict is Verdict.PASSED


def test_readiness_is_waited_for(tmp_path: Path) -> None:
    with serving(body(), ready=(503, b"{}")) as server:
        asked: list[None] = []

        def ended() -> None:
            asked.append(None)
            if len(asked) == 2:
                server.ready = (200, b"{}")

        service.wait_until_ready(server.url, 30, ended=ended, every_s=0)
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("localhost:5000", "is no address"),
        ("ftp://host/", "is no address"),
        ("http://", "is no address"),
        ("http://host:port", "Invalid port"),
        ("http://me:secret@host/", "do not belong in an address"),
    ],
)
def test_what_is_no_address_is_refused_and_no_password_is_shown(tmp_path: Path, url: str, words: str) -> None:
    written(tmp_path)
    with pytest.raises(UsageError, match=words) as caught:
        regress(tmp_path, url)
    assert "secret" not in str(caught.value)


def test_http_and_url_contradict_each_other(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="contradict"):
        regress(tmp_path, "http://localhost:1", http=True)


def test_the_suite_may_have_any_name_or_be_the_folder_itself(tmp_path: Path) -> None:
    folder = written(tmp_path)
    with serving(body(COFFEE, CAT, COFFEE, CAT)) as server:
        regress(folder, server.url)
        folder.rename(tmp_path / "nightly")
        regress(tmp_path, server.url, golden="nightly/")
    assert len(server.asked) == 4


def test_a_folder_without_a_suite_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    with serving(body()) as server:
        with pytest.raises(SuiteError, match="no golden suite in golden"):
            regress(tmp_path, server.url)
        assert server.asked == []


def test_the_report_is_written_where_it_was_asked_for(tmp_path: Path) -> None:
    written(tmp_path)
    page = tmp_path / "pages" / "nightly.html"
    with serving(body(COFFEE, answer())) as server:
        outcome = regress(tmp_path, server.url, report=str(page))
        assert f"Golden suite asked of {server.url}" in page.read_text()
    assert f"look at {page}" in outcome.findings[0].remedy


def test_half_a_letter_in_an_answer_is_a_bad_answer_and_not_a_crash(tmp_path: Path) -> None:
    written(tmp_path, {"coffee": COFFEE})
    half = b'{"status": "ok", "predictions": [{"label": "\\ud800"}]}'
    with serving(lambda number: (200, half)) as server:
        outcome = regress(tmp_path, server.url, report=str(tmp_path / "page.html"))
    assert [finding.code for finding in outcome.findings] == ["REG006"]
    assert (tmp_path / "page.html").is_file()


def test_an_answer_without_end_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(over_http, "MOST_BYTES", 1000)
    written(tmp_path, {"coffee": COFFEE})
    with serving(lambda number: (200, b"[" + b"1," * 100_000)) as server:
        outcome = regress(tmp_path, server.url)
    assert "an answer without end" in outcome.findings[0].message
