import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { machine } from '../machine.js';
import { openRoom } from '../room.js';
import { costsAt, sizeAt } from './costs.js';
import { plot } from './plot.js';

const picture = join(import.meta.dirname, '..', '..', 'docs', 'explanation', 'growth.svg');
const scales = { full: [1, 10, 100, 1000], smoke: [1, 10] };

/** Measures each cost at each scale, prints them, and draws them where the run is not a smoke test. */
export async function growth({ dir, smoke, json }) {
  const room = openRoom(dir);
  const run = { machine: machine(room.path), at: new Date().toISOString(), scales: [] };
  try {
    for (const scale of smoke ? scales.smoke : scales.full) {
      process.stderr.write(
        `${scale} ×: ${sizeAt(scale).entries.toLocaleString('en-US')} entries …\n`,
      );
      const costs = await Promise.race([costsAt(scale, room), room.interruption]);
      run.scales.push({ scale, size: sizeAt(scale), costs });
    }
  } finally {
    room.close();
  }
  process.stdout.write(tableOf(run));
  if (json) await writeFile(json, `${JSON.stringify(run, null, 2)}\n`);
  if (!smoke) await writeFile(picture, plot(run));
}

function tableOf({ scales: measured }) {
  const names = Object.keys(measured[0].costs);
  const wide = Math.max(...names.map((name) => name.length));
  const cells = (list) => list.map((cell) => cell.padStart(12)).join('');
  const head = `${''.padEnd(wide)}${cells(measured.map(({ scale }) => `${scale} ×`))}`;
  const lines = names.map((name) => {
    const row = measured.map(({ costs }) =>
      costs[name] === undefined ? '–' : `${costs[name].toFixed(1)} µs`,
    );
    return `${name.padEnd(wide)}${cells(row)}`;
  });
  return `\n${[head, ...lines].join('\n')}\n`;
}
