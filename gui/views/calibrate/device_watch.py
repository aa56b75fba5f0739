"""What the device is like now, and what of it is no longer as a profile measured it."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from core.calibration.messages import DeviceInfo
from core.calibration.profile import Profile, changes
from core.calibration.profiles import Kept
from core.calibration.pythons import TorchPython
from core.messages import Message
from gui.views.calibrate.finder import Finder


class DeviceWatch(QObject):
    """Asks the device of a kept profile once; a run says it by itself."""

    changed = Signal()

    def __init__(self, finder: Finder, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._finder = finder
        self.device: DeviceInfo | None = None
        finder.device_seen.connect(self._on_seen)

    def see(self, info: DeviceInfo) -> None:
        """A run has said what its device is like."""
        self.device = info

    def changes_of(self, profile: Profile) -> tuple[Message, ...]:
        """What is no longer as a profile measured it, as far as its device was seen."""
        now = self.device
        if now is None or now.name != profile.device.name:
            return ()
        return changes(profile, now)

    def look(self, python: TorchPython, profiles: Sequence[Kept]) -> None:
        """Ask the Python's device that one of the profiles was measured on."""
        names = {kept.profile.device.name for kept in profiles}
        seen = "" if self.device is None else self.device.name
        for device in python.devices:
            if device.name in names and device.name != seen:
                self._finder.check(python.path, device.device)
                return

    def _on_seen(self, info: DeviceInfo) -> None:
        self.device = info
        self.changed.emit()
