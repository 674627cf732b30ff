from dataclasses import dataclass

from .money import percentage


@dataclass(frozen=True)
class Totals:
    """All in cents."""

    net: int
    discount: int
    tax: int

    @property
    def due(self):
        return self.net - self.discount + self.tax


def total(lines, tax_percent="0", discount_percent="0"):
    """Adds up an invoice. The discount comes off before tax."""
    net = sum(line.amount() for line in lines)
    discount = percentage(net, discount_percent)
    tax = percentage(net - discount, tax_percent)
    return Totals(net=net, discount=discount, tax=tax)
