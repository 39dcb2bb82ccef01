"""Indicators: rates of what packs tally, at the levels of a table of insured persons. Pure: no clock, no I/O.

A pack says in its setting `indicators` what is counted; its `tallies(look)` supply the numbers.
"""

from adapter.core.indicators.activity import Activity
from adapter.core.indicators.computing import Computed, compute
from adapter.core.indicators.definitions import Counted, Counts, Indicator, indicators_of
from adapter.core.indicators.figures import Figure, Place, shown
from adapter.core.indicators.follow_up import Comparison, compare
from adapter.core.indicators.goals import GoalRow, People, goal_rows
from adapter.core.indicators.insured import BadTable, Base, InsuredTable, read_insured
from adapter.core.indicators.periods import BadPeriod, ReportPeriod, read_period
from adapter.core.indicators.small_numbers import hide_small

__all__ = [
    "Activity",
    "BadPeriod",
    "BadTable",
    "Base",
    "Comparison",
    "Computed",
    "Counted",
    "Counts",
    "Figure",
    "GoalRow",
    "Indicator",
    "InsuredTable",
    "People",
    "Place",
    "ReportPeriod",
    "compare",
    "compute",
    "goal_rows",
    "hide_small",
    "indicators_of",
    "read_insured",
    "read_period",
    "shown",
]
