"""Requests of one process take turns; what takes long, or arrives slowly, holds nobody up."""

import io
import random
import threading
import time

import pytest

from tidui.kit.aside import aside
from tidui.site import turns
from tidui.site.turns import Turns

#: Longer than anything here takes on a slow machine; only a fault waits for so long.
AT_MOST = 20.0


class Body(list):
    """An answer that is whole, as Django's are; it notes by whom it was closed."""

    streaming = False
    closed_by = ""

    def close(self):
        self.closed_by = threading.current_thread()


def environ(path="/", body=b"", **more):
    return {
        "PATH_INFO": path, "wsgi.multithread": True, "CONTENT_LENGTH": str(len(body)), "REQUEST_METHOD": "POST",
        "wsgi.input": io.BytesIO(body), **more,
    }  # fmt: skip


class Site:
    """What is served: `/wait/NAME` waits until NAME is let go, `/aside/NAME` steps aside for that.

    Everything else answers at once with its path.
    """

    def __init__(self):
        self.let = {}
        self.order, self.threads, self.most, self._inside = [], [], 0, 0
        self._guard = threading.Lock()

    def __call__(self, asked, start):
        with self._guard:
            self._inside += 1
            self.most = max(self.most, self._inside)
            self.order.append(asked["PATH_INFO"])
            self.threads.append(threading.current_thread())
        try:
            if asked["PATH_INFO"].startswith("/wait/"):
                assert self.let[asked["PATH_INFO"][6:]].wait(AT_MOST)
            if asked["PATH_INFO"].startswith("/aside/"):
                with aside():
                    assert self.let[asked["PATH_INFO"][7:]].wait(AT_MOST)
                self.order.append("back")
            start("200 OK", [])
            return Body([asked["PATH_INFO"].encode() + asked["wsgi.input"].read()])
        finally:
            with self._guard:
                self._inside -= 1

    def hold(self, name):
        self.let[name] = threading.Event()
        return self.let[name]


class Asked:
    """A request in a thread of its own, as a server's."""

    def __init__(self, application, asked):
        self.answer, self.error = None, None
        self._application, self._asked = application, asked
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()

    def _ask(self):
        try:
            self.answer = b"".join(self._application(self._asked, lambda status, headers: None))
        except Exception as error:
            self.error = error

    def ended(self):
        self._thread.join(AT_MOST)
        assert not self._thread.is_alive()
        return self.answer

    @property
    def waits(self):
        return self._thread.is_alive()


def until(true):
    end = time.monotonic() + AT_MOST
    while not true():
        assert time.monotonic() < end
        time.sleep(0.001)


def test_one_is_worked_on_at_a_time_in_the_order_of_arrival_and_by_one_thread():
    site = Site()
    application = Turns(site, patience=AT_MOST)
    go = site.hold("first")
    first = Asked(application, environ("/wait/first"))
    until(lambda: site.order == ["/wait/first"])
    others = []
    for number in range(5):
        others.append(Asked(application, environ(f"/{number}", b"!")))
        until(lambda wanted=number + 1: len(application._waiting) == wanted)
    go.set()
    assert first.ended() == b"/wait/first"
    assert [one.ended() for one in others] == [b"/%d!" % number for number in range(5)]
    assert site.order == ["/wait/first", "/0", "/1", "/2", "/3", "/4"]
    assert site.most == 1
    assert len(set(site.threads)) == 1


def test_the_thread_that_worked_last_works_next():
    site = Site()
    application = Turns(site)
    for number in range(20):
        assert Asked(application, environ(f"/{number}")).ended() == b"/%d" % number
    assert len(set(site.threads)) == 1


def test_whoever_takes_long_loses_the_turn_and_ends_beside_the_others():
    site = Site()
    application = Turns(site, patience=0.02)
    go = site.hold("long")
    long = Asked(application, environ("/wait/long"))
    until(lambda: site.order)
    assert [Asked(application, environ(f"/{number}")).ended() for number in range(3)] == [b"/0", b"/1", b"/2"]
    assert long.waits
    go.set()
    assert long.ended() == b"/wait/long"
    assert len(set(site.threads)) == 2
    assert Asked(application, environ("/after")).ended() == b"/after"


