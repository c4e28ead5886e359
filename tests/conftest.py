"""Which tests share a worker, since what they set up is dear: a demo of a whole chain of shops, a session of Spark.

The mark `xdist_group` does nothing under pytest 9.2: xdist 3.8 writes the group into a name that is not read any more.
"""

from xdist.scheduler import LoadScopeScheduling

DEMO = "tests/loop/test_demo.py::"
SPARK = "[pyspark"


class Together(LoadScopeScheduling):
    """Hands tests out one by one, except those that belong together; these go first."""

    def _split_scope(self, nodeid: str) -> str:
        return next((one for one in (DEMO, SPARK) if one in nodeid), nodeid)


def pytest_xdist_make_scheduler(config, log):
    return Together(config, log)
