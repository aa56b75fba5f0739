"""L(N, D) = E + A / N^alpha + B / D^beta fitted to runs (Hoffmann et al. 2022, eq. 10).

Centred variables, exact derivatives, many random starts with a certificate, and a bootstrap
that refits every resample. Besiroglu et al. 2024 (arXiv 2404.10102) is the reference for what
a correct fit of the Chinchilla points gives.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from core.errors import CancelledError, InputError
from core.fits.logsumexp import Solutions, Terms, huber, minimise, residuals
from core.fits.resampling import Resampling, bootstrap_weights
from core.ops import FloatArray

Objective = Literal["huber", "lad", "log-ls"]
NAMES = ("A", "B", "E", "alpha", "beta")
_LAD_DELTAS = tuple(10.0 ** (-3 - 0.5 * step) for step in range(12))  # Huber tends to |r|
_AGREES = 1e-7  # relative difference of the objective between starts that found the same
_CELLS = 60_000  # resamples x points solved together: the arrays stay in the processor's cache
_EXACT = 1e-9  # residuals under this are rounding
_LEAST_EXPONENT, _MOST_EXPONENT = 0.01, 10.0  # published ones lie between 0.03 and 1
_SAME_SIZE = 0.01  # logarithms that differ by less are one size, rounded
_ENOUGH_POINTS = 20_000  # to tell which starts lead to the same minimum
_LEAST_E_SHARE = 0.01  # of the lowest loss: less is no floor that these runs could show
_LEAST_SPREAD = 0.05  # standard deviation of a logarithm under which a variable says nothing


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person decides about a parametric fit.

    Attributes:
        objective: ``huber`` on log residuals, ``lad`` (least absolute deviation), ``log-ls``.
        delta: of Huber's loss, in log units.
        tied: alpha = beta.
        pinned_e: an irreducible loss held fixed, nats; None to fit it.
        drop_highest_loss: how many of the highest losses to leave out.
        starts: random starts.
        resampling: the bootstrap.
    """

    objective: Objective = "huber"
    delta: float = 1e-3
    tied: bool = False
    pinned_e: float | None = None
    drop_highest_loss: int = 0
    starts: int = 64
    resampling: Resampling = field(default_factory=Resampling)


@dataclass(frozen=True, slots=True, eq=False)
class ParametricFit:
    """Coefficients, how sure they are, and what was done to get them.

    Attributes:
        coefficients: A, B, E, alpha, beta.
        ensemble: (resamples, 5) the same of every resample, in the order of `NAMES`.
        objective: the sum that was minimised.
        starts_agreeing, starts: how many random starts found the same minimum, of how many.
        gradient_norm: largest component of the gradient at the minimum.
        n_points, n_runs: what the fit rests on.
        residuals: (n_points,) ln(predicted) - ln(seen), in the order of ``kept``.
        kept: (n_points,) indices of the rows that were fitted.
        not_identified: coefficient -> why it cannot be told from these runs; empty is well.
        choices: what was asked for.
    """

    coefficients: dict[str, float]
    ensemble: FloatArray
    objective: float
    starts_agreeing: int
    starts: int
    gradient_norm: float
    n_points: int
    n_runs: int
    residuals: FloatArray
    kept: npt.NDArray[np.intp]
    not_identified: dict[str, str]
    choices: Choices


