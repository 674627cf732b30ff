def three_for_two(product):
    """Every third item of a product is free."""

    def saving(items, prices):
        return items.get(product, 0) // 3 * prices.get(product, 0)

    return saving


def percent_off(percent, minimum):
    """`percent` off everything from a `minimum` in cents, rounded down to a cent."""

    def saving(items, prices):
        full = sum(prices[name] * quantity for name, quantity in items.items())
        return full * percent // 100 if full >= minimum else 0

    return saving


def apply_offers(items, prices, offers):
    """What the offers take off together."""
    return sum(offer(items, prices) for offer in offers)
