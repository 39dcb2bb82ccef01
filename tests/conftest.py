"""What every test shares."""

import signal

from hypothesis import settings

# Two busy cores make deadlines fail by chance.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

# Whoever runs the tests in the background of a shell ignores Ctrl-C, and every program that a test starts would too.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