def fit_parametric(
    params: FloatArray,
    tokens: FloatArray,
    loss: FloatArray,
    run_index: npt.NDArray[np.intp],
    choices: Choices,
    progress: Callable[[float], bool] | None = None,
) -> ParametricFit:
    """Fit the five coefficients.

    Args:
        params: (n,), positive.
        tokens: (n,), positive.
        loss: (n,), nats per token.
        run_index: (n,) which training each point is of.
        choices: objective, constraints, bootstrap.
        progress: called with the fraction done; returning False cancels.

    Raises:
        InputError: too few points for the coefficients that are asked for, or no such choice.
        CancelledError: ``progress`` returned False.
    """
    _check(choices, loss)
    kept = np.sort(np.argsort(-loss, kind="stable")[choices.drop_highest_loss :])
    free = 5 - choices.tied - (choices.pinned_e is not None)
    if kept.size <= free:
        raise InputError(
            "runs", f"{kept.size} points", f"more than {free} points to fit {free} coefficients"
        )
    run_index = np.unique(run_index[kept], return_inverse=True)[1]
    space = _Space.of(params[kept], tokens[kept], loss[kept], choices)
    reasons = _design_problems(space, choices)
    found = _from_all_starts(space, choices, progress)
    best = int(found.objective.argmin())
    theta, objective = found.theta[best], float(found.objective[best])
    exact = _EXACT if choices.objective == "lad" else _EXACT**2
    agreeing = int((found.objective <= objective * (1 + _AGREES) + exact * kept.size).sum())
    ensemble = _bootstrap(space, theta, run_index, choices, progress)
    coefficients = space.coefficients(theta[None])[0]
    return ParametricFit(
        coefficients=dict(zip(NAMES, coefficients.tolist(), strict=True)),
        ensemble=ensemble,
        objective=objective,
        starts_agreeing=agreeing,
        starts=choices.starts,
        gradient_norm=float(found.gradient_norm[best]),
        n_points=kept.size,
        n_runs=int(run_index.max()) + 1,
        residuals=residuals(space.terms, theta[None])[0][0],
        kept=kept,
        not_identified={**_boundary_problems(coefficients, loss[kept], choices), **reasons},
        choices=choices,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Space:
    """The centred problem, and the way back to A, B, E, alpha, beta."""

    terms: Terms
    ln_params: FloatArray
    ln_tokens: FloatArray
    centre: tuple[float, float]
    to_full: FloatArray  # (free, 5): ln A at the centre, alpha, ln B at the centre, beta, ln E
    fixed_ln_e: float | None

    @classmethod
    def of(
        cls, params: FloatArray, tokens: FloatArray, loss: FloatArray, choices: Choices
    ) -> "_Space":
        ln_n, ln_d = np.log(params), np.log(tokens)
        centre = (float(ln_n.mean()), float(ln_d.mean()))
        x, y = ln_n - centre[0], ln_d - centre[1]
        one, none = np.ones_like(x), np.zeros_like(x)
        full = (
            np.stack([one, -x, none, none, none], axis=1),
            np.stack([none, none, one, -y, none], axis=1),
            np.stack([none, none, none, none, one], axis=1),
        )
        to_full = np.eye(5)
        if choices.tied:
            to_full[1, 3] = 1.0  # one exponent serves both terms
            to_full = np.delete(to_full, 3, axis=0)
        if choices.pinned_e is not None:
            to_full = to_full[:-1]
        fixed = None if choices.pinned_e is None else float(np.log(choices.pinned_e))
        designs = tuple(np.ascontiguousarray(design @ to_full.T) for design in full)
        terms = Terms(designs, np.log(loss), (0.0, 0.0, 0.0 if fixed is None else fixed))
        return cls(terms, x, y, centre, to_full, fixed)

    def random_starts(self, choices: Choices) -> FloatArray:
        """Starts spread over shares of the loss and exponents that any law could have."""
        rng = np.random.default_rng(choices.resampling.seed)
        top = float(self.terms.ln_loss.mean())
        n = choices.starts
        full = np.stack(
            [
                top + np.log(rng.uniform(0.02, 0.8, n)),
                rng.uniform(0.05, 1.0, n),
                top + np.log(rng.uniform(0.02, 0.8, n)),
                rng.uniform(0.05, 1.0, n),
                top + np.log(rng.uniform(0.1, 0.9, n)),
            ],
            axis=1,
        )
        return full @ np.linalg.pinv(self.to_full)

    def coefficients(self, theta: FloatArray) -> FloatArray:
        """(p, 5) A, B, E, alpha, beta."""
        full = theta @ self.to_full
        ln_a, alpha, ln_b, beta, ln_e = full.T
        if self.fixed_ln_e is not None:
            ln_e = np.full_like(ln_a, self.fixed_ln_e)
        with np.errstate(over="ignore"):  # a hopeless resample may run away; it is filtered later
            return np.stack(
                [
                    np.exp(ln_a + alpha * self.centre[0]),
                    np.exp(ln_b + beta * self.centre[1]),
                    np.exp(ln_e),
                    alpha,
                    beta,
                ],
                axis=1,
            )


def _check(choices: Choices, loss: FloatArray) -> None:
    """Refuse choices that no fit could follow."""
    lowest = float(loss.min()) if loss.size else np.inf
    pinned = choices.pinned_e
    if pinned is not None and not 0 < pinned < lowest:
        raise InputError("pinned_e", pinned, f"above 0 and below the lowest loss, {lowest:.4g}")
    if not 0 < choices.delta < np.inf:
        raise InputError("delta", choices.delta, "a positive number")
    if choices.drop_highest_loss < 0:
        raise InputError("drop_highest_loss", choices.drop_highest_loss, "0 or more")
    if choices.starts < 1:
        raise InputError("starts", choices.starts, "1 or more")


def _from_all_starts(
    space: _Space, choices: Choices, progress: Callable[[float], bool] | None
) -> Solutions:
    """Every random start; with many points on some of them first, and then what differs on all."""
    starts, terms = space.random_starts(choices), space.terms
    stride = space.ln_params.size // _ENOUGH_POINTS
    if stride < 2:
        return _solve_in_parts(terms, starts, choices, progress)
    some = Terms(tuple(d[::stride] for d in terms.designs), terms.ln_loss[::stride], terms.offsets)
    rough = _solve_in_parts(some, starts, choices, progress)
    _, first, group = np.unique(
        np.round(np.log(rough.objective + 1e-300), 6), return_index=True, return_inverse=True
    )
    fine = _solve_in_parts(terms, rough.theta[first], choices, progress)
    return Solutions(
        fine.theta[group], fine.objective[group], fine.gradient_norm[group], fine.converged[group]
    )


def _solve_in_parts(
    terms: Terms, starts: FloatArray, choices: Choices, progress: Callable[[float], bool] | None
) -> Solutions:
    ones = np.ones(terms.ln_loss.size)
    at_once = _at_once(ones.size)
    parts = []
    for first in range(0, len(starts), at_once):
        if progress is not None and not progress(0.0):
            raise CancelledError
        parts.append(_solve(terms, starts[first : first + at_once], ones, choices))
    return Solutions(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("theta", "objective", "gradient_norm", "converged")
        )
    )


