"""Summarises the numbers in a features file.

cab submit features.json --runner examples.runners.spectrum_summary:run   (from the project's directory)

The callable gets the contract's arguments that it names, and every --runner-arg beside them.
"""

import json
import statistics

__version__ = "1.0.0"


def run(*, features_path, out_root, config_hash, track_id, decimals=3):
    features = json.loads(features_path.read_text(encoding="utf-8"))
    summary = {
        name: {
            "count": len(values),
            "mean": round(statistics.fmean(values), decimals),
            "spread": round(statistics.pstdev(values), decimals),
        }
        for name, values in sorted(series(features))
    }
    print(f"{track_id}: {len(summary)} series")
    artifact = out_root / "summary.json"
    artifact.write_text(json.dumps({"summary": summary}), encoding="utf-8")
    return {"artifact": artifact, "manifest": None}


def series(features):
    for name, value in features.items():
        values = value if isinstance(value, list) else [value]
        numbers = [v for v in values if isinstance(v, (int, float)) and not isinstance(v, bool)]
        if numbers:
            yield name, numbers
