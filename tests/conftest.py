"""What every test shares."""

from hypothesis import settings

# Two busy cores make deadlines fail by chance.
settings.register_profile("house", deadline=None)
settings.load_profile("house")
