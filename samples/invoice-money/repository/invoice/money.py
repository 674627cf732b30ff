"""Amounts are whole cents throughout; nothing here touches binary fractions."""

from decimal import ROUND_HALF_UP, Decimal


def cents(amount):
    """Whole cents of an amount in currency units given as text or Decimal, half a cent rounded up."""
    return int((Decimal(amount) * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def percentage(amount, percent):
    """`percent` per cent of an amount in cents, half a cent rounded up."""
    return round(Decimal(amount) * Decimal(percent) / 100)


def show(amount):
    """`1,234.50` for 123450."""
    sign = "-" if amount < 0 else ""
    whole, rest = divmod(abs(amount), 100)
    return f"{sign}{whole:,}.{rest:02d}"


def share(amount, parts):
    """Splits cents into near-equal parts that add up to the whole; the first ones get the spare cents."""
    each, spare = divmod(amount, parts)
    return [each + 1 if index < spare else each for index in range(parts)]
