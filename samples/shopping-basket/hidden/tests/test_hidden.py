import unittest

from basket import Basket


class HiddenTest(unittest.TestCase):
    def test_baskets_never_share(self):
        prices = {"x": 1}
        order = {"x": 4}
        given = Basket(prices, order)
        empty = [Basket(prices) for _ in range(3)]
        empty[0].add("x", 5)
        given.add("x")
        self.assertEqual([basket.count() for basket in empty], [5, 0, 0])
        self.assertEqual(order, {"x": 4})
        self.assertEqual(given.count(), 5)

    def test_an_empty_order_is_an_order(self):
        order = {}
        basket = Basket({"x": 1}, order)
        basket.add("x")
        self.assertEqual(order, {})
