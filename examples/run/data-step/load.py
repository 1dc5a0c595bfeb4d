"""Makes an SQLite database of a CSV file: load.py IN.csv OUT.db"""

import csv
import os
import sqlite3
import sys

source, target = sys.argv[1:]
os.makedirs(os.path.dirname(target), exist_ok=True)
# The database is an output. It is created again in each run, and closed before the command ends: a journal beside it would be left.
if os.path.exists(target):
    os.remove(target)
database = sqlite3.connect(target)
with database, open(source, newline="") as file:
    database.execute("CREATE TABLE sales (city TEXT, year INTEGER, sold INTEGER)")
    rows = [(row["city"], row["year"], row["sold"]) for row in csv.DictReader(file)]
    database.executemany("INSERT INTO sales VALUES (?, ?, ?)", rows)
database.close()
print(f"{len(rows)} rows")
