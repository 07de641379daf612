"""Who may change the runs on this server, and the sign-in of an administrator."""

from __future__ import annotations

import streamlit as st

from pages.components.session import passcode, person
from pages.components.session.text import escaped

_FIELD, _PROBLEM = "passcode given", "passcode problem"


def access() -> None:
    """Say what this person may do with the runs of others, and let an administrator sign in."""
    if person.at_this_machine():
        st.markdown(
            "Only this machine reaches this server, so you are its administrator: you can change all "
            "runs."
        )
        return
    if passcode.is_signed_in():
        st.markdown(
            "You are signed in as an administrator: you can change all runs, until you "
            "reload or close this page."
        )
        st.button("Sign out", icon=":material/logout:", on_click=passcode.sign_out)
        return
    st.markdown(
        "A run belongs to the browser that started it. You see the runs of all others, and can stop, "
        "cancel, resume, test, rename and delete your own ones. A cookie tells your browser from others: "
        "in another browser, in a private window, or without the cookie you are somebody else."
    )
    if not passcode.is_set():
        st.caption(
            "Nobody can sign in as an administrator here: this server has no passcode. On its command "
            "line, `python -m augment runs` changes every run."
        )
        return
    with (
        st.form("sign in", border=False, clear_on_submit=True),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        st.text_input(
            "Passcode of the administrator",
            type="password",
            key=_FIELD,
            autocomplete="current-password",
            width=280,
        )
        st.form_submit_button("Sign in", icon=":material/login:", on_click=_sign_in)
    if problem := st.session_state.pop(_PROBLEM, ""):
        st.error(escaped(problem))


def _sign_in() -> None:
    if given := st.session_state[_FIELD]:
        st.session_state[_PROBLEM] = passcode.sign_in(given)
