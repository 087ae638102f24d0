"""Loading: read → map → validate → stage → build → check → publish; see ``run.run_import``."""
