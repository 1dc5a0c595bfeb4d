// Streams results to web clients: GET /primes?below=1000. A client that leaves cancels its job, or ends the transfer.
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { catalogue, defineRunner, isCabError, openBroker } from 'content-addressed-broker';

const primes = defineRunner({
  name: 'primes',
  version: '1',
  async run({ features_path, artifact_path }, { signal }) {
    const { below } = JSON.parse(await readFile(features_path, 'utf8'));
    await pipeline(Readable.from(primesBelow(below)), createWriteStream(artifact_path), { signal });
  },
});

/** Texts of a thousand primes each, one a line. Other requests are answered between them. */
async function* primesBelow(below) {
  const isComposite = new Uint8Array(below);
  let found = [];
  for (let n = 2; n < below; n += 1) {
    if (isComposite[n]) continue;
    found.push(n);
    for (let at = n * n; at < below; at += n) isComposite[at] = 1;
    if (found.length < 1000) continue;
    yield `${found.join('\n')}\n`;
    found = [];
    await turn();
  }
  yield found.map((n) => `${n}\n`).join('');
}

const broker = await openBroker({ runner: primes });

const server = createServer(async (request, response) => {
  const left = new AbortController();
  response.once('close', () => left.abort());
  try {
    const below = Number(new URL(request.url, 'http://localhost').searchParams.get('below') ?? 100);
    const result = await broker.run({ input: { below } }, { signal: left.signal });
    response.setHeader('content-type', 'text/plain');
    response.setHeader('x-cached', String(result.cached));
    // Closes the file whatever becomes of the client.
    await pipeline(await result.stream(), response);
  } catch (error) {
    if (left.signal.aborted) return;
    const isKnown = isCabError(error);
    response.statusCode = isKnown ? catalogue[error.code].status : 500;
    response.end(isKnown ? `${error.message}\n` : 'something went wrong\n');
    if (!isKnown) console.error(error);
  }
});

server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () =>
  console.log(`listening at http://127.0.0.1:${server.address().port}`),
);

process.once('SIGTERM', () => {
  server.close(() => broker.close());
  server.closeIdleConnections();
});
