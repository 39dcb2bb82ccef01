"""`adapter health`: whether the service on this machine answers, for containers that have no other program to ask."""

import urllib.request

import click

from adapter.cli.exits import Exit, Failure
from adapter.cli.options import settings_of

_SECONDS = 5.0


@click.command("health")
@click.pass_context
def health_command(ctx: click.Context) -> None:
    """Ask the service on this machine, by the port of the settings, whether it is alive (exit code 0 or 1)."""
    url = f"http://127.0.0.1:{settings_of(ctx).port}/healthz"
    # No handlers but the plain one: a proxy of the environment must not answer for the service.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=_SECONDS):
            click.echo("alive")
    except (OSError, ValueError) as error:  # HTTPError is an OSError
        raise Failure(f"no service answers at {url}: {type(error).__name__}", Exit.PROBLEMS) from error
