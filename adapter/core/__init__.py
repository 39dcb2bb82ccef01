"""The pure part: records, identity, facts, findings, tariffs, decisions, desired resources and the plan.

Nothing here reads a clock, a file, a database or the network, so that one decision is the same in a
replayed folder, in the service and in a backtest.
"""
