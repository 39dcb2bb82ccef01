"""The roads by which a document leaves: a file for the hospital's platform, a PDSm server, and XDS.b, not open yet."""
