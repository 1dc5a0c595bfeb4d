// A runner whose input says what it does: {"log": […], "files": {NAME: TEXT}, "artifact": NAME, "progress": 0.4, "fail": TEXT, "stays": true}.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

export const version = '2.1.0';
export const inputFormat = 'json';

export async function run({ features_path, out_root }, { signal, log, progress }) {
  const input = JSON.parse(await readFile(features_path, 'utf8'));
  const { files = { 'spectrum.json': '{}' }, artifact = Object.keys(files)[0] } = input;
  for (const line of input.log ?? []) log(line);
  if (input.progress !== undefined) progress(input.progress, input.message);
  if (input.fail !== undefined) throw new Error(input.fail);
  while (input.stays) {
    await pause(500, undefined, { signal });
    if (input.progress !== undefined) progress(input.progress, input.message);
  }
  for (const [name, content] of Object.entries(files)) {
    const path = join(out_root, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(
      path,
      typeof content === 'string' ? content : Buffer.from(content.base64, 'base64'),
    );
  }
  return { artifact: join(out_root, artifact) };
}
