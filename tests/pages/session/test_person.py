"""Who may change which run, by what the browser sends, and what the pages make of it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest

from augment import runs
from augment.runs import Run
from augment.runs.folders import RunFolder
from augment.system import files
from pages.components.session import passcode
from pages.components.session.owner import hash_of, new_token
from pages.components.session.person import Person
from tests.conftest import ROOT
from tests.pages.conftest import Visit
from tests.pages.shown import by_label, errors, go_to, plain

Open = Callable[..., AppTest]
ANN, BEN = new_token(), new_token()
PASSCODE = "open sesame"
STRANGER = "Started in another browser"


@pytest.fixture(autouse=True)
def fresh_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has tried before, and the minute in which the tries of a test count does not pass."""
    monkeypatch.setattr(passcode, "_TRIES", passcode.Tries(lambda: 1000.0))


def owned(folder: RunFolder, owner: str) -> RunFolder:
    """Make somebody the owner of a run."""
    spec = files.read_json(folder.spec)
    assert spec
    files.write_json(folder.spec, spec | {"owner": owner})
    return folder


@pytest.fixture
def running(make_run: Callable[..., RunFolder]) -> Iterator[RunFolder]:
    """A run of Ann that is running."""
    folder = owned(make_run("of-ann", state="RUNNING"), hash_of(ANN))
    lock = files.acquire(folder.lock)
    assert lock is not None
    with lock:
        yield folder


def words(app: AppTest) -> str:
    assert errors(app) == []
    return plain("\n".join(each.value for each in (*app.markdown, *app.caption, *app.info)))


def labels(app: AppTest) -> set[str]:
    return {button.label for button in app.button}


CHANGES = {"Stop and keep the best so far", "Cancel this run"}


def test_only_the_browser_that_started_a_run_may_stop_it(
    open_page: Open, running: RunFolder, visitor: Visit
) -> None:
    visitor(cookie=BEN, address="192.0.2.9")
    app = open_page("runs.py", run="of-ann")
    assert not labels(app) & CHANGES
    assert STRANGER in words(app)
    visitor(cookie=ANN, address="192.0.2.8")
    app = open_page("runs.py", run="of-ann")
    assert labels(app) >= CHANGES
    assert STRANGER not in words(app)
    by_label(app.button, "Stop and keep the best so far").click().run()
    assert running.stop.exists()


def test_a_run_of_the_command_line_belongs_to_no_browser(
    open_page: Open, make_run: Callable[..., RunFolder], visitor: Visit
) -> None:
    make_run("broken", state="FAILED")
    for cookie in ("", "no token", BEN):
        visitor(cookie=cookie, address="192.0.2.9")
        app = open_page("runs.py", run="broken")
        assert "Resume" not in labels(app)
        assert "Started on the command line: only an administrator can change it here" in words(app)


def test_another_browser_cannot_evaluate_a_model_on_the_test_pictures(
    open_page: Open, make_run: Callable[..., RunFolder], visitor: Visit
) -> None:
    folder = owned(make_run("of-ann"), hash_of(ANN))
    folder.best.write_bytes(b"")
    for cookie, may in ((BEN, False), (ANN, True)):
        visitor(cookie=cookie, address="192.0.2.9")
        app = open_page("runs.py", run="of-ann")
        app.session_state["of-ann results"] = "Test"
        app.run()
        assert (STRANGER in words(app)) is not may


@pytest.mark.parametrize(
    ("listens", "request_", "is_admin"),
    [
        ("127.0.0.1", {}, True),
        ("::1", {}, True),
        ("localhost", {}, True),
        # A proxy on the same machine, which serves a network.
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, False),
        ("127.0.0.1", {"Forwarded": "for=203.0.113.9"}, False),
        ("127.0.0.1", {"Host": "flowers.example.org"}, False),
        # Everybody in the network reaches it, and a tunnel makes anybody look local.
        ("0.0.0.0", {}, False),
        ("", {}, False),
        ("192.0.2.7", {}, False),
    ],
)
def test_whoever_sits_at_the_machine_itself_is_an_administrator(
    open_page: Open,
    running: RunFolder,
    visitor: Visit,
    listens: str,
    request_: dict[str, str],
    is_admin: bool,
) -> None:
    visitor(listens=listens, headers=request_)
    assert (labels(open_page("runs.py", run="of-ann")) >= CHANGES) is is_admin


def test_the_passcode_makes_an_administrator_of_one_session(
    open_page: Open, running: RunFolder, visitor: Visit
) -> None:
    visitor(cookie=BEN, address="192.0.2.9")
    app = open_page("about.py", secrets={"passcode": PASSCODE})
    field = "Passcode of the administrator"
    by_label(app.text_input, field).set_value("open barley")
    by_label(app.button, "Sign in").click().run()
    assert errors(app) == ["The passcode is wrong."]
    assert not labels(go_to(app, "runs.py", run="of-ann")) & CHANGES
    go_to(app, "about.py")
    by_label(app.text_input, field).set_value(PASSCODE)
    by_label(app.button, "Sign in").click().run()
    assert "You are signed in as an administrator" in words(app)
    assert labels(go_to(app, "runs.py", run="of-ann")) >= CHANGES
    assert not labels(open_page("runs.py", run="of-ann", secrets={"passcode": PASSCODE})) & CHANGES
    by_label(go_to(app, "about.py").button, "Sign out").click().run()
    assert not labels(go_to(app, "runs.py", run="of-ann")) & CHANGES


