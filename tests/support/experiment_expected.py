#!/usr/bin/env python3
"""Prints what SciPy and statsmodels say of the customers that test_experiment_*.c make.

    python3 tests/support/experiment_expected.py > tests/unit/data/experiment_expected.txt

Debian: python3-scipy, python3-statsmodels. Each line is a name and a value with 15 digits. Nothing
here repeats a formula of query/experiment where a library has the test; what no library has (the
sequential interval, the delta method's relative effect) is computed another way, by integrals and by
numeric derivatives.
"""
import math

import numpy as np
import statsmodels.api as sm
from scipy import integrate, optimize, stats
from scipy.spatial import distance
from statsmodels.stats import multitest, power, proportion


def show(name, value):
    print(f"{name} {float(value):.15g}")


class Customers:
    """The same integers as customers_make of experiment_support.h makes."""

    def __init__(self, count, seed, lift):
        state, rows = seed, []

        def draw(bound):
            nonlocal state
            state = (state * 1103515245 + 12345) % 2**31
            return (state >> 12) % bound

        for _ in range(count):
            before_receipts, habit = 1 + draw(6), 20000 + draw(60000)
            before_sales = before_receipts * habit + draw(40000)
            receipts = 1 + draw(5) + (before_receipts > 3)
            sales = receipts * (habit + draw(30000) - 15000) + lift * receipts
            rows.append((sales, receipts, before_sales, before_receipts))
        table = np.array(rows, dtype=float)
        self.sales, self.before = table[:, 0] / 100, table[:, 2] / 100
        self.receipts, self.before_receipts = table[:, 1], table[:, 3]


def show_welch(name, treated, control, level=0.95):
    test = stats.ttest_ind(treated, control, equal_var=False)
    weights = sm.stats.CompareMeans(sm.stats.DescrStatsW(treated), sm.stats.DescrStatsW(control))
    low, high = weights.tconfint_diff(alpha=1 - level, usevar="unequal")
    _, _, degrees = weights.ttest_ind(usevar="unequal")
    for key, value in (("estimate", np.mean(treated) - np.mean(control)), ("statistic", test.statistic), ("degrees", degrees), ("p", test.pvalue), ("low", low), ("high", high)):
        show(f"{name}.{key}", value)


def clustered_ratio(numerator, denominator):
    """sum/sum as the mean of unit rows, one a unit of the denominator, clustered by customer."""
    units = denominator.astype(int)
    customer = np.repeat(np.arange(len(units)), units)
    rows = np.repeat(numerator / denominator, units)
    fit = sm.OLS(rows, np.ones(len(rows))).fit(cov_type="cluster", cov_kwds={"groups": customer})
    # statsmodels' own small-sample factor is G/(G-1) here, as the delta method's sample covariance has it.
    return fit.params[0], fit.bse[0]


def show_normal(name, estimate, error, level=0.95):
    wide = stats.norm.ppf((1 + level) / 2) * error
    for key, value in (("estimate", estimate), ("error", error), ("p", 2 * stats.norm.sf(abs(estimate / error))), ("low", estimate - wide), ("high", estimate + wide)):
        show(f"{name}.{key}", value)


def show_relative(name, treated, control):
    def relative(means):
        return means[0] / means[1] - 1

    at = np.array([np.mean(treated), np.mean(control)])
    slope = optimize.approx_fprime(at, relative, at * 1e-7)
    error = math.sqrt(slope[0] ** 2 * np.var(treated, ddof=1) / len(treated) + slope[1] ** 2 * np.var(control, ddof=1) / len(control))
    show_normal(name, relative(at), error)


def show_proportions(name, a, n, b, m):
    z, p = proportion.proportions_ztest([a, b], [n, m])
    chi = stats.chi2_contingency([[a, n - a], [b, m - b]], correction=False)
    low, high = proportion.confint_proportions_2indep(a, n, b, m, method="newcomb", compare="diff")
    for key, value in (("statistic", z), ("chi_squared", chi[0]), ("p", p), ("low", low), ("high", high)):
        show(f"{name}.{key}", value)


