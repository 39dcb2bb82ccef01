"""What is kept: the spool of a replay here; inbox, records, ledger and outbox with the service."""