def test_wrong_passcodes_of_all_sessions_count_together(open_page: Open, visitor: Visit) -> None:
    visitor(address="192.0.2.9")
    for given in [*["wrong"] * passcode.MOST_WRONG, PASSCODE]:
        app = open_page("about.py", secrets={"passcode": PASSCODE})
        app.text_input[0].set_value(given)
        by_label(app.button, "Sign in").click().run()
        [problem] = errors(app)
    assert f"There were {passcode.MOST_WRONG} wrong passcodes within a minute." in problem


@pytest.mark.parametrize("secrets", [{}, {"passcode": ""}, {"passcode": True}, {"other": "x"}])
def test_without_a_passcode_nobody_can_sign_in(
    open_page: Open, visitor: Visit, secrets: dict[str, object]
) -> None:
    visitor(address="192.0.2.9")
    app = open_page("about.py", secrets=secrets)
    assert "this server has no passcode" in words(app)
    assert "Sign in" not in labels(app)


def test_at_the_machine_itself_there_is_nothing_to_sign_in_to(open_page: Open) -> None:
    app = open_page("about.py", secrets={"passcode": PASSCODE})
    assert "Only this machine reaches this server" in words(app)
    assert "Sign in" not in labels(app)


@pytest.mark.parametrize(
    ("person", "owner", "may"),
    [
        (Person(owner="a", is_admin=False), "a", True),
        (Person(owner="a", is_admin=False), "b", False),
        (Person(owner="", is_admin=False), "", False),
        (Person(owner="", is_admin=True), "b", True),
    ],
)
def test_who_may_change_a_run(
    make_run: Callable[..., RunFolder], person: Person, owner: str, may: bool
) -> None:
    run = runs.get(owned(make_run("any"), owner).id)
    assert person.may_change(run) is may
    assert bool(person.why_not(run)) is not may
    assert (person.most_queued is None) is person.is_admin


# Every function of `augment.runs` and every method of a run, by whether it changes a run. Whoever adds
# one says here which it is; of the second sort, pages may use it only where they ask `may_change`.
CLASSES = {"DiskUsage", "Order", "Run"}
READS = {"can_resume", "get", "list_runs", "list_shared", "wake", "disk_usage", "next_sharing"} | {
    *("epochs", "steps", "seconds_left", "log", "evaluation", "test", "predictions", "to_dict"),
    *("class_names", "check_model"),
}
SUBMITS = {"submit", "submit_all"}
CHANGES_A_RUN = {
    *("resume", "cancel", "stop", "delete", "undelete", "purge", "rename", "relabel", "label"),
    "forget_states",
}
ORDERS = {"Order", "experiments.does_it_help", "experiments.more_seeds", "runs.submit"}


def test_each_function_is_known_to_read_or_to_change_runs() -> None:
    functions = {name for name in runs.__all__ if callable(getattr(runs, name))} - CLASSES
    methods = {
        name for name, value in vars(Run).items() if callable(value) and not name.startswith("_")
    }
    assert functions | methods <= READS | SUBMITS | CHANGES_A_RUN


ONLY_CACHED = "TASK = 'export'"
"""What this task writes into the folder of a run changes nothing that is known of the run."""


def changes(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield where a page takes what changes a run, or has the helper process evaluate one."""
    changes_nothing = any(ast.unparse(node) == ONLY_CACHED for node in ast.iter_child_nodes(tree))
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Name)
            and node.id == "TASK"
            and isinstance(node.ctx, ast.Load)
            and not changes_nothing
        ):
            yield node
        if isinstance(node, ast.Attribute) and node.attr in CHANGES_A_RUN:
            of = ast.unparse(node.value)
            if of in ("runs", "queue", "run", "sweep", "each", "naming", "folders"):
                yield node


def sources() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((ROOT / "pages").rglob("*.py")):
        yield str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))


def test_pages_change_runs_only_where_they_ask_whether_the_person_may() -> None:
    found = set()
    for name, tree in sources():
        asks = {getattr(node, "attr", "") for node in ast.walk(tree)} & {"may_change", "why_not"}
        if any(changes(tree)):
            found.add(name.rpartition("/")[2])
            assert asks, f"{name} changes a run and never asks may_change"
    assert {"view.py", "resume.py", "testing.py", "tta.py"} <= found


def test_pages_submit_runs_with_their_owner_and_their_limit() -> None:
    count = 0
    for name, tree in sources():
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            called = ast.unparse(call.func)
            given = {keyword.arg for keyword in call.keywords}
            where = f"{name}:{call.lineno}"
            if called.removeprefix("queue.") in ORDERS:
                # A count of runs that nobody submits has no owner.
                is_counted = f"len({ast.unparse(call)})" in ast.unparse(tree)
                assert "owner" in given or is_counted, where
                count += 1
            if called.endswith("submit_all"):
                assert "limit" in given, where
                count += 1
    assert count >= 4


def test_the_secrets_file_is_not_in_the_repository() -> None:
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    assert ".streamlit/secrets.toml" in ignored