def show_cuped(name, treated, control):
    sales = np.concatenate([treated.sales, control.sales])
    before = np.concatenate([treated.before, control.before])
    theta = sm.OLS(sales, sm.add_constant(before)).fit().params[1]
    show(f"{name}.theta", theta)
    show_welch(name, treated.sales - theta * (treated.before - before.mean()), control.sales - theta * (control.before - before.mean()))


def show_cuped_ratio(name, treated, control):
    """The ratio linearised at the arms' own values, a customer a row; theta over both arms."""
    joined = [np.concatenate([getattr(treated, key), getattr(control, key)]) for key in ("sales", "receipts", "before", "before_receipts")]

    def parts(sales, receipts, before, before_receipts):
        ratio, ratio_before = sales.sum() / receipts.sum(), before.sum() / before_receipts.sum()
        return ratio, (sales - ratio * receipts) / receipts.mean(), ratio_before, (before - ratio_before * before_receipts) / before_receipts.mean()

    _, line, common, line_before = parts(*joined)
    theta = sm.OLS(line, sm.add_constant(line_before)).fit().params[1]
    values, variances = [], []
    for arm in (treated, control):
        ratio, own, ratio_before, own_before = parts(arm.sales, arm.receipts, arm.before, arm.before_receipts)
        values.append(ratio - theta * (ratio_before - common))
        variances.append(np.var(own - theta * own_before, ddof=1) / len(own))
    show(f"{name}.theta", theta)
    show_normal(name, values[0] - values[1], math.sqrt(sum(variances)))


def show_sequential(name, estimate, error, progress, alpha=0.05):
    """The likelihood ratio by integration over the mixture, the interval by root finding."""
    end = optimize.minimize_scalar(lambda log_u: (1 + math.exp(log_u)) / math.exp(log_u) * (2 * math.log(1 / alpha) + math.log1p(math.exp(log_u))), bounds=(-3, 6), method="bounded", options={"xatol": 1e-12})
    tau = math.sqrt(math.exp(end.x) * progress) * error

    def ratio(effect):
        def density(shift):
            return stats.norm.pdf(shift, 0, tau) * math.exp(stats.norm.logpdf(estimate, effect + shift, error) - stats.norm.logpdf(estimate, effect, error))

        peak = (estimate - effect) * tau**2 / (tau**2 + error**2)
        return integrate.quad(density, peak - 12 * error, peak + 12 * error, epsabs=0, epsrel=1e-11, limit=400)[0]

    show(f"{name}.p", min(1, 1 / ratio(0)))
    for key, side in (("low", -1), ("high", 1)):
        show(f"{name}.{key}", optimize.brentq(lambda effect: ratio(effect) - 1 / alpha, estimate, estimate + side * 20 * error, xtol=1e-12, rtol=1e-12))


class Panel:
    """The same shops as shops_make of test_experiment_pilot.c makes: a row a shop, a column a week."""

    def __init__(self, shops, pilots, lift):
        state = 21

        def draw(bound):
            nonlocal state
            state = (state * 1103515245 + 12345) % 2**31
            return (state >> 12) % bound

        size = [2000 + draw(4000) for _ in range(shops)]
        self.table = np.array([[size[u] + 100 * t + draw(900) + (lift if u < pilots and t >= 6 else 0) for t in range(10)] for u in range(shops)], dtype=float)
        self.pilot = np.arange(shops) < pilots
        self.before, self.after = self.table[:, :6].mean(axis=1), self.table[:, 6:].mean(axis=1)
        self.early, self.late = self.table[:, :3].mean(axis=1), self.table[:, 3:6].mean(axis=1)