def test_several_long_ones_hold_nobody_up():
    site = Site()
    application = Turns(site, patience=0.02)
    let = [site.hold(str(number)) for number in range(4)]
    long = [Asked(application, environ(f"/wait/{number}")) for number in range(4)]
    assert Asked(application, environ("/quick")).ended() == b"/quick"
    assert all(one.waits for one in long)
    for go in let:
        go.set()
    assert {one.ended() for one in long} == {b"/wait/%d" % number for number in range(4)}


class Slowly(io.BytesIO):
    """A form whose sender stops in the middle until told to go on."""

    def __init__(self, body):
        super().__init__(body)
        self.begun, self.go = threading.Event(), threading.Event()

    def read(self, size=-1):
        self.begun.set()
        assert self.go.wait(AT_MOST)
        return super().read(min(size, 7) if size > 0 else size)


@pytest.mark.parametrize("size", [10, turns.READ_BEFORE + 10])
def test_whoever_sends_slowly_has_no_turn(size):
    site = Site()
    application = Turns(site, patience=AT_MOST)
    slow = Slowly(b"x" * size)
    sender = Asked(application, environ("/slow", **{"wsgi.input": slow, "CONTENT_LENGTH": str(size)}))
    assert slow.begun.wait(AT_MOST)
    assert Asked(application, environ("/quick")).ended() == b"/quick"
    slow.go.set()
    assert sender.ended() == b"/slow" + b"x" * size


@pytest.mark.parametrize(
    "more",
    [
        {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""}, {"CONTENT_LENGTH": "much"},
        {"REQUEST_METHOD": "GET", "CONTENT_LENGTH": "900000"},
    ],
)  # fmt: skip
def test_what_is_no_form_or_tells_no_length_is_left_to_the_application(more):
    site = Site()
    body = io.BytesIO(b"abc")
    asked = environ("/", **{"wsgi.input": body, **more})
    assert Asked(Turns(site), asked).ended() == b"/abc"
    assert asked["wsgi.input"] is body


def test_the_form_of_a_stranger_is_read_beside_the_others():
    site = Site()
    application = Turns(site, cookie="session", patience=AT_MOST)
    slow = Slowly(b"x" * 20)
    known = {"HTTP_COOKIE": "a=b; session=1"}
    asked = {"wsgi.input": slow, "CONTENT_LENGTH": "20"}
    sender = Asked(application, environ("/slow", **asked))
    assert slow.begun.wait(AT_MOST) and site.order == ["/slow"]
    assert Asked(application, environ("/quick", b"y", **known)).ended() == b"/quicky"
    slow.go.set()
    assert sender.ended() == b"/slow" + b"x" * 20


@pytest.mark.parametrize("size", [10, turns.READ_BEFORE + 10])
@pytest.mark.parametrize("threads", [True, False])
def test_a_form_that_breaks_off_is_no_form(size, threads):
    site = Site()
    more = {"CONTENT_LENGTH": str(size + 1), "wsgi.multithread": threads}
    cut = Asked(Turns(site), environ("/cut", b"x" * size, **more))
    assert cut.ended() is None and isinstance(cut.error, ConnectionResetError)
    piece = Asked(Turns(site), environ("/piece", b"x" * size, **more, REQUEST_METHOD="PUT"))
    assert piece.ended() == b"/piece" + b"x" * size


def test_a_form_is_read_by_lines_too_and_never_beyond_its_end():
    def form(length):
        asked = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": str(length), "wsgi.input": io.BytesIO(b"one\ntwo\nmore")}
        turns._guard_form(asked)
        return asked["wsgi.input"]

    assert list(form(8)) == form(8).readlines() == [b"one\n", b"two\n"]
    read = form(9)
    assert (read.readline(2), read.read(1), read.readline(), read.read(), read.read()) == (
        b"on",
        b"e",
        b"\n",
        b"two\nm",
        b"",
    )
    assert read.readline() == b""
    with pytest.raises(ConnectionResetError):
        form(20).read()
    with pytest.raises(ConnectionResetError):
        list(form(20))


