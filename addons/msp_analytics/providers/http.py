from __future__ import annotations

import time
import urllib.error
import urllib.request
from http.client import HTTPException
from urllib.parse import urlsplit

from .base import Provider, ProviderError, register

CHUNK = 64 * 1024


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """The token goes to the address that was set, nowhere else."""

    def redirect_request(self, *_args):
        return None


@register
class HttpProvider(Provider):
    """GET of one address, with a bearer token if there is one.

    :param timeout: seconds for connecting and for each read, and at most three times as long in all
    :param limit: bytes that an answer may have
    """

    name = "http"

    def __init__(self, url: str, token: str = "", timeout: float = 10.0, limit: int = 2_000_000):
        parts = urlsplit(url or "")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ProviderError("The address must begin with https:// and name a server.")
        if parts.username or parts.password:
            raise ProviderError("The address must hold no user or password: use the token.")
        if token and parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
            raise ProviderError("A token is sent by https:// only.")
        if any(char in token for char in "\r\n"):
            raise ProviderError("The token holds a line break.")
        self.url, self.token, self.timeout, self.limit = url, token, timeout, limit
        self.server = parts.hostname

    def fetch(self) -> bytes:
        headers = {"Accept": "application/json, text/csv", "User-Agent": "msp-analytics/1"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        opener = urllib.request.build_opener(_NoRedirects)
        try:
            request = urllib.request.Request(self.url, headers=headers)
            with opener.open(request, timeout=self.timeout) as answer:
                return self._read(answer)
        except urllib.error.HTTPError as error:
            raise ProviderError(f"{self.server} answered with status {error.code}.") from None
        except TimeoutError:
            raise ProviderError(f"{self.server} did not answer in time.") from None
        except urllib.error.URLError as error:
            slow = isinstance(error.reason, TimeoutError)
            text = "did not answer in time." if slow else "cannot be reached."
            raise ProviderError(f"{self.server} {text}") from None
        except (OSError, ValueError, HTTPException):
            # What went wrong on the wire may quote the request with its token.
            raise ProviderError(f"{self.server} broke off its answer.") from None

    def _read(self, answer) -> bytes:
        kind = (answer.headers.get_content_type() or "").lower()
        if kind not in ("application/json", "text/csv", "text/plain", "application/octet-stream"):
            raise ProviderError(f"{self.server} sent {kind[:60]}, neither CSV nor JSON.")
        deadline, parts, size = time.monotonic() + 3 * self.timeout, [], 0
        while chunk := answer.read1(CHUNK):
            size += len(chunk)
            if size > self.limit:
                raise ProviderError(f"{self.server} sent more than {self.limit} bytes.")
            if time.monotonic() > deadline:
                raise ProviderError(f"{self.server} did not answer in time.")
            parts.append(chunk)
        declared = answer.headers.get("Content-Length")
        if declared and declared.isdigit() and int(declared) != size:
            raise ProviderError(f"{self.server} broke off its answer.")
        return b"".join(parts)