def _at_once(n_points: int) -> int:
    return max(1, _CELLS // n_points)


def _solve(terms: Terms, starts: FloatArray, weights: FloatArray, choices: Choices) -> Solutions:
    if choices.objective == "log-ls":
        return minimise(terms, starts, weights, np.inf)
    if choices.objective == "huber":
        return minimise(terms, starts, weights, choices.delta)
    found = minimise(terms, starts, weights, _LAD_DELTAS[0])
    for delta in _LAD_DELTAS[1:]:
        found = minimise(terms, found.theta, weights, delta)
    residual, _ = residuals(terms, found.theta)
    deviation = (np.broadcast_to(weights, residual.shape) * np.abs(residual)).sum(axis=1)
    return Solutions(found.theta, deviation, found.gradient_norm, found.converged)


def _bootstrap(
    space: _Space,
    theta: FloatArray,
    run_index: npt.NDArray[np.intp],
    choices: Choices,
    progress: Callable[[float], bool] | None,
) -> FloatArray:
    total = choices.resampling.resamples
    one_run = choices.resampling.by == "run" and int(run_index.max()) == 0
    if total == 0 or one_run:  # a single run drawn again and again would look certain
        return np.empty((0, len(NAMES)))
    parts, done = [], 0
    for weights in bootstrap_weights(choices.resampling, run_index, _at_once(run_index.size)):
        if progress is not None and not progress(done / total):
            raise CancelledError
        starts = np.repeat(theta[None], len(weights), axis=0)
        parts.append(space.coefficients(_solve(space.terms, starts, weights, choices).theta))
        done += len(weights)
    if progress is not None:
        progress(1.0)
    return np.concatenate(parts)


def _design_problems(space: _Space, choices: Choices) -> dict[str, str]:
    """What these runs cannot tell, whatever their losses: coefficient -> reason."""
    x, y = space.ln_params, space.ln_tokens
    free_e = ("E",) if choices.pinned_e is None else ()
    if x.std() < _LEAST_SPREAD:
        return dict.fromkeys(("A", "alpha", *free_e), "all runs have one size")
    if y.std() < _LEAST_SPREAD:
        return dict.fromkeys(("B", "beta", *free_e), "all runs saw one number of tokens")
    if free_e and not choices.tied:  # two values cannot tell three coefficients
        if _distinct(x) < 3:
            return dict.fromkeys(("A", "alpha", "E"), "the runs have only two sizes")
        if _distinct(y) < 3:
            return dict.fromkeys(("B", "beta", "E"), "the runs saw only two numbers of tokens")
    slope = float(x @ y / (x @ x))
    if (y - slope * x).std() < _LEAST_SPREAD:
        reason = "tokens and parameters go together in all runs (one D/N ratio)"
        return dict.fromkeys(("A", "B") if choices.tied else ("A", "B", "alpha", "beta"), reason)
    return {}


def _distinct(logarithms: FloatArray) -> int:
    """How many values there are, up to 3; steps, not gaps: a dense curve has no gaps."""
    values = np.sort(logarithms)
    count, place = 1, 0
    while count < 3:
        place = int(np.searchsorted(values, values[place] + _SAME_SIZE, side="right"))
        if place == values.size:
            break
        count += 1
    return count


def _boundary_problems(
    coefficients: FloatArray, loss: FloatArray, choices: Choices
) -> dict[str, str]:
    """Coefficients that ran to the edge of what they can be: coefficient -> reason."""
    _, _, e, alpha, beta = coefficients
    found = {}
    if choices.pinned_e is None and e < _LEAST_E_SHARE * loss.min():
        found["E"] = "it runs to 0: these runs show no irreducible loss"
    for scale, name, value in (("A", "alpha", alpha), ("B", "beta", beta)):
        if not _LEAST_EXPONENT < value < _MOST_EXPONENT:
            reason = f"{name} runs to {value:.3g}: its term does not fall with scale here"
            found |= {scale: reason, name: reason}
    return found


def optimum(
    coefficients: FloatArray, compute_flops: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """N*, D* and loss at a budget for (p, 5) coefficients (Hoffmann et al. 2022, eq. 4)."""
    a, b, e, alpha, beta = coefficients.T
    with np.errstate(all="ignore"):  # a resample that ran away gives NaN, which intervals skip
        total = alpha + beta
        params = np.exp((np.log(alpha * a) - np.log(beta * b)) / total) * (compute_flops / 6) ** (
            beta / total
        )
        tokens = compute_flops / 6 / params
        return params, tokens, e + a * params**-alpha + b * tokens**-beta


def objective_of(fit: ParametricFit) -> float:
    """The objective recomputed from the residuals, for checks."""
    if fit.choices.objective == "lad":
        return float(np.abs(fit.residuals).sum())
    delta = np.inf if fit.choices.objective == "log-ls" else fit.choices.delta
    return float(huber(fit.residuals, delta).sum())
