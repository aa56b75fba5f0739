"""What of a device is no longer as a profile measured it."""

from core.calibration.messages import DeviceInfo
from core.calibration.profile import Profile, changes, changes_since
from core.messages import Message
from gui.views.calibrate.finder import Finder


class DeviceWatch:
    """Knows the devices that the Pythons have named, and what a run has said of its own."""

    def __init__(self, finder: Finder) -> None:
        self._finder = finder
        self.device: DeviceInfo | None = None

    def see(self, info: DeviceInfo) -> None:
        """A run has said what its device is like."""
        self.device = info

    def changes_of(self, profile: Profile) -> tuple[Message, ...]:
        """What is no longer as a profile measured it, as far as its device was seen."""
        if self.device is not None and self.device.name == profile.device.name:
            return changes(profile, self.device)  # a run knows best
        seen = [device for python in self._finder.usable for device in python.devices]
        return changes_since(profile, seen)
