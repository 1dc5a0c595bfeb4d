// Writes dist/licenses.txt: the licences of the packages that are bundled, which ask that their text goes along.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** `metafiles` are those of esbuild's builds; their inputs say which packages are in it. */
export async function writeLicenses(path, metafiles) {
  const folders = new Set(
    metafiles
      .flatMap(({ inputs }) => Object.keys(inputs))
      .flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []),
  );
  const texts = await Promise.all([...folders].sort().map(licenseOf));
  await writeFile(path, texts.join(`\n${'-'.repeat(80)}\n\n`));
}

async function licenseOf(folder) {
  const { name, version, license } = JSON.parse(
    await readFile(join(folder, 'package.json'), 'utf8'),
  );
  const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file === undefined ? '' : `\n${await readFile(join(folder, file), 'utf8')}`;
  return `${name} ${version} (${license})\n${text}`;
}
