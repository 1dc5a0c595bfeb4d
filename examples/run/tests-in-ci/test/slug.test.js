const assert = require('node:assert');
const { slug } = require('../slug.js');

const cases = { 'Déjà vu!': 'deja-vu', '  One  two ': 'one-two', '': '' };
for (const [title, expected] of Object.entries(cases)) {
  assert.equal(slug(title), expected);
  console.log(`ok ${JSON.stringify(title)}`);
}
