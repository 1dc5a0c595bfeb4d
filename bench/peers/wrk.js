import { execa } from 'execa';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Runs wrk with one thread; rejects where any answer has another status than `status` (wrk itself counts
 * what is neither 2xx nor 3xx alone). Rates are a second.
 */
export async function wrk({
  url,
  seconds,
  connections = 16,
  headers = {},
  script,
  args = [],
  env = {},
}) {
  const said = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const scripted = script === undefined ? [] : ['-s', script];
  const { stdout } = await execa(
    'wrk',
    [
      '-t1',
      `-c${connections}`,
      `-d${seconds}s`,
      '--latency',
      '--timeout',
      '10s',
      ...said,
      ...scripted,
      url,
      '--',
      ...args,
    ],
    { env },
  );
  const wrong = /^\s*(Non-2xx.*|Socket errors.*)$/m.exec(stdout);
  if (wrong !== null) throw new Error(`wrk at ${url}: ${wrong[1]}\n${stdout}`);
  const [, requests] = /^\s*(\d+) requests in/m.exec(stdout) ?? [];
  return {
    requests: Number(requests),
    rate: Number(/^Requests\/sec:\s+([\d.]+)$/m.exec(stdout)?.[1]),
    bytesPerSecond: bytes(/^Transfer\/sec:\s+([\d.]+)(\w+)$/m.exec(stdout)),
    p99: milliseconds(/^\s*99%\s+([\d.]+)(\w+)$/m.exec(stdout)),
  };
}

/** A wrk script in `dir` that posts a small features object, another one with each request. */
export async function postScript(dir, bodyOf = distinctBody) {
  const path = join(dir, 'post.lua');
  await writeFile(
    path,
    `local serial = 0
local run = ''
function init(args) run = args[1] or tostring(os.time()) end
function request()
  serial = serial + 1
  return wrk.format('POST', '/echo/jobs', { ['Content-Type'] = 'application/json' }, ${bodyOf('run', 'serial')})
end
`,
  );
  return path;
}

const distinctBody = (run, serial) =>
  `'{"features":{"run":"' .. ${run} .. '","tempo":' .. ${serial} .. '}}'`;

const factors = {
  B: 1,
  KB: 1024,
  MB: 1024 ** 2,
  GB: 1024 ** 3,
  us: 0.001,
  ms: 1,
  s: 1000,
  m: 60_000,
};

function bytes(match) {
  return match === null ? NaN : Number(match[1]) * factors[match[2]];
}

function milliseconds(match) {
  return match === null ? NaN : Number(match[1]) * factors[match[2]];
}
