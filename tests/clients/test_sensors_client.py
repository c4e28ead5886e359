"""The Sensors Analytics (神策) SDK for Python, unchanged: every operation, each sent once or again after a crash."""

import time
from collections import Counter

import pytest
from sensorsanalytics import (
    AsyncBatchConsumer,
    BatchConsumer,
    DefaultConsumer,
    SensorsAnalytics,
    SensorsAnalyticsNetworkException,
)

from interplay.understand.profiles.contracts import ShowCustomer
from tests.clients.kills import send_while_killing
from tests.stored import check_folds, facts, names, people

pytestmark = pytest.mark.slow

AT_MS = 1_772_000_000_000
PEOPLE = 6
