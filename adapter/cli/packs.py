"""`adapter packs`: list, check, show, test and publish the packs, a site's overrides included."""

from pathlib import Path

import click

from adapter.cli.exits import Exit
from adapter.cli.options import language_of, settings_of
from adapter.cli.tables import console, print_table
from adapter.core.packs import Pack
from adapter.mappings import BadPack, load_pack, load_packs, pack_names
from adapter.mappings.cases import load_cases, run_case
from adapter.settings import Settings


@click.group("packs")
def packs_group() -> None:
    """The packs: one scheme each."""


@packs_group.command("list")
@click.pass_context
def list_packs(ctx: click.Context) -> None:
    """Every pack with its title and charges."""
    settings = settings_of(ctx)
    packs = load_packs(settings.site, settings.packs_folder)
    rows = [
        {
            "pack": p.id,
            "version": p.version,
            "country": p.jurisdiction,
            "title": p.title.get(settings.language) or p.title[p.language],
            "charges": ", ".join(sorted({c.code for c in p.charges.values()})) or "none",
        }
        for p in packs
    ]
    print_table(("pack", "version", "country", "title", "charges"), rows)


@packs_group.command("check")
@click.argument("pack_ids", metavar="[PACK]...", nargs=-1)
@click.pass_context
def check_packs(ctx: click.Context, pack_ids: tuple[str, ...]) -> None:
    """Load packs with all their checks; one line for each that is broken."""
    broken = 0
    settings = settings_of(ctx)
    for folder in _folders(settings, pack_ids):
        try:
            pack = load_pack(folder, settings.site)
            click.echo(f"{pack.id} {pack.version}: ok ({len(pack.criteria)} criteria, rules {pack.digest})")
        except BadPack as error:
            broken += 1
            click.echo(f"{error} [{error.code}]", err=True)
    if broken:
        ctx.exit(Exit.SETUP)


@packs_group.command("test")
@click.argument("pack_ids", metavar="[PACK]...", nargs=-1)
@click.pass_context
def test_packs(ctx: click.Context, pack_ids: tuple[str, ...]) -> None:
    """Run the worked cases of packs; says what was expected and what came out."""
    passed = failed = 0
    settings = settings_of(ctx)
    for folder in _folders(settings, pack_ids):
        for case in load_cases(folder):
            mismatches = run_case(folder, case)
            failed, passed = failed + bool(mismatches), passed + (not mismatches)
            for mismatch in mismatches:
                click.echo(f"{folder.name}: {case.name}: {mismatch}")
    click.echo(f"{passed} passed, {failed} failed")
    if failed:
        ctx.exit(Exit.PROBLEMS)


@packs_group.command("show")
@click.argument("pack_id", metavar="PACK")
@click.option("--reads", is_flag=True, help="Element by element, what the pack reads.")
@click.option("--language", help="Language of the texts shown (default: setting `language`).")
@click.pass_context
def show_pack(ctx: click.Context, pack_id: str, reads: bool, language: str | None) -> None:
    """What a pack decides, by which criteria, on which bases; with --reads, the contract for hospitals."""
    settings = settings_of(ctx)
    (pack,) = load_packs(settings.site, settings.packs_folder, [pack_id])
    words = language_of(settings, [pack], language)
    _show_reads(pack, words) if reads else _show_rules(pack, words)


@packs_group.command("publish")
@click.argument("pack_ids", metavar="[PACK]...", nargs=-1)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Write the resources into this folder.")
@click.pass_context
def publish_packs(ctx: click.Context, pack_ids: tuple[str, ...], out: Path) -> None:
    """Write packs as R4 resources: CodeSystem, ValueSet, ConceptMap, ChargeItemDefinition; NDJSON by type."""
    from adapter.core.desired import Desired
    from adapter.core.published import published
    from adapter.outbound.folders import OutputFolder

    settings = settings_of(ctx)
    wanted = [folder.name for folder in _folders(settings, pack_ids)]
    resources = published(load_packs(settings.site, settings.packs_folder), wanted)
    with OutputFolder(out) as folder:
        folder.add(map(Desired, resources))
        folder.finish()
    counts = ", ".join(f"{n} {t}" for t, n in sorted(folder.written.items()))
    click.echo(f"written to {out}: {counts}", err=True)


def _folders(settings: Settings, pack_ids: tuple[str, ...]) -> list[Path]:
    return [settings.packs_folder / name for name in pack_names(settings.site, settings.packs_folder, pack_ids)]


def _show_rules(pack: Pack, language: str) -> None:
    out = console()
    out.print(f"[bold]{pack.id} {pack.version}[/]  {pack.title.get(language) or pack.title[pack.language]}")
    out.print(f"{pack.jurisdiction}, days counted in {pack.zone}, rules {pack.digest}\n")
    criteria = [
        {"criterion": name, "title": pack.texts.words(language, ("criteria", name, "title")), "basis": ", ".join(bases)}
        for name, bases in pack.criteria.items()
    ]
    print_table(("criterion", "title", "basis"), criteria)
    out.print()
    bases = [
        {"basis": b.id, "confidence": b.confidence, "text": b.text, "source": b.source} for b in pack.bases.values()
    ]
    print_table(("basis", "confidence", "text", "source"), bases)
    out.print()
    print_table(("setting", "value"), [{"setting": n, "value": v} for n, v in pack.settings.items()])


def _show_reads(pack: Pack, language: str) -> None:
    out = console()
    for resource, words in pack.reads.items():
        out.print(f"[bold]{resource}[/]: {words.get(language) or next(iter(words.values()))}")
    out.print()
    rows = []
    for reader in sorted(pack.readers, key=lambda r: (r.spec.resource, r.spec.fact)):
        spec = reader.spec
        does = (spec.does or {}).get(language) or next(iter((spec.does or {"": ""}).values()))
        rows.append({"resource": spec.resource, "fact": spec.fact, "element": "", "codes": "", "does": does})
        for where in spec.where:
            rows.append(_read(spec.resource, spec.fact, where.path, where.codes, "chosen by"))
        for name, field in spec.fields.items():
            for path in field.paths:
                rows.append(_read(spec.resource, spec.fact, path, field.codes, name))
    print_table(("resource", "fact", "element", "codes", "does"), rows)
    out.print()
    codes = [
        {"code set": name, "system": system, "code": code}
        for name, found in sorted(pack.codes.sets.items())
        for system, code in sorted(found)
    ]
    print_table(("code set", "system", "code"), codes)


def _read(resource: str, fact: str, path: str, codes: tuple[str, ...], does: str) -> dict[str, str]:
    return {"resource": resource, "fact": fact, "element": path, "codes": ", ".join(codes), "does": does}
