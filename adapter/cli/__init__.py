"""The command line: one file a command group; data on stdout, progress and problems on stderr."""
