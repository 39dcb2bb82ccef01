"""Loads and checks the packs of the top-level folder `mappings/`, with a site's overrides and settings.

All checks happen at load, with file, line, key and remedy, so that a pack that loads can be judged with.
"""

from adapter.mappings.load import PACKS_FOLDER, Site, load_pack, load_packs, pack_names
from adapter.mappings.problems import BadPack

__all__ = ["PACKS_FOLDER", "BadPack", "Site", "load_pack", "load_packs", "pack_names"]
