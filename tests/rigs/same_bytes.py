"""A day that the stack wrote against the same day from the local command: `same_bytes.py <stack> <folder> <YYYY-MM-DD>`.

Byte for byte, every object of the day and of the root: reports, facts, manifests, certificate, layout. Nothing is left out and nothing
is made alike before: what a run is called and when it ran is in none of them. Ends with an AssertionError that names what differs.
"""

import pathlib
import sys

from read_back import parameters_of, stack_of
from two_nights import Reports


def main() -> None:
    stack, folder, day = sys.argv[1:]
    year, month, date = day.split("-")
    _, outputs = stack_of(stack)
    reports, root = Reports(outputs["Bucket"]), parameters_of(stack)["ReportPrefix"]
    of_day = f"year={year}/month={month}/day={date}/"

    def belongs(name: str) -> bool:
        return name.startswith(of_day) or "/" not in name

    names = [key.removeprefix(root) for key in reports.keys() if key.startswith(root)]
    deployed = {name: reports.s3.get_object(Bucket=reports.bucket, Key=root + name)["Body"].read() for name in names if belongs(name)}
    files = [path for path in pathlib.Path(folder).rglob("*") if path.is_file()]
    local = {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
    assert sorted(deployed) == sorted(local), sorted(set(deployed) ^ set(local))
    assert len([name for name in local if name.endswith("_manifest.json")]) == 24, sorted(local)
    differing = [name for name in sorted(local) if local[name] != deployed[name]]
    assert not differing, differing
    print(f"bytes     {len(local)} objects of {day}, {sum(map(len, local.values()))} bytes: the same as the local command's")


if __name__ == "__main__":
    main()
