import unittest

from settings import read


class HiddenTest(unittest.TestCase):
    def test_the_first_equals_sign_divides(self):
        self.assertEqual(read("a=b=c=d"), {"": {"a": "b=c=d"}})
        self.assertEqual(read("a = = b"), {"": {"a": "= b"}})
        self.assertEqual(read("empty ="), {"": {"empty": ""}})
        self.assertEqual(read('filter = "x == y"'), {"": {"filter": "x == y"}})
