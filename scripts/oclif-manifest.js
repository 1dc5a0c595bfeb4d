// What the commands are, so that help and completion need not load them. Reads the built commands.
import { rm, writeFile } from 'node:fs/promises';
import { Config } from '@oclif/core';

export async function writeManifest(path) {
  await rm(path, { force: true });
  const config = await Config.load(process.cwd());
  const plugin = config.plugins.get(config.pjson.name);
  if (plugin === undefined) throw new Error(`oclif does not know ${config.pjson.name}`);
  await writeFile(path, `${JSON.stringify(plugin.manifest, null, 2)}\n`);
}
