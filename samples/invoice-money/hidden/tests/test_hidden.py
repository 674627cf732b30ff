import unittest

from invoice.money import cents, percentage, share


class HiddenTest(unittest.TestCase):
    def test_percentage_agrees_with_whole_number_arithmetic(self):
        for amount in range(0, 400):
            for percent in (1, 5, 7, 10, 15, 19, 50, 100):
                self.assertEqual(percentage(amount, str(percent)), (amount * percent + 50) // 100, (amount, percent))

    def test_shares_add_up_and_differ_by_at_most_a_cent(self):
        for amount in range(0, 50):
            for parts in range(1, 8):
                shares = share(amount, parts)
                self.assertEqual(sum(shares), amount)
                self.assertLessEqual(max(shares) - min(shares), 1)

    def test_cents_below_the_half_are_rounded_down(self):
        self.assertEqual(cents("0.1249"), 12)