def test_behind_many_that_wait_for_something_nobody_waits_long():
    site = Site()
    application = Turns(site, patience=1.0)
    let = [site.hold(str(number)) for number in range(12)]
    stuck = [Asked(application, environ(f"/wait/{number}")) for number in range(12)]
    begun = time.monotonic()
    assert Asked(application, environ("/quick")).ended() == b"/quick"
    assert time.monotonic() - begun < 10  # a turn of one second, then eleven of a fifth
    assert application._now == 1.0  # somebody has ended within the turn again
    for go in let:
        go.set()
    assert len({one.ended() for one in stuck}) == 12


def test_a_thread_without_work_lets_go_once_and_works_again():
    site, rested = Site(), []

    def rest():
        rested.append(threading.current_thread())
        raise OSError

    application = Turns(site, rest=rest, idle=0.01)
    assert Asked(application, environ("/one")).ended() == b"/one"
    until(lambda: rested)
    assert Asked(application, environ("/two")).ended() == b"/two"
    assert rested[0] is site.threads[0] is site.threads[1]


def test_no_more_is_read_than_the_form_has():
    body = io.BytesIO(b"abcGET / HTTP/1.1")
    assert Asked(Turns(Site()), environ("/", **{"wsgi.input": body, "CONTENT_LENGTH": "3"})).ended() == b"/abc"
    assert body.read() == b"GET / HTTP/1.1"


def test_an_error_reaches_whoever_asked_and_the_next_one_is_answered():
    def site(asked, start):
        if asked["PATH_INFO"] == "/bad":
            raise LookupError("bad")
        return Body([b"good"])

    application = Turns(site)
    bad = Asked(application, environ("/bad"))
    bad.ended()
    assert isinstance(bad.error, LookupError)
    assert Asked(application, environ("/")).ended() == b"good"


def test_whoever_hangs_up_while_sending_has_no_turn():
    class Gone(io.RawIOBase):
        def read(self, size=-1):
            raise ConnectionResetError

    site = Site()
    application = Turns(site)
    gone = Asked(application, environ("/gone", **{"wsgi.input": Gone(), "CONTENT_LENGTH": "5"}))
    gone.ended()
    assert isinstance(gone.error, ConnectionResetError)
    assert Asked(application, environ("/")).ended() == b"/"
    assert site.order == ["/"]


def test_an_answer_is_made_and_closed_where_it_was_worked_on_but_a_file_is_left_to_the_server():
    answers = {"/page": Body([b"page"]), "/file": iter([b"file"])}
    worked = []

    def site(asked, start):
        worked.append(threading.current_thread())
        return answers[asked["PATH_INFO"]]

    application = Turns(site)
    assert Asked(application, environ("/page")).ended() == b"page"
    assert answers["/page"].closed_by is worked[0]
    assert application(environ("/file"), None) is answers["/file"]


def test_a_server_of_one_thread_works_itself():
    site = Site()
    assert Turns(site)(environ("/", **{"wsgi.multithread": False}), lambda status, headers: None) == [b"/"]
    assert site.threads == [threading.current_thread()]


def test_where_the_system_gives_no_thread_that_is_said_and_tried_again(monkeypatch):
    application = Turns(Site())

    def none(self):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(turns._Hand, "__init__", lambda self, turns: none(self))
        with pytest.raises(RuntimeError, match="can't start"):
            application(environ("/"), lambda status, headers: None)
    assert Asked(application, environ("/again")).ended() == b"/again"


def test_in_a_crowd_everybody_gets_their_own_answer_once():
    dice = random.Random(4)
    naps = {f"/{number}": dice.choice([0, 0, 0, 0.0005, 0.004]) for number in range(600)}
    seen = []

    def site(asked, start):
        seen.append(asked["PATH_INFO"])
        time.sleep(naps[asked["PATH_INFO"]])
        return Body([asked["PATH_INFO"].encode(), asked["wsgi.input"].read()])

    application = Turns(site, patience=0.002)
    crowd = [Asked(application, environ(path, b"?" * (number % 7))) for number, path in enumerate(naps)]
    assert [one.ended() for one in crowd] == [path.encode() + b"?" * (number % 7) for number, path in enumerate(naps)]
    assert sorted(seen) == sorted(naps)
    assert not application._waiting
    until(lambda: application._in_turn is None)


