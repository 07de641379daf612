"""Everything that this program uses of Streamlit beyond its public interface; tested with 1.67.

A minor release of Streamlit may change any of it, so `requirements.txt` pins the minor. To raise the
pin, read this file against the new release and run `tests/pages` and `tests/browser`.

Not here, because CSS cannot import it: `layout.css` styles a few of Streamlit's elements by the class
names and the ``data-testid`` that they have in 1.67. If those change, only the style is lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.formparsers import MultiPartParser
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config
from streamlit.delta_generator import DeltaGenerator
from streamlit.errors import StreamlitAPIException
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext

__all__ = ["DeltaGenerator", "StreamlitAPIException"]
# `DeltaGenerator` is the type of containers, for annotations. `StreamlitAPIException` is what `st.rerun`
# raises for a fragment that it does not know.

_SCRIPT = b"<script>%b</script>" % Path(__file__).with_name("front_end.js").read_bytes()


def page_of_run() -> str:
    """Return an id of the page that runs; the public `st.Page` has none."""
    return _context().page_script_hash


def came_by_history() -> bool:
    """Return whether the browser's back or forward button started this run."""
    return _context().is_history_navigation


def change_address(values: Mapping[str, str | None], told: Mapping[str, str | None]) -> None:
    """Change parameters of the address together, so that the browser's history has one entry for all.

    `st.query_params` makes an entry for each, to which the Back button would lead.

    Args:
        values: The new values; None removes a parameter.
        told: The values that the browser was told last. Streamlit knows only the address that the browser
            had when it asked for this run, which may be from before that; after quick changes back and
            forth it would be taken for the one that it has.
    """
    with _context().session_state.query_params() as address:
        changed = [
            (name, value)
            for name, value in values.items()
            if value != address.get(name) or value != told.get(name, value)
        ]
        if not changed:
            return
        *first, (last, newest) = changed
        for name, value in first:
            if value is None:
                address.discard_param_no_forward_msg(name)
            else:
                address.set_with_no_forward_msg(name, value)
        if newest is None:
            address.remove_param(last)
        else:
            address.set_corrected_value(last, newest, "string_value")


def address_of_browser() -> dict[str, list[str]]:
    """Return the parameters of the address that the browser shows, or will show after this run.

    `st.query_params` lacks what widgets that are bound to the address have changed since the page was
    opened.
    """
    return parse_qs(_context().query_string, keep_blank_values=True)


def replace_address(values: Mapping[str, Sequence[str]]) -> None:
    """Replace the whole address, before any widget is made, as if the page had been opened with it."""
    with _context().session_state.query_params() as address:
        address.from_dict(values)
        address.set_initial_query_params_from_current()


def remove_from_address(names: Iterable[str]) -> None:
    """Remove parameters before any widget that is bound to one is made.

    `st.query_params` would leave them in the place from which new widgets take their first value.
    """
    with _context().session_state.query_params() as address:
        for name in names:
            address.remove_param(name)
        address.set_initial_query_params_from_current()


def remove_uploads(ids: Iterable[str]) -> None:
    """Remove uploaded files of this session from the server's memory.

    Streamlit does this together with the file uploader, unless that was on another page.
    """
    context = _context()
    manager = context.uploaded_file_mgr
    assert isinstance(manager, MemoryUploadedFileManager)  # the only one that Streamlit has
    for file_id in ids:
        manager.remove_file(context.session_id, file_id)


def keep_uploads_in_memory(most_bytes: int) -> None:
    """Keep uploads of up to this size in memory, for all sessions of the server.

    Streamlit reads uploads with Starlette's parser, which writes more than 1 MB into a temporary file.
    """
    MultiPartParser.spool_max_size = most_bytes


def allow_hosts(hosts: Iterable[str]) -> None:
    """Set `server.allowedHosts`, which `st.set_option` refuses; Streamlit checks it for websockets."""
    config.set_option("server.allowedHosts", list(hosts))


class FrontEndScript:
    """Middleware that writes `front_end.js` into the page that loads Streamlit's front end."""

    def __init__(self, app: ASGIApp, base: str = "") -> None:
        """Wrap an app.

        Args:
            app: The app.
            base: The path at which it is, `server.baseUrlPath`.
        """
        self._app = app
        self._base = f"/{base.strip('/')}".rstrip("/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and add the script to the answer if that is the page."""
        if scope["type"] != "http" or not self._is_page(scope["path"]):
            await self._app(scope, receive, send)
            return
        # The page must come as it is: Streamlit compresses it for a browser that accepts that.
        headers = [each for each in scope["headers"] if each[0] != b"accept-encoding"]
        start: Message = {}
        body = b""

        async def with_script(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start" and _is_whole_page(message):
                start = message
            elif not start:
                await send(message)
            else:
                body += message.get("body", b"")
                if not message.get("more_body"):
                    changed = body.replace(b"<head>", b"<head>" + _SCRIPT, 1)
                    answered = MutableHeaders(raw=start["headers"])
                    # They are of the file; no browser is to keep one without the script.
                    del answered["etag"], answered["last-modified"], answered["accept-ranges"]
                    if scope["method"] == "HEAD":
                        del answered["content-length"]
                    else:
                        answered["content-length"] = str(len(changed))
                    await send(start)
                    await send({"type": "http.response.body", "body": changed})

        await self._app({**scope, "headers": headers}, receive, with_script)

    def _is_page(self, path: str) -> bool:
        """Whether a path is that of the root or of a page; other files are below one."""
        below = path.removeprefix(self._base)
        return below.count("/") <= 1


def _is_whole_page(start: Message) -> bool:
    kind = Headers(raw=start["headers"]).get("content-type", "")
    return start["status"] == 200 and kind.startswith("text/html")


def _context() -> ScriptRunContext:
    context = get_script_run_ctx()
    assert context is not None  # pages and callbacks always run in one
    return context
