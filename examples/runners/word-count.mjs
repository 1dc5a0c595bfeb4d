// cab submit lyrics.json --runner ./examples/runners/word-count.mjs --runner-arg top=5
//
// Counts the words in all texts of a JSON file. `call` holds the paths and every --runner-arg.
import { readFile, writeFile } from 'node:fs/promises';

// Part of every key: raise it when the results change. Without it, the digest of this file is the version.
export const version = '1.0.0';

export async function run(call, { signal, log, progress }) {
  const { features_path, artifact_path, top = 10 } = call;
  const input = JSON.parse(await readFile(features_path, { encoding: 'utf8', signal }));
  const texts = textsOf(input);
  const counts = new Map();
  for (const [index, text] of texts.entries()) {
    for (const word of text.toLowerCase().match(/\p{L}+/gu) ?? [])
      counts.set(word, (counts.get(word) ?? 0) + 1);
    progress((index + 1) / texts.length, `${counts.size} words`);
  }
  log(`${texts.length} texts, ${counts.size} different words`);
  const words = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, top);
  await writeFile(artifact_path, JSON.stringify({ words: Object.fromEntries(words) }));
}

function textsOf(value) {
  if (typeof value === 'string') return [value];
  return value && typeof value === 'object' ? Object.values(value).flatMap(textsOf) : [];
}
