"""One file with all that makes a site what it is: its users and what they saved, the data that it shows, its loads.

What is in it does not depend on the engine of either side: a site on SQLite can be restored to PostgreSQL, and back.
"""

from data_layer.backup.archive import BadBackup, Manifest
from data_layer.backup.make import make_backup
from data_layer.backup.restore import HalfRestored, NotEmpty, restore_backup

__all__ = ["BadBackup", "HalfRestored", "Manifest", "NotEmpty", "make_backup", "restore_backup"]
