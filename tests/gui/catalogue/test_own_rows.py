"""A person's own GPUs and prices: added, changed, taken out, brought back, never lost."""

import csv
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QDialog

from core.hardware.devices import DEVICE_COLUMNS, devices, own_devices
from core.hardware.prices import PRICE_COLUMNS, default_price, own_prices, prices
from core.hardware.rows import add_device, add_price
from gui.views.catalogue import problems as problems_module
from gui.views.catalogue.dialog import PRICES
from gui.views.catalogue.table import MARK


def rows_of(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def new_gpu(dialog, look, hands):
    """The form of a new GPU."""
    dialog.gpus.add_button.click()
    hands.settle()
    return look.over(dialog)


@pytest.fixture
def new_price(dialog, look, hands):
    """The form of a new price of an H100."""
    dialog.tabs.setCurrentIndex(PRICES)
    dialog.prices.add_button.click()
    hands.settle()
    form = look.over(dialog)
    form.rows["gpu"].set_text("h100_sxm")
    return form


@pytest.fixture
def mine(folder):
    """A GPU and a price of one's own, written before the window opens."""
    device = replace(devices()["h100_sxm"], id="mine", name="My card", aliases=())
    price = replace(prices()[0], gpu="mine", provider="me", ondemand_usd_per_gpu_h=1.5)
    return add_device(device), add_price(price)


def test_a_gpu_that_is_typed_in_is_saved_shown_and_can_be_planned_with(
    dialog, new_gpu, look, qtbot, session, folder
):
    look.type(new_gpu, name="My Card 9000", memory_gb="48", mem_bw_gb_s="960", bf16_tflops="200")
    look.type(new_gpu, tdp_w="350", source="its datasheet")
    with qtbot.waitSignal(dialog.changed):
        new_gpu.save_button.click()
    device = devices()["my_card_9000"]
    assert (device.memory_gb, device.bf16_tflops, device.origin) == (48, 200, "yours")
    assert rows_of(folder / "gpus.csv")[0]["source"] == "its datasheet"
    assert look.chosen(dialog.gpus, "GPU") == "My Card 9000"
    assert look.chosen(dialog.gpus, "origin") == "yours"
    assert look.chosen(dialog.gpus, "bf16, TFLOP/s") == f"{MARK} 200"
    assert "My Card 9000" in dialog.said.text()
    session.edit("change of GPU", gpu="my_card_9000")
    assert session.plan.request.gpu == "my_card_9000"


def test_a_wrong_number_is_said_at_its_field_and_nothing_is_lost(new_gpu, look, folder):
    look.type(new_gpu, name="My card", memory_gb="48 GB", mem_bw_gb_s="960")
    before = new_gpu.cells()
    new_gpu.save_button.click()
    assert new_gpu.isVisible()
    assert new_gpu.rows["memory_gb"].error() == (
        "Memory must be a positive number, or empty where not known"
    )
    assert [name for name, row in new_gpu.rows.items() if row.error()] == ["memory_gb"]
    assert new_gpu.cells() == before
    assert not (folder / "gpus.csv").exists()
    look.type(new_gpu, memory_gb="48")
    assert new_gpu.rows["memory_gb"].error() == ""


def test_what_a_gpu_lacks_is_said_at_its_field(new_gpu, look):
    new_gpu.save_button.click()
    assert new_gpu.rows["memory_gb"].error()
    look.type(new_gpu, memory_gb="48", mem_bw_gb_s="960")
    new_gpu.save_button.click()
    assert new_gpu.rows["id"].error() == "Id must be given"


def test_what_a_price_lacks_is_said_at_its_field(new_price, look):
    new_price.save_button.click()
    assert new_price.rows["provider"].error() == "Provider must be given"
    look.type(new_price, provider="me")
    new_price.save_button.click()
    assert "spot price" in new_price.rows["ondemand_usd_per_gpu_h"].error()


@pytest.mark.parametrize(
    ("which", "columns"),
    [("new_gpu", set(DEVICE_COLUMNS)), ("new_price", set(PRICE_COLUMNS) - {"currency"})],
)
def test_every_column_of_a_table_has_a_field_with_a_name_and_a_hint(which, columns, request):
    form = request.getfixturevalue(which)
    assert set(form.rows) == columns
    for row in form.rows.values():
        assert row.edit.accessibleName()
        assert row.edit.toolTip()


def test_figures_that_are_ticked_as_not_verified_are_marked(dialog, new_gpu, look):
    look.type(new_gpu, name="My card", memory_gb="48", mem_bw_gb_s="960", bf16_tflops="200")
    new_gpu.rows["verified"].edit.setChecked(True)
    new_gpu.rows["unverified_fields"].edit.tick("bf16_tflops")
    new_gpu.save_button.click()
    assert devices()["my_card"].unverified == ("bf16_tflops",)
    assert look.chosen(dialog.gpus, "bf16, TFLOP/s") == f"{MARK} 200"
    assert look.chosen(dialog.gpus, "memory, GB") == "48"


def test_an_id_of_ones_own_is_not_taken_twice(mine, dialog, new_gpu, look, folder):
    look.type(new_gpu, name="Another", id="mine", memory_gb="48", mem_bw_gb_s="960")
    new_gpu.save_button.click()
    assert "another one" in new_gpu.rows["id"].error()
    assert [row["name"] for row in rows_of(folder / "gpus.csv")] == ["My card"]


def test_an_id_of_the_catalogue_says_what_it_will_hide(new_gpu, look):
    look.type(new_gpu, id="l40s")
    assert any(devices()["l40s"].name in text for text in new_gpu.notices.texts())


def test_a_price_that_is_typed_in_moves_the_plan(dialog, new_price, look, session, qtbot):
    look.type(new_price, provider="me", ondemand_usd_per_gpu_h="0.5")
    before = session.plan
    assert before.request.gpu == "h100_sxm"
    with qtbot.waitSignal(session.changed):
        new_price.save_button.click()
    assert default_price("h100_sxm").usd_per_gpu_hour() == 0.5
    assert session.plan.usd.value != before.usd.value
    assert look.chosen(dialog.prices, "on demand, USD/GPU-h") == f"{MARK} 0.500"
    assert look.chosen(dialog.prices, "age") == "90 days or less"
    assert not session.undo_stack.canUndo()


def test_an_old_date_is_said_while_it_is_typed(new_price, look):
    assert new_price.rows["as_of"].note() == ""
    look.type(new_price, as_of="2026-01")
    assert "older than 90 days" in new_price.rows["as_of"].note()


def test_only_ones_own_rows_can_be_changed_or_taken_out(mine, dialog):
    page = dialog.gpus
    page.choose("h100_sxm")
    assert not page.edit_button.isEnabled()
    assert not page.remove_button.isEnabled()
    page.edit()
    page.remove()
    assert "h100_sxm" in devices()
    assert not page.findChildren(QDialog)
    page.choose("mine")
    assert page.edit_button.isEnabled()
    assert page.remove_button.isEnabled()


def test_a_change_of_a_gpu_keeps_its_id_and_the_other_cells(mine, dialog, look, hands):
    page = dialog.gpus
    page.choose("mine")
    page.edit_button.click()
    hands.settle()
    form = look.over(dialog)
    assert not form.rows["id"].edit.isEnabled()
    look.type(form, name="Renamed", memory_gb="96")
    form.save_button.click()
    (device,) = own_devices().rows
    assert device == replace(mine[0], name="Renamed", memory_gb=96.0)


def test_a_price_can_move_to_another_provider(mine, dialog, look, hands):
    page = dialog.prices
    dialog.tabs.setCurrentIndex(PRICES)
    page.choose(page.sheet.key(own_prices().rows[0]))
    page.edit_button.click()
    hands.settle()
    form = look.over(dialog)
    look.type(form, provider="us")
    form.save_button.click()
    assert [price.provider for price in own_prices().rows] == ["us"]


def test_a_copy_of_a_shipped_row_is_ones_own_and_not_verified(dialog, look, hands):
    dialog.gpus.choose("l40s")
    dialog.gpus.copy_button.click()
    hands.settle()
    form = look.over(dialog)
    form.save_button.click()
    (device,) = own_devices().rows
    assert device.memory_gb == devices()["l40s"].memory_gb
    assert not device.verified
    assert devices()["l40s"].origin == "shipped"


def test_ones_own_price_hides_the_shipped_one_until_it_is_taken_out(dialog, look, hands):
    shipped = next(p for p in prices() if p.gpu == "l40s" and p.ondemand_usd_per_gpu_h)
    page = dialog.prices
    dialog.tabs.setCurrentIndex(PRICES)
    page.choose(page.sheet.key(shipped))
    page.copy_button.click()
    hands.settle()
    form = look.over(dialog)
    look.type(form, ondemand_usd_per_gpu_h="0.01")
    assert any("stand in" in text for text in form.notices.texts())
    form.save_button.click()
    assert shipped not in prices()
    assert look.chosen(page, "origin") == "yours"
    page.remove_button.click()
    assert shipped in prices()


def test_what_was_taken_out_can_be_brought_back(mine, dialog, hands):
    page = dialog.gpus
    page.choose("mine")
    page.remove_button.click()
    hands.settle()
    assert "mine" not in devices()
    assert dialog.undo_button.isVisible()
    dialog.undo_button.click()
    assert devices()["mine"] == mine[0]
    assert not dialog.undo_button.isVisible()


def test_the_gpu_of_the_plan_stays(mine, session, make_dialog):
    session.edit("change of GPU", gpu="mine")
    page = make_dialog().gpus
    page.choose("mine")
    assert not page.remove_button.isEnabled()
    assert "The plan is on this GPU" in page.remove_button.toolTip()
    page.remove()
    assert "mine" in devices()


def test_rows_that_cannot_be_read_are_named_with_a_way_to_them(
    folder, make_dialog, monkeypatch, look
):
    folder.mkdir()
    (folder / "gpus.csv").write_text("id,memory_gb,mem_bw_gb_s\ngood,80,2000\nbad,much,2000\n")
    (folder / "prices.csv").write_text("gpu,provider\nh100_sxm,me\n")
    dialog = make_dialog()
    (said,) = dialog.files.notices.texts()
    assert f"row 3 of {folder / 'gpus.csv'} is not used: memory_gb must be" in said
    assert f"{folder / 'prices.csv'} is not used" in said
    assert "good" in look.cells(dialog.gpus, "GPU")
    opened = []
    monkeypatch.setattr(
        problems_module.QDesktopServices, "openUrl", lambda url: opened.append(url) or True
    )
    dialog.files.open_button.click()
    assert [url.toLocalFile() for url in opened] == [str(folder)]


def test_without_a_file_manager_the_folder_is_named(dialog, monkeypatch, folder):
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: False)
    dialog.files.open_button.click()
    assert str(folder) in dialog.files.notices.texts()[0]


def test_a_file_that_cannot_be_read_is_never_overwritten(folder, make_dialog, look, hands):
    folder.mkdir()
    (folder / "gpus.csv").write_text("not,a,table\nof,gpus,at all\n")
    dialog = make_dialog()
    dialog.gpus.add_button.click()
    hands.settle()
    form = look.over(dialog)
    look.type(form, name="My card", memory_gb="48", mem_bw_gb_s="960")
    form.save_button.click()
    assert form.isVisible()
    assert form.rows["name"].text() == "My card"
    assert any("columns" in text for text in form.notices.texts())
    assert (folder / "gpus.csv").read_text() == "not,a,table\nof,gpus,at all\n"


def test_a_file_that_another_program_changed_is_followed(dialog, mine, qtbot, look):
    with qtbot.waitSignal(dialog.changed):
        dialog.activateWindow()
        QApplication.sendEvent(dialog, QEvent(QEvent.Type.ActivationChange))
    assert "My card" in look.cells(dialog.gpus, "GPU")
