const { openBroker } = require('content-addressed-broker');
const { slug } = require('./slug.js');

let broker;
beforeEach(async () => {
  broker = await openBroker({ store: 'memory', runner: slug });
});
afterEach(() => broker.close());

test('makes a slug, once', async () => {
  const result = await broker.run({ input: 'Hello, World' });
  expect(await result.text()).toBe('hello-world');
  expect(result.cached).toBe(false);
  expect(await broker.run({ input: 'Hello, World' })).toMatchObject({ cached: true });
});

test('fails for a title without letters', async () => {
  await expect(broker.run({ input: ' ' })).rejects.toMatchObject({
    code: 'runner_failed',
    message: expect.stringContaining('the title is empty'),
  });
});
