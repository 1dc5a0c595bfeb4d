// Draws the rooms of src and who imports whom, as docs/explanation/architecture.md shows them: `node scripts/draw-rooms.js` writes the
// picture there, and with `--check` fails if the one that is there is another. Rooms that everyone may import, and arrows
// that a longer way makes plain, are left out.
import { readFile, writeFile } from 'node:fs/promises';
import { cruise } from 'dependency-cruiser';

const page = 'docs/explanation/architecture.md';
const everyones = ['core/model', 'core/hashing', 'core/ports', 'support'];

const roomOf = (path) =>
  /^src\/(core\/engine\/broker\.ts|runners\/(?:program|python|module|historical-echo))\b/.exec(
    path,
  )?.[1] ??
  /^src\/(core\/[^/]+|stores\/[^/]+|http\/[^/]+|[^/]+)\//.exec(path)?.[1] ??
  'index';

const { output } = await cruise(['src'], { includeOnly: '^src/', tsPreCompilationDeps: true });
const arrows = new Map();
for (const { source, dependencies } of output.modules)
  for (const { resolved } of dependencies) {
    const [from, to] = [source, resolved].map(roomOf);
    if (from === to || from === 'index' || everyones.includes(from) || everyones.includes(to))
      continue;
    arrows.set(from, (arrows.get(from) ?? new Set()).add(to));
  }

const reaches = (from, to, over = new Set()) =>
  [...(arrows.get(from) ?? [])].some(
    (next) => !over.has(next) && (next === to || reaches(next, to, over.add(next))),
  );
const isPlain = (from, to) =>
  [...arrows.get(from)].some((between) => between !== to && reaches(between, to));

const idOf = (room) => room.replaceAll(/[/.]/g, '_');
const rooms = new Set([...arrows].flatMap(([from, to]) => [from, ...to]));
const drawn = [
  'flowchart TD',
  ...[...rooms].sort().map((room) => `  ${idOf(room)}["${room}"]`),
  ...[...arrows]
    .flatMap(([from, to]) => [...to].map((room) => [from, room]))
    .filter(([from, to]) => !isPlain(from, to))
    .map(([from, to]) => `  ${idOf(from)} --> ${idOf(to)}`)
    .sort(),
].join('\n');

const text = await readFile(page, 'utf8');
const shown = text.replace(/```mermaid\n[^]*?```/, () => `\`\`\`mermaid\n${drawn}\n\`\`\``);
if (process.argv.includes('--check')) {
  if (shown !== text) {
    console.error(`${page} shows other arrows than src has: node scripts/draw-rooms.js`);
    process.exitCode = 1;
  }
} else await writeFile(page, shown);