def show_two_way(name, panel):
    """Unit and time effects by OLS over all weeks; the error of HC2 over the units' changes, and the clustered one."""
    shops, weeks = panel.table.shape
    shop, week = np.repeat(np.arange(shops), weeks), np.tile(np.arange(weeks), shops)
    effect = (panel.pilot[shop] & (week >= 6)).astype(float)
    design = np.column_stack([effect] + [shop == u for u in range(shops)] + [week == t for t in range(1, weeks)]).astype(float)
    fit = sm.OLS(panel.table.ravel(), design).fit(cov_type="cluster", cov_kwds={"groups": shop, "use_correction": False})
    show(f"{name}.two_way", fit.params[0])
    show(f"{name}.clustered", fit.bse[0])
    change = panel.after - panel.before
    show(f"{name}.hc2", sm.OLS(change, sm.add_constant(panel.pilot.astype(float))).fit(cov_type="HC2").bse[1])
    show_welch(name, change[panel.pilot], change[~panel.pilot])
    show_welch(f"{name}.trend", (panel.late - panel.early)[panel.pilot], (panel.late - panel.early)[~panel.pilot])


def show_two_way_relative(name, panel):
    after, before, other = panel.after[panel.pilot], panel.before[panel.pilot], (panel.after - panel.before)[~panel.pilot]

    def relative(means):
        return means[0] / (means[1] + means[2]) - 1

    at = np.array([after.mean(), before.mean(), other.mean()])
    slope = optimize.approx_fprime(at, relative, at * 1e-7)
    spread = np.zeros((3, 3))
    spread[:2, :2] = np.cov(after, before) / len(after)
    spread[2, 2] = np.var(other, ddof=1) / len(other)
    show(f"{name}.estimate", relative(at))
    show(f"{name}.error", math.sqrt(slope @ spread @ slope))


def show_matched(name, panel):
    features = np.column_stack([panel.early, panel.late])
    features = features / features.std(axis=0, ddof=1)
    pilots, others = np.flatnonzero(panel.pilot), np.flatnonzero(~panel.pilot)
    far = distance.cdist(features[pilots], features[others].mean(axis=0, keepdims=True))[:, 0]
    between, pairs, free = distance.cdist(features[pilots], features[others]), [], np.ones(len(others), dtype=bool)
    for p in np.argsort(-far, kind="stable"):
        nearest = np.argmin(np.where(free, between[p], np.inf))
        free[nearest] = False
        pairs.append((pilots[p], others[nearest]))
    pairs.sort()
    change = panel.after - panel.before
    effect = np.array([change[a] - change[b] for a, b in pairs])
    test = stats.ttest_1samp(effect, 0)
    low, high = sm.stats.DescrStatsW(effect).tconfint_mean()
    for key, value in (("estimate", effect.mean()), ("p", test.pvalue), ("low", low), ("high", high), ("matches", sum((i + 1) * b for i, (_, b) in enumerate(pairs)))):
        show(f"{name}.{key}", value)
    for key, values in (("early", panel.early), ("late", panel.late)):
        mine, theirs = values[[a for a, _ in pairs]], values[[b for _, b in pairs]]
        show(f"{name}.balance.{key}", (mine.mean() - theirs.mean()) / math.sqrt((mine.var(ddof=1) + theirs.var(ddof=1)) / 2))


def show_quantile(name, count, q, low, high):
    """How surely those two order statistics hold the quantile, and as how many standard errors."""
    chance = stats.binom.cdf(high - 1, count, q) - stats.binom.cdf(low - 1, count, q)
    show(f"{name}.chance", chance)
    show(f"{name}.z", stats.norm.ppf((1 + chance) / 2))


print("# made by tests/support/experiment_expected.py: name, value")
for p in (0.5, 0.9, 0.975, 0.9999999):
    show(f"normal.quantile.{p}", stats.norm.ppf(p))
