"""The raw figures: a CSV file that only grows, so that a run which was ended is gone on with."""
import csv

COLUMNS = ["workload", "server", "round", "metric", "value"]
ABOUT = "about"
FAILED = "failed"


class Figures:
    """The rows of one file."""

    def __init__(self, path):
        self.path = path
        self.rows = []
        if path.exists():
            with open(path, newline="", encoding="utf-8") as lines:
                self.rows = [row for row in csv.DictReader(lines) if row["value"] is not None]

    def _append(self, rows):
        is_new = not self.path.exists()
        with open(self.path, "a", newline="", encoding="utf-8") as out:
            writer = csv.DictWriter(out, COLUMNS)
            if is_new:
                writer.writeheader()
            writer.writerows(rows)
        self.rows += rows

    def note(self, workload, server, number, figures):
        """Notes the figures of one measurement."""
        self._append([dict(zip(COLUMNS, (workload, server, str(number), metric, _text(value))))
                      for metric, value in figures.items()])

    def has(self, workload, server, number):
        """Whether this was measured, and did not fail."""
        return any(row["metric"] != FAILED for row in self.rows
                   if (row["workload"], row["server"], row["round"]) == (workload, server, str(number)))

    def about(self):
        """What was noted of machine, versions and options: the first words of each."""
        words = {}
        for row in self.rows:
            if row["workload"] == ABOUT:
                words.setdefault(row["metric"], row["value"])
        return words

    def servers(self):
        return list(dict.fromkeys(row["server"] for row in self.rows if row["workload"] != ABOUT))

    def workloads(self):
        return list(dict.fromkeys(row["workload"] for row in self.rows if row["workload"] != ABOUT))

    def values(self, workload, server, metric):
        return [float(row["value"]) for row in self.rows
                if (row["workload"], row["server"], row["metric"]) == (workload, server, metric)]

    def failure(self, workload, server):
        """Why nothing was measured; empty if something was."""
        rows = [row for row in self.rows if (row["workload"], row["server"]) == (workload, server)]
        return rows[-1]["value"] if rows and all(row["metric"] == FAILED for row in rows) else ""


def _text(value):
    if not isinstance(value, float):
        return str(value)
    return f"{value:.1f}" if abs(value) >= 1000 else f"{value:.4g}"
