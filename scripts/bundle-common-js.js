// The library for `require`. Node requires the ES module as well; Jest, bundlers and older loaders do not.
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { commonJs, commonJsName, minify, splitModules } from './bundle-command-line.js';

/** Split as the ES module is, so that a program loads what it uses. Gives esbuild's metafile. */
export async function bundleCommonJs({ entries, outdir, external }) {
  const { outputFiles, metafile } = await splitModules({
    entries,
    outdir,
    external,
    chunkNames: 'lib-[hash]',
  });
  await Promise.all(
    outputFiles.map(async ({ path, text }) => {
      const code = await minify(await commonJs(text, external));
      await writeFile(join(outdir, commonJsName(basename(path))), code);
    }),
  );
  return { metafile };
}