def test_whoever_waits_for_the_disk_lets_others_work_and_goes_on_before_anybody_new():
    site = Site()
    application = Turns(site, patience=AT_MOST)
    disk, page = site.hold("disk"), site.hold("page")
    saved = Asked(application, environ("/aside/disk"))
    until(lambda: site.order == ["/aside/disk"] and application._in_turn is None)
    assert Asked(application, environ("/quick")).ended() == b"/quick"
    held = Asked(application, environ("/wait/page"))
    until(lambda: site.order[-1] == "/wait/page")
    new = Asked(application, environ("/new"))
    until(lambda: len(application._waiting) == 1)
    disk.set()
    until(lambda: len(application._back) == 1)
    assert saved.waits and "back" not in site.order
    page.set()
    assert [one.ended() for one in (saved, held, new)] == [b"/aside/disk", b"/wait/page", b"/new"]
    assert site.order == ["/aside/disk", "/quick", "/wait/page", "back", "/new"]
    assert len(set(site.threads)) == 2
    until(lambda: application._in_turn is None and len(application._idle) == 2)


def test_whoever_comes_back_does_not_wait_for_one_who_takes_long():
    site = Site()
    application = Turns(site, patience=0.02)
    disk, long = site.hold("disk"), site.hold("long")
    saved = Asked(application, environ("/aside/disk"))
    until(lambda: site.order == ["/aside/disk"] and application._in_turn is None)
    held = Asked(application, environ("/wait/long"))
    until(lambda: site.order[-1] == "/wait/long")
    disk.set()
    assert saved.ended() == b"/aside/disk" and held.waits
    long.set()
    assert held.ended() == b"/wait/long"


def test_whoever_fails_while_aside_has_the_turn_back_to_say_so():
    def site(asked, start):
        with aside():
            raise OSError("the disk is full")

    application = Turns(site)
    for _again in range(3):
        failed = Asked(application, environ("/"))
        failed.ended()
        assert isinstance(failed.error, OSError)
    until(lambda: application._in_turn is None and len(application._idle) == 1)


def test_one_who_has_lost_the_turn_or_never_had_it_steps_aside_from_nothing():
    site = Site()
    application = Turns(site, patience=0.02, cookie="session")
    disk, page = site.hold("disk"), site.hold("page")
    stranger = Asked(application, environ("/aside/disk", b"x"))  # worked on beside the others
    until(lambda: site.order == ["/aside/disk"])
    held = Asked(application, environ("/wait/page"))
    until(lambda: site.order[-1] == "/wait/page")
    disk.set()
    assert stranger.ended() == b"/aside/diskx" and held.waits
    page.set()
    assert held.ended() == b"/wait/page"
    with aside():  # in a thread that nobody has told anything
        pass


def test_in_a_crowd_that_steps_aside_everybody_is_answered_and_no_two_work_at_a_time():
    dice = random.Random(5)
    naps = [0, 0, 0.0005, 0.002]
    waits = {f"/{number}": dice.choices(naps, k=dice.randrange(4)) for number in range(400)}
    working, most = [], []

    def site(asked, start):
        working.append(1)
        for seconds in waits[asked["PATH_INFO"]]:
            working.pop()
            with aside():
                time.sleep(seconds)
            working.append(1)
            most.append(len(working))
        working.pop()
        return Body([asked["PATH_INFO"].encode()])

    application = Turns(site, patience=AT_MOST)
    crowd = [Asked(application, environ(path)) for path in waits]
    assert [one.ended() for one in crowd] == [path.encode() for path in waits]
    assert max(most) == 1
    until(lambda: application._in_turn is None)
    assert not application._waiting and not application._back
