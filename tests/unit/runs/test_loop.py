"""The loop: each task once, after those it needs, whatever fails."""

import threading
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

import pytest

from rramsim.errors import NgspiceCrashError, TaskError
from rramsim.files import content_id
from rramsim.runs.folder import RunFolder
from rramsim.runs.loop import Runs
from rramsim.runs.task import AbstractTask

RAN = []  # names, in the order in which they began
LOCK = threading.Lock()


@dataclass(frozen=True)
class Sum(AbstractTask[int]):
    """Adds its own number to those of the tasks that it needs."""

    name: str
    number: int
    after: tuple = ()
    instead: object = None
    fails: bool = False

    @property
    def id(self):
        return content_id({"number": self.number, "name": self.name, "after": [task.id for task in self.after]})

    @property
    def about(self):
        return {"name": self.name}

    @property
    def needs(self):
        return self.after

    @property
    def alone(self):
        return self.instead

    def run(self, needed, folder):
        with LOCK:
            RAN.append(self.name)
        if self.fails:
            raise ArithmeticError(self.name)
        return self.number + sum(needed)

    def to_json(self, result):
        return {"sum": result}

    def from_json(self, data):
        return int(data["sum"])


@pytest.fixture(autouse=True)
def forget():
    RAN.clear()


@pytest.fixture
def folder(tmp_path):
    folder = RunFolder(tmp_path / "run")
    folder.prepare()
    return folder


@pytest.fixture(params=[1, 4])
def executor(request):
    with ThreadPoolExecutor(request.param) as pool:
        yield pool


def test_a_task_runs_after_those_it_needs_and_each_once(executor, folder):
    first = Sum("first", 1)
    second = Sum("second", 10, after=(first,))
    third = Sum("third", 100, after=(second, first))
    told = []
    runs = Runs(executor, folder, progress=lambda *numbers: told.append(numbers))
    runs.run([third, second])  # what it needs need not be named
    assert [runs.result(task) for task in (first, second, third)] == [1, 11, 112]
    assert RAN == ["first", "second", "third"]
    assert (runs.planned, runs.resumed) == (3, 0)
    assert told[0] == (0, 3)
    assert told[-1] == (3, 3)


def test_what_is_finished_is_found_and_not_run_again(executor, folder):
    first = Sum("first", 1)
    second = Sum("second", 10, after=(first,))
    Runs(executor, folder).run([first])
    RAN.clear()
    again = Runs(executor, folder)
    again.run([second])
    assert (again.result(second), again.resumed, RAN) == (11, 1, ["second"])
    RAN.clear()
    fresh = Runs(executor, folder, fresh=True)
    fresh.run([second])
    assert (fresh.result(second), fresh.resumed, RAN) == (11, 0, ["first", "second"])


def test_nothing_is_kept_without_a_folder(executor):
    runs = Runs(executor, None)
    runs.run([Sum("only", 3)])
    assert runs.result(Sum("only", 3)) == 3


def test_failures_are_told_in_full_until_a_run_has_none(executor, folder):
    runs = Runs(executor, folder)
    with pytest.raises(TaskError, match=r"name bad ended with ArithmeticError: bad \(in full: .*failures\.txt"):
        runs.results([Sum("bad", 1, fails=True), Sum("good", 2)])
    told = folder.failures_path.read_text(encoding="utf-8")
    assert told.startswith("name bad\nTraceback")
    assert "raise ArithmeticError(self.name)" in told
    assert "good" not in told
    Runs(executor, folder).run([Sum("good", 2)])
    assert not folder.failures_path.exists()


def test_a_failed_task_costs_itself_and_what_depends_on_it(executor, folder):
    bad = Sum("bad", 1, fails=True)
    lost = Sum("lost", 2, after=(bad,))
    after_lost = Sum("after lost", 3, after=(lost,))
    rescued = Sum("rescued", 4, after=(bad,), instead=Sum("alone", 5))
    good = Sum("good", 6)
    runs = Runs(executor, folder)
    runs.run([bad, lost, after_lost, rescued, good])
    assert [(task.name, str(error)) for task, error in runs.failures] == [("bad", "bad")]
    assert sorted(RAN) == ["alone", "bad", "good"]
    assert runs.result(lost) is runs.result(after_lost) is runs.result(rescued) is None
    assert (runs.result(Sum("alone", 5)), runs.result(good)) == (5, 6)


def test_a_second_call_goes_on_from_the_first(executor, folder):
    first = Sum("first", 1)
    runs = Runs(executor, folder)
    runs.run([first])
    runs.run([Sum("second", 10, after=(first,))])
    assert RAN == ["first", "second"]
    assert runs.planned == 2


class Breaking(Executor):
    """Breaks with its second task, as a process pool whose worker was killed does."""

    def __init__(self):
        self.submitted = 0

    def submit(self, function, /, *arguments, **_options):
        self.submitted += 1
        if self.submitted > 2:
            raise BrokenProcessPool
        future = Future()
        if self.submitted == 2:
            future.set_exception(BrokenProcessPool())
        else:
            future.set_result(function(*arguments))
        return future


def test_a_broken_executor_is_told_and_what_was_finished_is_kept(folder):
    tasks = [Sum(str(number), number) for number in range(4)]
    runs = Runs(Breaking(), folder)
    with pytest.raises(NgspiceCrashError, match="3 tasks or more were not finished"):
        runs.run(tasks)
    assert folder.load(tasks[0]) == 0
    assert folder.load(tasks[1]) is None


def test_what_follows_from_a_result_runs_behind_what_waits():
    first, second = Sum("a", 1), Sum("b", 2)
    more = {"a": [Sum("c", 3, after=(first,)), second], "c": [Sum("d", 4)]}
    told = []
    with ThreadPoolExecutor(1) as executor:
        runs = Runs(executor, None, progress=lambda done, total, _inside=0: told.append((done, total)))
        runs.run([first, second], follow=lambda task, _result: more.get(task.name, []))
    assert RAN == ["a", "b", "c", "d"]
    assert runs.result(more["a"][0]) == 4
    assert runs.planned == 4
    assert told[0] == (0, 2)
    assert told[-1] == (4, 4)


def test_what_follows_is_found_finished_too(folder):
    def follow(task, result):
        return [Sum("next", result)] if task.name == "a" else []

    for resumed in (0, 2):
        with ThreadPoolExecutor(1) as executor:
            runs = Runs(executor, folder)
            runs.run([Sum("a", 1)], follow=follow)
        assert (runs.planned, runs.resumed) == (2, resumed)
    assert RAN == ["a", "next"]


def test_nothing_follows_from_a_failure():
    with ThreadPoolExecutor(1) as executor:
        runs = Runs(executor, None)
        runs.run([Sum("a", 1, fails=True)], follow=lambda _task, _result: [Sum("never", 2)])
    assert RAN == ["a"]
    assert len(runs.failures) == 1
