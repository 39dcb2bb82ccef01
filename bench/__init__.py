"""Speed and memory, as ratios within one run: absolute figures do not travel from machine to machine."""
