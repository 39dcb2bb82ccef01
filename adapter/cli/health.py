"""`adapter health`: whether the service on this machine answers, for containers that have no other program to ask."""

from http import HTTPStatus
from http.client import HTTPConnection, HTTPException

import click

from adapter.cli.exits import Exit, Failure
from adapter.cli.options import settings_of

_HERE = "127.0.0.1"
_SECONDS = 5.0


@click.command("health")
@click.pass_context
def health_command(ctx: click.Context) -> None:
    """Ask the service on this machine, by the port of the settings, whether it is alive (exit code 0 or 1)."""
    port = settings_of(ctx).port
    # Not urllib: a proxy of the environment must not answer for the service.
    connection = HTTPConnection(_HERE, port, timeout=_SECONDS)
    try:
        connection.request("GET", "/healthz")
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        told = f"no service answers at http://{_HERE}:{port}/healthz: {type(error).__name__}"
        raise Failure(told, Exit.PROBLEMS) from error
    finally:
        connection.close()
    if status != HTTPStatus.OK:
        raise Failure(f"the service at http://{_HERE}:{port}/healthz says {status}", Exit.PROBLEMS)
    click.echo("alive")
