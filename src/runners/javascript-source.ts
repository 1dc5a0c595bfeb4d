import { dirname, resolve } from 'node:path';
import type { Language } from './source-code.ts';

/** Relative imports, and files named by `new URL('./…', import.meta.url)`. */
const relativePath =
  /(?:\bfrom|\bimport\s*\(?|\brequire\s*\(|\bnew\s+URL\s*\()\s*(['"`])(?<path>\.{1,2}\/[^'"`\n]+)\1/g;

export const javaScript: Language = {
  version: /^export\s+const\s+version\s*(?::\s*string\s*)?=\s*(['"`])(?<version>[^'"`\n$]+)\1/m,
  imports: (file, source) =>
    [...source.matchAll(relativePath)].map((found) =>
      resolve(dirname(file), found.groups?.['path'] ?? ''),
    ),
};
