import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';

export function machine(dir) {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory_gb: Math.round(totalmem() / 1e9),
    system: systemName(),
    file_system: fileSystemOf(dir),
    node: process.versions.node,
    /** What else it was doing: processes that wanted a core, over the last minute. */
    load: Number(loadavg()[0].toFixed(1)),
  };
}

function systemName() {
  try {
    const [, name] = /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8')) ?? [];
    if (name !== undefined) return name;
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  return `${type()} ${release()}`;
}

function fileSystemOf(dir) {
  try {
    return execFileSync('stat', ['-f', '-c', '%T', dir], {
      encoding: 'utf8',
      stdio: 'pipe',
    }).trim();
  } catch (error) {
    if (error.code !== 'ENOENT' && error.status === undefined) throw error;
    return 'unknown';
  }
}
