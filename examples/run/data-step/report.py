"""Sums what each city sold: report.py IN.db OUT.json"""

import json
import sqlite3
import sys

source, target = sys.argv[1:]
database = sqlite3.connect(f"file:{source}?mode=ro", uri=True)
rows = database.execute("SELECT city, sum(sold) FROM sales GROUP BY city ORDER BY city").fetchall()
database.close()
with open(target, "w") as file:
    json.dump(dict(rows), file, indent=2)
    file.write("\n")
