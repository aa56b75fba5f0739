"""Sentences of core in the language of the window, and texts that wrap in a tooltip."""

import html

from PySide6.QtCore import QCoreApplication

from core.messages import Message


def translated(message: Message) -> str:
    """A sentence that core wrote."""
    template = QCoreApplication.translate("core", message.template)
    return template.format(**message.parts) if message.parts else template


def wrapped(text: str) -> str:
    """``text`` as a tooltip that wraps instead of crossing the screen: Qt wraps rich text only."""
    lines = "<br>".join(html.escape(line) for line in text.split("\n"))
    return f"<qt>{lines}</qt>" if text else ""
