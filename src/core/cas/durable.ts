import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Forces a file's bytes, or a directory's names, to the disk. */
export async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a directory and those above it, each name durable in its parent on return. */
export async function makeDirectory(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return;
  // Every directory from the first new one down is a new name in its parent.
  for (let made = path; ; made = dirname(made)) {
    await sync(dirname(made));
    if (made === first) return;
  }
}
