"""Benchmarks: reading files, comparing like with like, and a provider that answers badly in every way."""

import contextlib
import doctest
import json
import threading
import time
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.msp_analytics.engine import benchmarks, kpi
from odoo.addons.msp_analytics.engine.benchmark_file import FileError, parse
from odoo.addons.msp_analytics.engine.benchmarks import Benchmark, best_match, compare
from odoo.addons.msp_analytics.engine.kpi import BY_KEY, kpi_values
from odoo.addons.msp_analytics.providers import PROVIDERS, ProviderError

ROW = {
    "format_version": 1, "kpi": "dso", "unit": "days", "direction": "down", "segment": "msp", "p50": "40.5",
    "publisher": "Guild", "year": 2026, "confidence": "primary", "licence": "internal",
}  # fmt: skip


@pytest.mark.parametrize("module", [benchmarks, kpi])
def test_examples_in_the_docstrings(module):
    assert doctest.testmod(module).failed == 0


def bench(**values):
    base = {"kpi": "gm_blended", "definition_version": 1, "unit": "percent", "direction": "up", "segment": "msp"}
    return Benchmark(**{**base, "year": 2026, "source": "x", **values})


# ------------------------------------------------------------------ comparing


def test_better_confidence_comes_before_a_newer_year():
    rows = [bench(id=1, year=2026, confidence="vendor"), bench(id=2, year=2020, confidence="secondary")]
    assert best_match(rows, BY_KEY["gm_blended"], "msp", "USD").id == 2
    assert best_match(rows, BY_KEY["gm_blended"], "saas", "USD") is None


def test_a_rule_of_thumb_has_no_rank():
    comparison = compare(Decimal(48), bench(target_low=Decimal(45), target_high=Decimal(50)))
    assert (comparison.verdict, comparison.percentile) == ("level", None)
    assert "rule of thumb" in comparison.text


@pytest.mark.parametrize(("value", "verdict"), [(20, "better"), (30, "better"), (40, "level"), (46, "worse")])
def test_lower_is_better_for_days(value, verdict):
    row = bench(direction="down", target_low=Decimal(30), target_high=Decimal(45))
    assert compare(Decimal(value), row).verdict == verdict


def test_an_unknown_value_is_not_judged():
    assert compare(None, bench(mean=Decimal(46))).verdict == "unknown"


@given(st.lists(st.decimals(0, 100, places=2), min_size=5, max_size=5), st.decimals(-50, 150, places=2))
def test_a_rank_lies_between_the_given_percentiles(points, value):
    p10, p25, p50, p75, p90 = sorted(points)
    comparison = compare(value, bench(n=50, p10=p10, p25=p25, p50=p50, p75=p75, p90=p90))
    assert comparison.percentile is None or 10 <= comparison.percentile <= 90
    assert (comparison.percentile is None) == (value < p10 or value > p90)


def test_no_ratio_without_a_base():
    assert all(value.number is None for value in kpi_values({}))


# --------------------------------------------------------------------- files


def test_json_and_csv_say_the_same():
    data = {"format": "msp-benchmark", "version": 1, "publisher": "Guild", "licence": "internal"}
    row = {name: value for name, value in ROW.items() if name not in ("publisher", "licence", "format_version")}
    from_json = parse(json.dumps({**data, "rows": [row]}).encode())
    text = ",".join(ROW) + "\n" + ",".join(str(value) for value in ROW.values()) + "\n"
    from_csv = parse(text.encode())
    assert from_json.errors == from_csv.errors == []
    assert from_json.rows == from_csv.rows
    assert from_csv.rows[0]["p50"] == Decimal("40.5")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"unit": "apples"}, "unit is 'apples'"),
        ({"year": "soon"}, "year is 'soon'"),
        ({"p50": ""}, "no figure"),
        ({"p50": "NaN"}, "not a number"),
        ({"p50": "1,5"}, "not a number"),
        ({"p25": 50}, "percentiles decrease"),
        ({"publisher": ""}, "needs its source"),
        ({"segment": ""}, "segment is missing"),
        ({"url": "javascript:alert(1)"}, "no web address"),
        ({"format_version": 2}, "format_version"),
        ({"period_start": "2026-13-01"}, "not a day"),
        ({"target_low": 5, "target_high": 4}, "target_low is above"),
        ({"note": "x" * 2000}, "longer than"),
    ],
)
def test_bad_rows_are_named(change, words):
    parsed = parse(json.dumps({"format": "msp-benchmark", "version": 1, "rows": [{**ROW, **change}, ROW]}).encode())
    assert len(parsed.rows) == 1
    ((number, sentence),) = parsed.errors
    assert number == 1 and words in sentence


