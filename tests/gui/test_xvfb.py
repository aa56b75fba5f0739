"""The installed command on a real X server, driven from outside by keys."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.xvfb,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="X servers are for Linux"),
]

SCRIPT = """
set -e
"{isoloss}" 2>"{errors}" &
pid=$!
for _ in $(seq 100); do
    id=$(xdotool search --onlyvisible --name '— Isoloss$' 2>/dev/null | head -n 1) || true
    [ -n "$id" ] && break
    sleep 0.1
done
[ -n "$id" ] || {{ echo "no window"; cat "{errors}"; kill $pid; exit 1; }}
xdotool windowfocus --sync "$id"
sleep 0.5
xdotool key --clearmodifiers ctrl+b
xdotool type --delay 30 "24"
sleep 0.3
xdotool key --clearmodifiers ctrl+shift+c
sleep 0.3
xdotool key --clearmodifiers ctrl+q
for _ in $(seq 50); do
    question=$(xdotool search --onlyvisible --name '^Unsaved changes' 2>/dev/null) || true
    [ -n "$question" ] && break
    sleep 0.1
done
[ -n "$question" ] || {{ echo "no question"; kill $pid; exit 1; }}
xdotool windowfocus --sync "$question"
sleep 0.3
xdotool key --clearmodifiers Right space
wait $pid
echo "ended with $?"
"""


def test_the_command_opens_a_window_takes_keys_and_quits(tmp_path, home):
    missing = [tool for tool in ("xvfb-run", "xdotool") if shutil.which(tool) is None]
    assert missing == [], "make test installs these, or says how"
    errors = tmp_path / "errors"
    isoloss = Path(sys.executable).with_name("isoloss")
    script = tmp_path / "drive.sh"
    script.write_text(SCRIPT.format(isoloss=isoloss, errors=errors))
    environment = {k: v for k, v in os.environ.items() if k != "QT_QPA_PLATFORM"}
    result = subprocess.run(
        ["xvfb-run", "-a", "-s", "-screen 0 1400x1000x24", "bash", str(script)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert "ended with 0" in result.stdout, result.stdout + result.stderr
    assert "Traceback" not in errors.read_text()
    remembered = list(home.rglob("isoloss.ini"))
    assert len(remembered) == 1
    assert "geometry" in remembered[0].read_text()
