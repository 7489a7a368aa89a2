from __future__ import annotations

import pytest

from .chart import Chart


@pytest.fixture
def chart() -> Chart:
    return Chart()