def test_a_file_of_a_spreadsheet_in_another_language_says_what_is_wrong():
    with pytest.raises(FileError, match="separated by commas"):
        parse(b"format_version;kpi;year;p50\n1;dso;2026;41,5\n")


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content):
    with contextlib.suppress(FileError):
        parse(content)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3)
                    | st.dictionaries(st.sampled_from(list(ROW)), inner, max_size=5), max_leaves=8))  # fmt: skip
def test_any_rows_are_read_or_refused(rows):
    with contextlib.suppress(FileError):
        parse(json.dumps({"format": "msp-benchmark", "version": 1, "rows": rows}).encode())


# ------------------------------------------------------------------- provider


class Answers(BaseHTTPRequestHandler):
    seen = []

    def do_GET(self):
        self.seen.append((self.path, self.headers.get("Authorization")))
        getattr(self, f"answer_{self.path.strip('/').split('?')[0]}")()

    def _send(self, body, status=200, kind="application/json", **headers):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def answer_good(self):
        self._send(json.dumps({"format": "msp-benchmark", "version": 1, "rows": [ROW]}).encode())

    def answer_refused(self):
        self._send(b"no", status=403)

    def answer_elsewhere(self):
        self._send(b"", status=302, Location="/good")

    def answer_page(self):
        self._send(b"<html>login</html>", kind="text/html")

    def answer_slow(self):
        time.sleep(1.5)

    def answer_large(self):
        self._send(b"x" * 5000)

    def answer_torn(self):
        self._send(b"{}", Content_Length="900")

    def answer_noise(self):
        self.wfile.write(b"\x00\x01 this is not HTTP\r\n\r\n")

    def log_message(self, *_args):
        pass


@pytest.fixture(scope="module")
def server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def fetch(url, token="tok-123", **options):
    return PROVIDERS["http"](url, token, timeout=0.5, **options).fetch()


def test_a_good_answer_is_taken_and_the_token_sent(server):
    assert len(parse(fetch(f"{server}/good")).rows) == 1
    assert Answers.seen[-1] == ("/good", "Bearer tok-123")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("refused", "status 403"),
        ("elsewhere", "status 302"),
        ("page", "neither CSV nor JSON"),
        ("slow", "in time"),
        ("large", "more than 1000 bytes"),
        ("torn", "broke off"),
        ("noise", "broke off"),
    ],
)
def test_bad_answers_are_told_without_the_secret(server, path, words):
    with pytest.raises(ProviderError) as caught:
        fetch(f"{server}/{path}?key=secret", limit=1000)
    assert words in str(caught.value)
    assert "tok-123" not in str(caught.value) and "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_redirect_takes_the_token_nowhere(server):
    before = len(Answers.seen)
    with pytest.raises(ProviderError):
        fetch(f"{server}/elsewhere")
    assert [path for path, _token in Answers.seen[before:]] == ["/elsewhere"]


def test_nobody_there():
    with pytest.raises(ProviderError, match="cannot be reached"):
        fetch("http://127.0.0.1:9/none")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x.example", "", "https://", "https://me:pw@x.example/"])
def test_addresses_of_another_kind_are_refused(url):
    with pytest.raises(ProviderError):
        fetch(url)


def test_a_token_needs_a_safe_way():
    with pytest.raises(ProviderError, match="https"):
        fetch("http://x.example/rows")
    with pytest.raises(ProviderError):
        fetch("https://x.example/rows", token="a\r\nX: y")
