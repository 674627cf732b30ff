import unittest

from basket import Basket
from offers import percent_off, three_for_two

PRICES = {"tea": 300, "milk": 120, "bread": 250}


class BasketTest(unittest.TestCase):
    def test_adds_up_prices(self):
        basket = Basket(PRICES, {"milk": 1})
        basket.add("tea", 2)
        self.assertEqual(basket.total(), 720)

    def test_a_new_customer_starts_with_nothing(self):
        first = Basket(PRICES)
        first.add("tea")
        second = Basket(PRICES)
        self.assertEqual(second.count(), 0)

    def test_two_customers_do_not_share_a_basket(self):
        ada = Basket(PRICES)
        bob = Basket(PRICES)
        ada.add("bread", 2)
        self.assertEqual(ada.count() - bob.count(), 2)

    def test_refuses_what_is_not_sold(self):
        with self.assertRaises(KeyError):
            Basket(PRICES).add("gold")
        with self.assertRaises(ValueError):
            Basket(PRICES).add("tea", 0)

    def test_removes_some(self):
        basket = Basket(PRICES, {"milk": 3})
        basket.remove("milk")
        self.assertEqual(basket.items, {"milk": 2})

    def test_removes_all(self):
        basket = Basket(PRICES, {"milk": 1})
        basket.remove("milk", 5)
        basket.remove("tea")
        self.assertEqual(basket.items, {})

    def test_leaves_the_order_it_was_given_alone(self):
        order = {"milk": 1}
        Basket(PRICES, order).add("milk")
        self.assertEqual(order, {"milk": 1})


class OffersTest(unittest.TestCase):
    def test_three_for_two(self):
        self.assertEqual(Basket(PRICES, {"tea": 7}).total([three_for_two("tea")]), 1500)

    def test_percent_off_from_a_minimum(self):
        offer = percent_off(10, 1000)
        self.assertEqual(Basket(PRICES, {"bread": 4}).total([offer]), 900)
        self.assertEqual(Basket(PRICES, {"bread": 3}).total([offer]), 750)


if __name__ == "__main__":
    unittest.main()
