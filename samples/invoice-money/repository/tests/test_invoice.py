import unittest

from invoice import Line, total
from invoice.money import cents, percentage, share, show


class MoneyTest(unittest.TestCase):
    def test_reads_amounts(self):
        self.assertEqual(cents("19.99"), 1999)
        self.assertEqual(cents("7"), 700)

    def test_half_a_cent_is_rounded_up(self):
        self.assertEqual(cents("0.125"), 13)
        self.assertEqual(cents("0.135"), 14)

    def test_percentage_of_whole_amounts(self):
        self.assertEqual(percentage(20000, "7.5"), 1500)

    def test_percentage_rounds_half_up(self):
        self.assertEqual(percentage(250, "5"), 13)
        self.assertEqual(percentage(350, "5"), 18)

    def test_shows_thousands_and_cents(self):
        self.assertEqual(show(123450), "1,234.50")
        self.assertEqual(show(-5), "-0.05")

    def test_shares_add_up(self):
        self.assertEqual(share(1000, 3), [334, 333, 333])


class TotalTest(unittest.TestCase):
    def test_adds_lines(self):
        totals = total([Line("tea", "2.50", 2), Line("cake", "3.20")])
        self.assertEqual(totals.net, 820)
        self.assertEqual(totals.due, 820)

    def test_discount_comes_off_before_tax(self):
        totals = total([Line("desk", "200.00")], tax_percent="20", discount_percent="10")
        self.assertEqual((totals.discount, totals.tax, totals.due), (2000, 3600, 21600))

    def test_tax_of_half_a_cent(self):
        totals = total([Line("stamp", "0.50")], tax_percent="5")
        self.assertEqual(totals.tax, 3)
        self.assertEqual(totals.due, 53)


if __name__ == "__main__":
    unittest.main()
