import { execa } from 'execa';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Skipped } from '../measure.js';

const home = join(import.meta.dirname, '..');
const fromHome = createRequire(join(home, 'package.json'));

/**
 * A peer from npm: its default export or, where it has none, its names. Installed at first use, by the lock.
 * @throws Skipped where the registry cannot be reached
 */
export async function peerPackage(name) {
  if (!isInstalled()) await install();
  const module = await import(pathToFileURL(fromHome.resolve(name)).href);
  return module.default ?? module;
}

async function install() {
  const args = ['ci', '--prefix', home, '--ignore-scripts', '--no-audit', '--no-fund'];
  const { failed, shortMessage } = await execa('npm', args, { reject: false });
  if (failed) throw new Skipped(`the peers from npm cannot be installed: ${shortMessage}`);
}

/** All of them, each in the version that is wanted. */
function isInstalled() {
  const { dependencies } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
  return Object.entries(dependencies).every(([name, version]) => {
    const manifest = join(home, 'node_modules', name, 'package.json');
    return existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).version === version;
  });
}
