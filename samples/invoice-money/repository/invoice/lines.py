from dataclasses import dataclass

from .money import cents


@dataclass(frozen=True)
class Line:
    """One line of an invoice; the price is in currency units, as text."""

    text: str
    price: str
    quantity: int = 1

    def amount(self):
        return cents(self.price) * self.quantity
