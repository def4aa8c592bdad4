"""The one exception that the command line shows to a person, and what known failures mean."""

from __future__ import annotations


class Trouble(Exception):
    """Something that a person has to mend: ``what`` is wrong, ``how`` to mend it, line by line."""

    def __init__(self, what: str, *how: str):
        super().__init__(what)
        self.what = what
        self.how = [line for line in how if line]

    def __str__(self) -> str:
        return "\n".join([self.what, *("  " + line for line in self.how)])


#: (phrases that a failing program prints, what they mean and what to do); the first match wins.
KNOWN = (
    (
        ("No space left on device", "Disk quota exceeded", "could not extend file"),
        "The disk is full: free about 3 GB where this checkout lies and run the same command again.",
    ),
    (
        ("DO NOT MATCH THE HASHES", "Hash Sum mismatch", "Hashes of expected file"),
        "A downloaded file is not the one that was expected (wrong hash) and was not used."
        " A proxy or a mirror that is being updated can cause that: try again later, or use another mirror.",
    ),
    (
        ("NO_PUBKEY", "is not signed", "EXPKEYSIG"),
        "The signature of the Debian package index could not be verified:"
        " apt-get install debian-archive-keyring   (as root) brings the current keys.",
    ),
    (
        (
            "Temporary failure resolving",
            "Temporary failure in name resolution",
            "Name or service not known",
            "Could not resolve",
            "Failed to resolve",
            "getaddrinfo failed",
            "Network is unreachable",
            "No route to host",
            "Connection timed out",
            "Connection refused",
            "Cannot connect to proxy",
            "Failed to establish a new connection",
            "Could not connect to",
            "Unable to connect",
        ),
        "There is no network to the package registry: check the connection, a proxy (http_proxy, https_proxy)"
        " and pip's and apt's own configuration, then run the same command again; what is done is kept.",
    ),
    (
        ("ensurepip is not available", "No module named ensurepip", "No module named venv"),
        "This Python has no venv module: apt-get install python3-venv   (as root), or choose another"
        " interpreter: MSP_PYTHON=/path/to/python3.12 ./msp ...",
    ),
    (
        ("Python.h: No such file", "error: command 'gcc' failed", "command 'x86_64-linux-gnu-gcc' failed"),
        "A Python package had to be compiled and that needs a compiler: apt-get install gcc python3-dev   (as root).",
    ),
    (
        ("Permission denied", "Operation not permitted", "Read-only file system"),
        "A file or folder may not be written: check who owns this checkout and its folder .msp/.",
    ),
)


def explain(output: str) -> str:
    """Return the known meaning of a failing program's output, or an empty text."""
    for phrases, meaning in KNOWN:
        if any(phrase in output for phrase in phrases):
            return meaning
    return ""
