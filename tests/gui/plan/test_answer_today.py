"""The answer for today's hardware: what it adds, and that its numbers are the plan's."""

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel

from core.memory import MOST_OF_THE_DEVICE
from core.planner import By
from core.quantities import format_count
from gui.views.plan.first_hint import FirstHint


@pytest.fixture
def answer(today):
    return today.plan_view.answer


def test_the_optimum_for_flop_stands_beside_the_size(today, answer, texts):
    best = format_count(today.session.plan.flop_optimum.params).replace(" ", "\u00a0")
    assert f"Best for FLOP alone: {best}" in texts(answer.train)


def test_speed_layout_and_memory_are_the_plans(today, answer, texts):
    plan = today.session.plan
    shown = texts(answer.run)
    assert f"{plan.speed.mfu * 100:.1f}" in shown
    layout = answer.run._layout.text()
    assert f"micro-batch\u00a0{int(plan.layout.micro_batch)}" in layout
    memory, gib = plan.memory, plan.known.gpu.memory_gib
    assert answer.run.bar.shares == pytest.approx(
        (memory.allocated / gib, memory.reserved / gib, MOST_OF_THE_DEVICE)
    )


def test_what_holds_the_plan_back_is_said_with_its_price(today, answer, texts, hands):
    assert "Held by time" in texts(answer.train)
    today.session.edit("limits", unique_tokens=1e9, cap_usd=50.0)
    hands.settle()
    shown = texts(answer.train)
    assert "Held by the money cap" in shown
    assert "Held by data" in shown
    assert any(text.startswith("another 1 B new tokens buy") for text in shown)


def test_repeated_data_show_their_epochs(today, answer, texts, hands):
    assert "Epochs" not in texts(answer.train)
    today.session.edit("data", unique_tokens=1e9)
    hands.settle()
    assert "Epochs" in texts(answer.train)


def test_use_after_training_is_told_apart_from_the_training(today, answer, texts, hands):
    today.session.edit("use", inference_tokens=1e10)
    hands.settle()
    plan = today.session.plan
    assert plan.training_hours < plan.hours.value
    assert "Use after it" in texts(answer.train)


def test_the_intervals_say_what_they_cover(today, answer, texts):
    sure = next(text for text in texts(answer.run) if "intervals cover" in text)
    assert "preset" in sure
    assert "taken as they are" in sure


@pytest.mark.parametrize(
    ("family", "language", "config"),
    [("llama", "llama", "LlamaConfig("), ("gpt2", "gpt2", "GPT2Config(")],
)
def test_a_shape_is_copied_as_code_of_its_family(today, answer, hands, family, language, config):
    today.session.edit("family", family=family)
    hands.settle()
    assert [action.data() for action in answer.wide._menu.actions()] == [language]
    answer.narrow.copy_requested.emit(language)
    code = QGuiApplication.clipboard().text()
    arch = today.session.plan.shapes[1].architecture
    assert config in code
    assert str(int(arch.d_model)) in code
    assert f"({arch.n_heads}" not in code
    compile(code, "shape", "exec")


def test_a_2020_gpu_brings_the_answer_of_2020_back(today, answer, texts, hands):
    today.session.restore(type(today.session.request)())
    hands.settle()
    assert not answer.run.isVisible()
    shown = texts(answer)
    assert not any(text.startswith("Best for FLOP") for text in shown)
    assert not any(text.startswith("Held by") for text in shown)
    assert [action.data() for action in answer.wide._menu.actions()] == ["transfo_xl", "generic"]


def test_the_left_column_needs_no_scroll_bar_at_the_usual_size(today, hands):
    today.findChild(FirstHint).button.click()
    hands.settle()
    bar = today.plan_view._inputs_area.verticalScrollBar()
    assert today.size().width() == 1280
    assert bar.maximum() == 0


@pytest.mark.parametrize("size", [(1280, 800), (1024, 700), (960, 540)])
def test_no_number_is_cut(today, answer, hands, size):
    today.session.edit("more", n_gpus=512, value=5000.0, inference_tokens=1e13)
    today.resize(*size)
    hands.settle()
    for label in answer.findChildren(QLabel):
        if label.isVisible() and label.text() and not label.wordWrap():
            assert label.sizeHint().width() <= label.width() + 1, label.text()


@pytest.mark.parametrize("law", ["txl-wikitext103", "kaplan-2020", "muennighoff-2023"])
def test_every_law_plans_for_today_and_draws(today, hands, law):
    today.session.edit("law", law=law)
    today.session.drag_to("drag", 1e18)
    today.session.drag_to("drag", 3e23)
    hands.settle()
    plan = today.session.plan
    for plot, value in zip(
        today.plan_view.charts.plots,
        (plan.loss.value, plan.non_embedding_params.value),
        strict=True,
    ):
        assert plot.plan == pytest.approx((plan.compute_neflo.value, value))


def test_help_copy_and_laws_understand_a_plan_of_today(today, hands):
    today._show_help()
    today.exporter.copy_text()
    assert "Speed of a GPU" in QGuiApplication.clipboard().text()
    today._compare_laws()
    hands.settle()


def test_dragging_the_budget_line_moves_a_plan_of_today(today, hands):
    plot = today.plan_view.charts.loss_plot
    compute, value = plot.plan
    hands.drag_line(plot, value, compute, compute / 10)
    plan = today.session.plan
    assert plan.compute_neflo.value == pytest.approx(compute / 10, rel=0.1)
    assert today.session.request.by is By.HOURS
