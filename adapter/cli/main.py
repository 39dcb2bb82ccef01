"""The `adapter` command. Modules of commands are imported when called, so that `--help` is quick."""

from importlib import import_module
from typing import Any

import click

from adapter import __version__
from adapter.cli.streams import prepare

_COMMANDS = {
    "replay": ("adapter.cli.replay", "replay_command", "Judge the resources of files and folders."),
    "explain": ("adapter.cli.explain", "explain_command", "Say why a person's charges are what they are."),
    "packs": ("adapter.cli.packs", "packs_group", "List, check, show, test and publish the packs."),
    "tariffs": ("adapter.cli.tariffs", "tariffs_group", "Show the amounts of a day."),
    "dmp": ("adapter.cli.dmp", "dmp_group", "Check and write documents for the shared record (France)."),
    "config": ("adapter.cli.config", "config_group", "Show and check the settings."),
    "health": ("adapter.cli.health", "health_command", "Ask the service on this machine whether it is alive."),
    "serve": ("adapter.cli.serve", "serve_command", "Run the service: hooks, read API, metrics, and the work."),
    "work": ("adapter.cli.serve", "work_command", "Run more workers on the service's database."),
    "migrate": ("adapter.cli.operations", "migrate_command", "Make or update the tables of the database."),
    "status": ("adapter.cli.operations", "status_command", "Count events, work, writes and dead letters."),
    "dead-letters": ("adapter.cli.operations", "dead_letters_group", "List, show and retry what failed for good."),
    "audits": ("adapter.cli.audits", "audits_group", "Check and list the chain of AuditEvents."),
    "subscribe": ("adapter.cli.subscribe", "subscribe_group", "Keep our Subscriptions at the sources alive."),
    "catch-up": ("adapter.cli.catch_up", "catch_up_command", "Ask the sources for what was missed."),
    "report": ("adapter.cli.report", "report_command", "Indicators, decisions by month, amounts, what is open."),
}


class _Lazy(click.Group):
    def main(self, *args: Any, **kwargs: Any) -> Any:
        prepare()
        return super().main(*args, **kwargs)

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        try:
            return super().make_context(*args, **kwargs)
        except OSError:
            from adapter.cli.exits import one_line_errors

            with one_line_errors():
                raise

    def invoke(self, ctx: click.Context) -> Any:
        from adapter.cli.exits import one_line_errors

        with one_line_errors():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, name, _ = _COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in _COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            known = ", ".join(_COMMANDS)
            raise click.UsageError(f"{error.message} Commands: {known}.", ctx) from error


@click.command(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="adapter")
@click.option("--config", type=click.Path(dir_okay=False), help="Settings file (default: adapter.toml here, if any).")
@click.pass_context
def main(ctx: click.Context, config: str | None) -> None:
    """Judge palliative care and immunotherapy at home, in FHIR, by national payment schemes."""
    ctx.obj = config
