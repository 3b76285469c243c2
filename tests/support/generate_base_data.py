#!/usr/bin/env python3
"""Expected values for tests/unit/test_base_*.c from Python's decimal, datetime and zoneinfo.

Usage: tests/support/generate_base_data.py   (from the root; rewrites tests/unit/data/*.txt)
Random, but seeded: the same Python and tzdata give the same files. The rows are checked in, so
that the tests need no Python, and tell when ours and Python's arithmetic part.
"""
import random
from datetime import date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal, localcontext
from zoneinfo import ZoneInfo

LIMIT = 10**38
random.seed(20260101)


def unscaled(digits):
    """A random integer of up to `digits` digits; small and round ones are frequent."""
    n = random.randint(1, digits)
    v = random.choice([random.randrange(10**n), 10**n - 1, 10 ** (n - 1), 5 * 10 ** (n - 1)])
    return random.choice([v, -v])


def to_scale(value, scale):
    """value at scale as an unscaled integer, half away from zero, or None beyond 38 digits."""
    v = int(value.scaleb(scale).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    return v if abs(v) < LIMIT else None


def show(v):
    return "overflow" if v is None else str(v)


def divide_row():
    a, b = unscaled(38), unscaled(38) or 1
    if random.random() < 0.5:
        a, b = unscaled(18), unscaled(random.choice([2, 9, 18])) or 1
    b = b or 7
    sa, sb, scale = random.randint(0, 20), random.randint(0, 20), random.randint(0, 24)
    # floor division of integers decides exactly; no decimal context limits it
    num, den = abs(a) * 10 ** (scale + sb), abs(b) * 10**sa
    q = (2 * num + den) // (2 * den)
    q = -q if (a < 0) != (b < 0) else q
    return f"divide {a} {sa} {b} {sb} {scale} {show(q if abs(q) < LIMIT else None)}"


def rescale_row():
    v, f, t = unscaled(38), random.randint(0, 38), random.randint(0, 38)
    return f"rescale {v} {f} {t} {show(to_scale(Decimal(v).scaleb(-f), t))}"


def multiply_row():
    a, b = unscaled(random.choice([9, 18, 38])), unscaled(random.choice([9, 18, 24]))
    return f"multiply {a} {b} {show(a * b if abs(a * b) < LIMIT else None)}"


def parse_row():
    whole = "".join(random.choice("0123456789") for _ in range(random.choice([0, 1, 3, 8, 20, 40])))
    part = "".join(random.choice("0123456789") for _ in range(random.choice([0, 1, 2, 3, 10, 42])))
    if random.random() < 0.1:
        part = random.choice(["5", "49", "50", "99", "500000000000000000000000000000000000000000001"])
    if not whole and not part:
        whole = "0"
    text = random.choice(["", "", "-", "+"]) + whole
    if part or random.random() < 0.1:
        text += "." + part
    if random.random() < 0.2:
        text += random.choice("eE") + random.choice(["", "-", "+"]) + str(random.randint(0, 60))
    scale = random.choice([0, 0, 2, 2, 4, 10, 38])
    exact = Decimal(text)
    v = to_scale(exact, scale)
    if v is None:
        return f"parse {text} {scale} overflow 0"
    rounded = "rounded" if Decimal(v) != exact.scaleb(scale) else "ok"
    return f"parse {text} {scale} {rounded} {v}"


def format_row():
    v, scale = unscaled(38), random.choice([0, 1, 2, 4, 10, 37, 38])
    return f"format {v} {scale} {Decimal(v).scaleb(-scale):f}"


def to_double_row():
    v, scale = unscaled(random.choice([5, 15, 20, 38])), random.choice([0, 2, 4, 17, 22, 38])
    return f"to_double {v} {scale} {float(Decimal(v).scaleb(-scale)).hex()}"


def from_double_row():
    x = random.choice([
        random.uniform(-1000, 1000), random.uniform(-1, 1) * 10 ** random.randint(-45, 45),
        random.randint(-(10**6), 10**6) / 8, random.randint(-(10**9), 10**9) + 0.5,
        round(random.uniform(0, 100), 2), 0.0, 5e-324, 1.7976931348623157e308])
    scale = random.choice([0, 0, 1, 2, 4, 10, 38])
    return f"from_double {x.hex()} {scale} {show(to_scale(Decimal(f'{x:.14e}'), scale))}"


def decimal_rows():
    with localcontext() as context:
        context.prec = 800
        makers = [divide_row, rescale_row, multiply_row, parse_row, format_row, to_double_row,
                  from_double_row]
        for make in makers:
            for _ in range(700 if make is divide_row else 450):
                yield make()


def date_rows():
    days = {date(1, 1, 1), date(9999, 12, 31), date(1970, 1, 1), date(2000, 2, 29)}
    for year in range(1998, 2034):  # where ISO years differ from calendar years
        days |= {date(year, 1, 1) + timedelta(d) for d in (-4, -3, -2, -1, 0, 1, 2, 3)}
    while len(days) < 600:
        days.add(date.fromordinal(random.randint(1, date.max.toordinal())))
    for d in sorted(days):
        iso = d.isocalendar()
        yield f"{d.isoformat()} {d.toordinal() - 719163} {iso.weekday} {iso.year} {iso.week}"


EPOCH = datetime(1970, 1, 1)
ZONES = {  # zone: local hours around which its known changes lie
    "Europe/Moscow": ["2010-03-28T02", "2010-10-31T02", "2011-03-27T02", "2014-10-26T01"],
    "America/New_York": ["2007-03-11T02", "2007-11-04T01", "2024-03-10T02", "2024-11-03T01",
                         "2061-03-13T02", "2061-11-06T01", "2450-03-13T02", "3456-11-05T01"],
    "Asia/Kathmandu": ["1985-12-31T23", "1986-01-01T00"],
    "Europe/London": ["1968-02-18T02", "1971-10-31T02", "2030-03-31T01", "2030-10-27T01"],
    "Australia/Lord_Howe": ["2023-10-01T02", "2024-04-07T01", "2100-10-03T02"],
    "Pacific/Apia": ["2011-12-29T12", "2011-12-30T12", "2011-12-31T00"],  # a day left out
    "America/Sao_Paulo": ["2018-11-04T00", "2019-02-16T23"],
    "Asia/Yekaterinburg": ["2011-03-27T02", "2014-10-26T01"],
    "Europe/Dublin": ["2022-03-27T01", "2022-10-30T01"],  # winter time is the "saving"
    "America/Caracas": ["2007-12-09T02", "2016-05-01T02"],
    "UTC": ["2024-01-01T00"],
}


def seconds(naive):
    return (naive - EPOCH) // timedelta(seconds=1)


def utc_offset(zone, utc_s):
    moment = (EPOCH + timedelta(seconds=utc_s)).replace(tzinfo=timezone.utc)
    return moment.astimezone(zone).utcoffset() // timedelta(seconds=1)


def local_row(name, zone, local):
    utcs = []
    for fold in (0, 1):
        aware = local.replace(tzinfo=zone, fold=fold)
        utcs.append(seconds(local) - aware.utcoffset() // timedelta(seconds=1))
    real = sorted({u for u in utcs if u + utc_offset(zone, u) == seconds(local)})
    kind = {0: "missing", 1: "unique", 2: "doubled"}[len(real)]
    return f"local {name} {seconds(local)} {kind} {real[0] if real else utcs[0]}"


def zone_rows():
    for name, hours in ZONES.items():
        zone = ZoneInfo(name)
        for hour in hours:
            around = datetime.fromisoformat(hour + ":00:00")
            for minutes in range(-120, 181, 15):
                local = around + timedelta(minutes=minutes)
                yield local_row(name, zone, local)
                yield local_row(name, zone, local - timedelta(seconds=1))
        for _ in range(100):
            year = random.choice([(1850, 1900), (1900, 1970), (1970, 2025), (2025, 2038), (2038, 9990)])
            utc_s = random.randint(seconds(datetime(year[0], 1, 2)), seconds(datetime(year[1], 1, 1)))
            yield f"utc {name} {utc_s} {utc_offset(zone, utc_s)}"
            yield local_row(name, zone, EPOCH + timedelta(seconds=utc_s))


def write(name, columns, rows):
    with open(f"tests/unit/data/{name}.txt", "w", encoding="utf-8") as file:
        file.write(f"# {columns}; written by tests/support/generate_base_data.py\n")
        file.writelines(row + "\n" for row in rows)


write("decimals", "operation arguments result, unscaled", decimal_rows())
write("dates", "date days weekday iso_year iso_week", date_rows())
write("time_zones", "utc zone seconds offset | local zone seconds kind utc_seconds", zone_rows())
