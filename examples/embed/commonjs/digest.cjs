// Prints the digests of files. A file that was read before is not read by the runner again.
const { createHash } = require('node:crypto');
const { createReadStream } = require('node:fs');
const { writeFile } = require('node:fs/promises');
const { pipeline } = require('node:stream/promises');
const { defineRunner, isCabError, openBroker } = require('content-addressed-broker');

const digest = defineRunner({
  name: 'digest',
  version: '1',
  async run({ features_path, artifact_path }, { signal }) {
    const hash = createHash('sha512');
    await pipeline(createReadStream(features_path), hash, { signal });
    await writeFile(artifact_path, hash.digest('hex'));
  },
});

async function main(files) {
  const broker = await openBroker({ runner: digest });
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort(new Error('interrupted')));
  try {
    const print = async (file) => {
      const result = await broker.run({ features_path: file }, { signal: stop.signal });
      const note = result.cached ? ' (known)' : '';
      console.log(`${(await result.text()).slice(0, 16)}  ${file}${note}`);
    };
    await Promise.all(files.map(print));
  } catch (error) {
    if (!isCabError(error) && !stop.signal.aborted) throw error;
    console.error(error.message);
    process.exitCode = 1;
  } finally {
    await broker.close();
  }
}

void main(process.argv.slice(2));
