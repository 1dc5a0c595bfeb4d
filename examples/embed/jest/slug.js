// The runner under test: makes a slug of a title.
const { readFile, writeFile } = require('node:fs/promises');
const { defineRunner } = require('content-addressed-broker');

exports.slug = defineRunner({
  name: 'slug',
  version: '1',
  async run({ features_path, artifact_path }) {
    const title = (await readFile(features_path, 'utf8')).trim();
    if (title === '') throw new Error('the title is empty');
    await writeFile(artifact_path, title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'));
  },
});
