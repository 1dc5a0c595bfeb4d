// Writes dist/index.d.ts, and the same for `require`, dist/index.d.cts: the types of the library in one file, with those of zod that they are made of, so that the
// installed package refers to no package but Node's types.
import { copyFile } from 'node:fs/promises';
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';

const bundle = await rollup({
  input: 'src/index.ts',
  external: /^node:/,
  plugins: [dts({ tsconfig: 'tsconfig.build.json', respectExternal: true })],
  onwarn: ({ message }) => {
    throw new Error(message);
  },
});
await bundle.write({ file: 'dist/index.d.ts', format: 'es' });
await bundle.close();
await copyFile('dist/index.d.ts', 'dist/index.d.cts');
