# /// script
# requires-python = ">=3.9"
# dependencies = ["tzdata==2026.6"]
# ///
"""Checks our plans of days against Python's zoneinfo: another language, another copy of the zone data.

    ZONES_DUMP=plans.jsonl npx jest tests/properties/windows
    pip install tzdata==2026.6
    PYTHONTZPATH= python tests/properties/zones.py plans.jsonl

PYTHONTZPATH is empty, so that the data are those of the package and not of the machine; the release is the one that
moment-timezone carries (2026f), and the script refuses any other. Exit code 0 when every plan agrees.
"""

import json
import sys
import zoneinfo
from datetime import datetime, timedelta, timezone

import tzdata

QUARTER = timedelta(minutes=15)
SECOND = timedelta(seconds=1)
FORMAT = "%Y-%m-%dT%H:%M:%SZ"


def instant(text):
    return datetime.strptime(text, FORMAT).replace(tzinfo=timezone.utc)


def steps(zone, at, end):
    """Steps of a quarter of an hour, and of a second where the offset changes. Shape: (start, end of the step, wall clock)."""
    local = at.astimezone(zone)
    while at < end:
        following = (at + QUARTER).astimezone(zone)
        if following.utcoffset() == local.utcoffset():
            yield at, at + QUARTER, local
        else:
            for second in range(QUARTER // SECOND):
                start = at + second * SECOND
                yield start, start + SECOND, start.astimezone(zone)
        at, local = at + QUARTER, following


def walk(zone, day):
    """The hours of a local day by walking through it. Shape: label -> [start, end]."""
    midnight = instant(f"{day}T00:00:00Z")
    hours = {}
    for start, end, local in steps(zone, midnight - timedelta(hours=16), midnight + timedelta(hours=40)):
        if local.date() == midnight.date():
            hours.setdefault(f"{local.hour:02}", [start, end])[1] = end
    return hours


def offset_of(plan, at):
    return [offset["minutes"] for offset in plan["offsets"] if instant(offset["from"]) <= at][-1]


def problems_of(plan):
    zone, day = zoneinfo.ZoneInfo(plan["zone"]), plan["day"]
    label = lambda at: at.astimezone(zone).strftime("%Y-%m-%dT%H")
    hours = walk(zone, day)
    planned = {window["hour"]: window for window in plan["windows"]}
    if sorted(planned) != sorted(hours):
        yield f"hours {sorted(planned)}, expected {sorted(hours)}"
    for hour in sorted(planned.keys() & hours.keys()):
        start, end = instant(planned[hour]["start"]), instant(planned[hour]["end"])
        if [start, end] != hours[hour]:
            yield f"hour {hour} from {start} to {end}, expected {hours[hour]}"
        own = f"{day}T{hour}"
        shown = [label(at) == own for at in (start - SECOND, start, end - SECOND, end)]
        if shown != [False, True, True, False]:
            yield f"hour {hour}: its edges are not those of the label on the wall: {shown}"
        for at in (start, end - SECOND):
            expected = at.astimezone(zone).utcoffset() / timedelta(minutes=1)
            if offset_of(plan, at) != expected:
                yield f"offset {offset_of(plan, at)} at {at}, expected {expected}"


def main(path):
    if zoneinfo.TZPATH:
        sys.exit(f"PYTHONTZPATH: {zoneinfo.TZPATH}, expected empty: zone data of the package, not of the machine")
    with open(path, encoding="utf-8") as lines:
        header, plans = json.loads(next(lines)), [json.loads(line) for line in lines]
    if header["dataVersion"] != tzdata.IANA_VERSION:
        sys.exit(f"tzdata: {tzdata.IANA_VERSION}, expected {header['dataVersion']}, the release of the plans")
    if header["plans"] != len(plans) or not plans:
        sys.exit(f"{path}: {len(plans)} plans, expected {header['plans']}")
    wrong = [f"{plan['zone']} {plan['day']}: {problem}" for plan in plans for problem in problems_of(plan)]
    print(*wrong[:20], sep="\n", end="\n" if wrong else "")
    zones = len({plan["zone"] for plan in plans})
    print(f"{len(plans)} days of {zones} zones, tzdata {tzdata.IANA_VERSION}: {len(wrong)} problems")
    return 1 if wrong else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: zones.py PLANS")
    sys.exit(main(sys.argv[1]))
