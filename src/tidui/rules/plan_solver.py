"""Solves the integer programme of a plan with OR-tools, an optional extra."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Final

from tidui.rules.plan_linear import LIMIT, TooHard
from tidui.rules.plan_model import Case, Pull

#: How the solver is set, one after the other until one proves its answer: plain propagation is the quickest on the
#: usual small case; the linear relaxation settles the others. The effort is counted in the solver's own deterministic
#: seconds, so that the answer is the same on every machine.
SETTINGS: Final[tuple[dict[str, int | float], ...]] = (
    {"linearization_level": 0, "max_presolve_iterations": 1, "max_deterministic_time": 1.0},
    {"linearization_level": 2, "max_deterministic_time": 20.0},
)


class PlanningUnavailable(Exception):
    """OR-tools is not installed."""

    def __init__(self) -> None:
        super().__init__("planning needs OR-tools, which is not installed; install it with: pip install 'tidui[plan]'")


class Solver:
    """The cheapest way to make one case pass, again and again with some sets of levers excluded.

    One worker and a fixed seed: the same case always gets the same answer. Of equal costs, the fewest levers win.
    """

    def __init__(self, case: Case) -> None:
        try:
            from ortools.sat.python import cp_model
        except ImportError:
            raise PlanningUnavailable from None
        self.case, self.cp = case, cp_model
        case.bind()
        for part in case.parts:
            case.model.require(part)
        self.model = cp_model.CpModel()
        self.variables = [self._variable(low, high) for low, high in case.model.bounds]
        self._state()
        self._used = {pull.lever.id: self._use(pull) for pull in case.pulls.values()}
        self._minimise()

    def _variable(self, low: int, high: int) -> Any:
        return self.model.new_bool_var("") if (low, high) == (0, 1) else self.model.new_int_var(low, high, "")

    def _literal(self, literal: int) -> Any:
        return self.variables[literal] if literal >= 0 else ~self.variables[~literal]

    def _state(self) -> None:
        model, programme = self.model, self.case.model
        for where, terms, bound in programme.rows:
            total = self.cp.LinearExpr.weighted_sum([self.variables[v] for v, _ in terms], [c for _, c in terms])
            row = model.add_linear_constraint(total, bound, LIMIT)
            if where is not None:
                row.only_enforce_if(self._literal(where))
        for where, clause in programme.clauses:
            literals = [self._literal(literal) for literal in clause]
            model.add_bool_or([*literals, ~self._literal(where)] if where is not None else literals)
        for group in programme.groups:
            model.add_at_most_one([self._literal(literal) for literal in group])
        for result, first, second in programme.products:
            model.add_multiplication_equality(self.variables[result], [self.variables[first], self.variables[second]])

    def _use(self, pull: Pull) -> Any:
        if pull.most == 1:
            return self.variables[pull.variable]
        used = self.model.new_bool_var("")
        self.model.add_linear_constraint(self.variables[pull.variable] - pull.most * used, -pull.most, 0)
        return used

    def _minimise(self) -> None:
        pulls = list(self.case.pulls.values())
        costs = [pull.lever.cost * pull.lever.step for pull in pulls]
        scale = math.lcm(*(cost.denominator for cost in costs)) if costs else 1
        whole = [int(cost * scale) for cost in costs]
        common = math.gcd(*whole) or 1
        ties = len(pulls) + 1
        dearest = sum(ties * c // common * pull.most for c, pull in zip(whole, pulls, strict=True))
        if dearest >= LIMIT:
            # Costs too far apart for machine numbers are rounded up: still a plan, no longer proved the cheapest.
            self.case.exact = False
            common = -(-2 * dearest * common // LIMIT)
            whole = [-(-c // common) * common for c in whole]
        terms = [(self.variables[p.variable], ties * (c // common)) for p, c in zip(pulls, whole, strict=True)]
        terms += [(self._used[p.lever.id], 1) for p in pulls]
        self.model.minimize(self.cp.LinearExpr.weighted_sum([v for v, _ in terms], [c for _, c in terms]))

    def exclude(self, levers: Sequence[str]) -> None:
        """No later solution uses all of these levers together."""
        self.model.add_bool_or([~self._used[lever] for lever in levers])

    def solve(self) -> dict[int, int] | None:
        """How often each lever is pulled, by its variable; None when nothing makes the case pass."""
        for settings in SETTINGS:
            solver = self.cp.CpSolver()
            common = {"num_workers": 1, "random_seed": 0, "cp_model_probing_level": 0, "symmetry_level": 0}
            for name, value in {**common, **settings}.items():
                setattr(solver.parameters, name, value)
            status = solver.solve(self.model)
            if status in (self.cp.OPTIMAL, self.cp.INFEASIBLE):
                break
        if status == self.cp.UNKNOWN:
            raise TooHard
        if status == self.cp.FEASIBLE:
            self.case.exact = False
        elif status != self.cp.OPTIMAL:
            return None
        pulls = self.case.pulls.values()
        return {pull.variable: int(solver.value(self.variables[pull.variable])) for pull in pulls}


def total_cost(pulled: dict[Any, int]) -> Fraction:
    """The cost in yuan of pulling each lever by so many units."""
    return sum((lever.cost * units for lever, units in pulled.items()), Fraction(0))
