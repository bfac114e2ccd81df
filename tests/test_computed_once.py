"""A property that is computed once takes no lock: neither threads nor forked children wait for one."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from clearprop.computed_once import cached_property


class Meeting:
    both = threading.Barrier(2, timeout=60)

    @cached_property
    def place(self):
        """Where they meet."""
        self.both.wait()  # for that of another object
        return object()


def test_two_objects_compute_theirs_at_the_same_time():
    meetings = Meeting(), Meeting()
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda meeting: meeting.place, meetings)
    assert first is not second
    assert [meeting.place for meeting in meetings] == [first, second]


def test_it_is_known_by_the_class_and_can_be_forgotten():
    assert Meeting.place.__doc__ == "Where they meet."
    meeting = Meeting()
    meeting.place = 3
    assert meeting.place == vars(meeting)["place"] == 3
    del meeting.place
    assert "place" not in vars(meeting)
