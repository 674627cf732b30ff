from .lines import Line
from .totals import Totals, total

__all__ = ["Line", "Totals", "total"]
