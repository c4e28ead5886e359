import gzip
import zlib

import pytest

from interplay.collect.ingest.body import unpack
from interplay.collect.ingest.contracts import BATCH_BYTES_MAX
from interplay.kernel.errors import AppError


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (b"{}", ""),
        (b"{}", "identity"),
        (gzip.compress(b"{}", mtime=0), "gzip"),
        (gzip.compress(b"{", mtime=0) + gzip.compress(b"}", mtime=0), "GZIP"),
        (zlib.compress(b"{}"), "deflate"),
    ],
)
def test_a_body_is_unpacked(body, encoding):
    assert unpack(body, encoding) == b"{}"


@pytest.mark.parametrize(
    ("body", "encoding", "code", "status"),
    [
        (b"{}", "gzip", "ingest.gzip", 400),
        (gzip.compress(b"{}", mtime=0)[:-4], "gzip", "ingest.gzip", 400),
        (gzip.compress(b"{}", mtime=0) + b"rest", "gzip", "ingest.gzip", 400),
        (b"{}", "br", "ingest.encoding", 415),
        (b" " * (BATCH_BYTES_MAX + 1), "", "ingest.too_large", 413),
        (gzip.compress(b" " * (BATCH_BYTES_MAX + 1), mtime=0), "gzip", "ingest.too_large", 413),
        (gzip.compress(b"\0" * 200_000_000, 1, mtime=0), "gzip", "ingest.too_large", 413),
    ],
)
def test_a_body_that_cannot_be_unpacked_within_the_limit_is_an_error(body, encoding, code, status):
    with pytest.raises(AppError) as caught:
        unpack(body, encoding)
    assert (caught.value.code, caught.value.status) == (code, status)
    assert caught.value.text("zh")


def test_a_body_of_exactly_the_limit_is_taken():
    assert len(unpack(gzip.compress(b" " * BATCH_BYTES_MAX, mtime=0), "gzip")) == BATCH_BYTES_MAX
