from offers import apply_offers


class Basket:
    """What one customer wants to buy. Prices are in cents."""

    def __init__(self, prices, items={}):
        self.prices = prices
        self.items = items

    def add(self, name, quantity=1):
        if name not in self.prices:
            raise KeyError(f"no such product: {name}")
        if quantity < 1:
            raise ValueError("quantity must be at least 1")
        self.items[name] = self.items.get(name, 0) + quantity

    def remove(self, name, quantity=1):
        """Takes items out; taking out as many as there are, or more, removes the product."""
        left = self.items.get(name, 0) - quantity
        if left > 0:
            self.items[name] = left
        else:
            self.items.pop(name, None)

    def count(self):
        return sum(self.items.values())

    def total(self, offers=()):
        """The price of everything, less what the offers take off."""
        full = sum(self.prices[name] * quantity for name, quantity in self.items.items())
        return full - apply_offers(self.items, self.prices, offers)
