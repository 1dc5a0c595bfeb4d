/**
 * Refuses folders of src that hold more files than a reader takes in at a glance. `src/commands` has one file a command, and
 * may have more.
 *
 *   node scripts/folder-sizes.js
 */
import { readdirSync } from 'node:fs';

const mostFiles = 15;
const unbounded = 'src/commands';

const sizes = new Map();
for (const entry of readdirSync('src', { recursive: true, withFileTypes: true })) {
  if (entry.isFile()) sizes.set(entry.parentPath, (sizes.get(entry.parentPath) ?? 0) + 1);
}
for (const [folder, size] of sizes) {
  if (size <= mostFiles || folder === unbounded) continue;
  console.error(
    `${folder} has ${size} files, more than ${mostFiles}: part it by what changes together`,
  );
  process.exitCode = 1;
}