for degrees in (1, 2.5, 30, 1e6):
    show(f"student.quantile.{degrees:g}", stats.t.ppf(0.975, degrees))
    show(f"student.p.{degrees:g}", 2 * stats.t.sf(3.7, degrees))
for statistic, degrees in ((0.2, 1), (11.3, 4), (900, 2)):
    show(f"chi_squared.p.{statistic:g}.{degrees}", stats.chi2.sf(statistic, degrees))

treated, control = Customers(431, 11, 2500), Customers(367, 12, 0)
show_welch("welch", treated.sales, control.sales)
show_welch("welch90", treated.sales, control.sales, 0.9)
show_welch("welch.small", treated.sales[:2], control.sales[:3])
(ratio_t, error_t), (ratio_c, error_c) = clustered_ratio(treated.sales, treated.receipts), clustered_ratio(control.sales, control.receipts)
show_normal("ratio", ratio_t - ratio_c, math.hypot(error_t, error_c))
show_relative("relative", treated.sales, control.sales)
show_cuped("cuped", treated, control)
show_cuped_ratio("cuped_ratio", treated, control)
show_proportions("proportions", 3894, 21307, 2262, 21306)
show_proportions("proportions.rare", 3, 900, 0, 850)
show_proportions("proportions.all", 40, 40, 31, 35)

show("sample_ratio.two", stats.chisquare([5210, 4790], [5000, 5000]).pvalue)
show("sample_ratio.three", stats.chisquare([340, 352, 301], np.array([0.34, 0.33, 0.33]) * 993).pvalue)

apart = stats.chi2_contingency([[500, 310, 120], [4710, 4480, 1080]], correction=False)
show("sample_ratio.apart.statistic", apart[0])
show("sample_ratio.apart.p", apart[1])

p_values = [0.01, 0.04, 0.03, 0.005, 0.2, 0.04, 0.9]
for i, (holm, bh) in enumerate(zip(multitest.multipletests(p_values, method="holm")[1], multitest.multipletests(p_values, method="fdr_bh")[1])):
    show(f"holm.{i}", holm)
    show(f"bh.{i}", bh)

covariates = [(treated.sales, control.sales), (treated.receipts, control.receipts), (treated.before, control.before), (treated.before_receipts, control.before_receipts)]
chances = [stats.ttest_ind(mine, theirs, equal_var=False).pvalue for mine, theirs in covariates]
for i, (mine, theirs) in enumerate(covariates):
    show(f"balance.{i}.difference", (mine.mean() - theirs.mean()) / math.sqrt((mine.var(ddof=1) + theirs.var(ddof=1)) / 2))
    show(f"balance.{i}.p_adjusted", multitest.multipletests(chances, method="holm")[1][i])

ind = power.NormalIndPower()
show("power.equal", ind.power(0.1, 1000, 0.05, 1))
show("power.unequal", ind.power(0.1, 1000, 0.05, 2.5))
show("power.tiny", ind.power(0.001, 1000, 0.05, 1))
show("power.sample.equal", ind.solve_power(0.05, None, 0.05, 0.8, 1))
show("power.sample.unequal", ind.solve_power(0.05, None, 0.05, 0.9, 3))
show("power.split.power", ind.power(0.12, 2500, 0.025, 0.4))
show("power.split.size", ind.solve_power(0.05, None, 0.025, 0.8, 0.4) / 0.5)
show("power.detectable", ind.solve_power(None, 1000, 0.05, 0.8, 1))

show_quantile("quantile.median", 41, 0.5, 14, 28)
show_quantile("quantile.ninth", 20000, 0.9, 17916, 18085)

panel = Panel(40, 12, 350)
show_two_way("pilot", panel)
show_two_way_relative("pilot.relative", panel)
show_matched("pilot.matched", panel)

show_sequential("sequential.early", 1.2, 0.8, 0.1)
show_sequential("sequential.late", -3.1, 0.7, 1)
show_sequential("sequential.after", 2.4, 0.5, 1.6)
