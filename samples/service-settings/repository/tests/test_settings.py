import unittest

from settings import SettingsError, read
from settings.values import convert


class ValuesTest(unittest.TestCase):
    def test_numbers_and_words(self):
        self.assertEqual([convert(text) for text in ("3", "-2.5", "yes", "Off")], [3, -2.5, True, False])

    def test_quotes_keep_text(self):
        self.assertEqual(convert('"42"'), "42")
        self.assertEqual(convert("'"), "'")


class ReaderTest(unittest.TestCase):
    def test_reads_settings_before_any_section(self):
        self.assertEqual(read("port = 80\nname=web"), {"": {"port": 80, "name": "web"}})

    def test_reads_sections(self):
        self.assertEqual(read("[a]\nx=1\n[b]\nx=2"), {"": {}, "a": {"x": 1}, "b": {"x": 2}})

    def test_a_section_may_come_twice(self):
        self.assertEqual(read("[a]\nx=1\n[b]\n[a]\ny=2")["a"], {"x": 1, "y": 2})

    def test_skips_comments_and_empty_lines(self):
        self.assertEqual(read("# note\n\n; another\nx = 1"), {"": {"x": 1}})

    def test_a_value_may_hold_an_equals_sign(self):
        settings = read("[database]\nurl = postgres://db/app?sslmode=require&timeout=5")
        self.assertEqual(settings["database"]["url"], "postgres://db/app?sslmode=require&timeout=5")

    def test_a_value_may_end_with_an_equals_sign(self):
        self.assertEqual(read("key = c2VjcmV0==")[""]["key"], "c2VjcmV0==")

    def test_says_which_line_is_wrong(self):
        with self.assertRaises(SettingsError) as caught:
            read("x = 1\nnonsense")
        self.assertEqual(caught.exception.number, 2)


if __name__ == "__main__":
    unittest.main()
