from .reader import SettingsError, read

__all__ = ["SettingsError", "read"]
