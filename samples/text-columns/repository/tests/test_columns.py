import unittest

from columns.align import justify, pad
from columns.table import side_by_side
from columns.wrap import paragraphs, wrap


class WrapTest(unittest.TestCase):
    def test_short_text_is_one_line(self):
        self.assertEqual(wrap("hello world", 20), ["hello world"])

    def test_no_text_has_no_lines(self):
        self.assertEqual(wrap("   ", 10), [])

    def test_breaks_at_spaces(self):
        self.assertEqual(wrap("the quick brown fox jumps", 10), ["the quick", "brown fox", "jumps"])

    def test_no_line_is_longer_than_the_width(self):
        lines = wrap("it was the best of times it was the worst of times", 9)
        self.assertLessEqual(max(len(line) for line in lines), 9)

    def test_cuts_a_word_that_is_too_long(self):
        self.assertEqual(wrap("a extraordinary day", 6), ["a", "extrao", "rdinar", "y day"])

    def test_refuses_a_width_of_nothing(self):
        with self.assertRaises(ValueError):
            wrap("text", 0)

    def test_paragraphs_stay_apart(self):
        self.assertEqual(paragraphs("one two\n\nthree", 20), "one two\n\nthree")


class AlignTest(unittest.TestCase):
    def test_pads_on_either_side(self):
        self.assertEqual(pad("ab", 5), "ab   ")
        self.assertEqual(pad("ab", 5, "right"), "   ab")
        self.assertEqual(pad("ab", 4, "centre"), " ab ")

    def test_cuts_what_is_too_long(self):
        self.assertEqual(pad("abcdef", 4), "abc…")

    def test_justify_spreads_spaces(self):
        self.assertEqual(justify(["a", "b", "c"], 8), "a   b  c")


class TableTest(unittest.TestCase):
    def test_columns_stand_side_by_side(self):
        rows = side_by_side("one two three", "four", 7)
        self.assertEqual(rows, ["one two   four", "three"])

    def test_a_full_column_is_not_cut(self):
        rows = side_by_side("alpha beta gamma", "x", 9)
        self.assertEqual(rows, ["alpha       x", "beta", "gamma"])


if __name__ == "__main__":
    unittest.main()
