import unittest

from timetable.clock import minutes, show
from timetable.line import Line


class ClockTest(unittest.TestCase):
    def test_reads_and_shows(self):
        self.assertEqual(minutes("07:45"), 465)
        self.assertEqual(show(465), "07:45")

    def test_night_buses_belong_to_the_day_before(self):
        self.assertEqual(minutes("24:30"), 1470)
        self.assertEqual(show(1470), "00:30")


class LineTest(unittest.TestCase):
    def setUp(self):
        self.line = Line("42", ["08:30", "07:00", "07:45", "09:15", "24:10"])

    def test_next_departure(self):
        self.assertEqual(self.line.next_departure("07:10"), "07:45")

    def test_a_bus_that_leaves_now_can_be_caught(self):
        self.assertEqual(self.line.next_departure("08:30"), "08:30")

    def test_first_bus_of_the_day(self):
        self.assertEqual(self.line.next_departure("03:00"), "07:00")

    def test_last_bus_of_the_night(self):
        self.assertEqual(self.line.next_departure("23:00"), "00:10")

    def test_no_bus_after_the_last(self):
        self.assertIsNone(self.line.next_departure("24:11"))

    def test_wait(self):
        self.assertEqual(self.line.wait("09:00"), 15)
        self.assertIsNone(self.line.wait("25:00"))

    def test_missed(self):
        self.assertEqual(self.line.missed("08:29"), "07:45")
        self.assertIsNone(self.line.missed("07:00"))

    def test_between(self):
        self.assertEqual(self.line.between("07:00", "09:00"), 3)
        self.assertEqual(self.line.between("10:00", "26:00"), 1)

    def test_line_without_buses(self):
        self.assertIsNone(Line("N1", []).next_departure("12:00"))


if __name__ == "__main__":
    unittest.main()
