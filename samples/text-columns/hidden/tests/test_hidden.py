import textwrap
import unittest

from columns.wrap import wrap


class HiddenTest(unittest.TestCase):
    def test_agrees_with_the_standard_library_on_ordinary_words(self):
        text = "so we beat on boats against the current borne back ceaselessly into the past and a b c d e f g"
        for width in range(11, 40):
            self.assertEqual(wrap(text, width), textwrap.wrap(text, width), width)

    def test_single_letters_fill_the_line(self):
        self.assertEqual(wrap("a b c d e", 3), ["a b", "c d", "e"])
