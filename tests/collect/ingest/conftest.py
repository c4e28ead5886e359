import pytest

from interplay.collect.facts.api import Catalogue, catalogue
from interplay.collect.ingest.contracts import Door
from interplay.kernel.settings import Brand


@pytest.fixture(scope="session")
def door():
    return Door(Catalogue(catalogue(), Brand("Hillside", rates={"USD": "7.1"})), "web")
