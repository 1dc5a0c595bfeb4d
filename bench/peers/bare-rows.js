import Sqlite from 'better-sqlite3';

/**
 * A row for each job and one for each thing that happens to it. What is asked for in one turn of the event loop is one
 * commit, flushed before any of those who asked goes on.
 */
export function openRows(file) {
  const database = new Sqlite(file);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.exec(`
    CREATE TABLE IF NOT EXISTS jobs (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, state TEXT NOT NULL, spec TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY, job INTEGER NOT NULL, type TEXT NOT NULL);
  `);
  const [insert, update, tell, begin, commit] = [
    'INSERT INTO jobs (id, state, spec) VALUES (?, ?, ?) RETURNING seq',
    'UPDATE jobs SET state = ? WHERE id = ? RETURNING seq',
    'INSERT INTO events (job, type) VALUES (?, ?)',
    'BEGIN IMMEDIATE',
    'COMMIT',
  ].map((sql) => database.prepare(sql));
  let waiting = [];
  const commitAll = () => {
    const group = waiting;
    waiting = [];
    begin.run();
    for (const { work } of group) work();
    commit.run();
    for (const { done } of group) done();
  };
  const write = (work) =>
    new Promise((done) => {
      if (waiting.length === 0) setImmediate(commitAll);
      waiting.push({ work, done });
    });
  return {
    add: (id, state, spec) => write(() => tell.run(insert.get(id, state, spec).seq, state)),
    move: (id, state) => write(() => tell.run(update.get(state, id).seq, state)),
    close: () => database.close(),
  };
}

/** Characters: about what a job of cab holds. */
export const specLength = 600;
