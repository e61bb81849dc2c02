"""The medians of all rounds, as one Markdown table."""

import statistics

COLUMNS = [
    ("bulk enqueue, jobs/s", lambda row: _whole(row["enqueue_per_second"])),
    ("drain, jobs/s", lambda row: _whole(row["drain_per_second"])),
    ("idle pick-up p50 / p99, ms", lambda row: f"{row['pickup_p50_ms']:.2f} / {row['pickup_p99_ms']:.2f}"),
    ("Redis memory per queued job, bytes", lambda row: _whole(row["bytes_per_job"])),
    ("Redis commands per job", lambda row: f"{row['commands_per_job']:.1f}"),
    ("Redis CPU per job, µs", lambda row: f"{row['redis_us_per_job']:.1f}"),
    ("idle worker's RSS, MB", lambda row: f"{row['worker_rss_bytes'] / 1e6:.1f}"),
]


def medians(rounds):
    """The median of each figure over the rounds that came to an end; nothing when none did."""
    ended = [figures for figures in rounds if "error" not in figures]
    return {name: statistics.median(figures[name] for figures in ended) for name in ended[0]} if ended else None


def render(results):
    """The table, with what went wrong in the row that it concerns, and the settings below."""
    ours = next((row["medians"] for row in results if row["name"] == "Windlass"), None)
    titles = ["system", *(title for title, _ in COLUMNS), "Windlass drains"]
    lines = [_line(titles), _line(["---"] + ["---:"] * (len(titles) - 1))]
    lines += [_line(_cells(row, ours)) for row in results]
    lines.append("")
    lines += [f"- {row['name']} ({row['version']}): {row['settings']}" for row in results if row["version"]]
    for row in results:
        failed = [figures["error"] for figures in row["rounds"] if "error" in figures]
        if failed and row["medians"]:
            lines.append(f"- {row['name']}: {len(failed)} of {len(row['rounds'])} rounds failed: {failed[0]}")
    return "\n".join(lines)


def _cells(row, ours):
    figures = row["medians"]
    if figures is None:
        errors = [entry["error"] for entry in row["rounds"]]
        reason = row["left_out"] or f"failed: {errors[0] if errors else 'no round was run'}"
        return [row["name"], reason.replace("|", "/"), *[""] * len(COLUMNS)]
    times = f"{ours['drain_per_second'] / figures['drain_per_second']:.1f}×" if ours else ""
    return [row["name"], *(text(figures) for _, text in COLUMNS), times]


def _line(cells):
    return f"| {' | '.join(cells)} |"


def _whole(number):
    return f"{number:,.0f}"
