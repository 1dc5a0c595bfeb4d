import { HttpUpstream } from '../../../../src/http/client/upstream/http-upstream.ts';
import { describeUpstream } from '../../../contract/upstream.ts';
import { served } from '../../../helpers/served.ts';

describeUpstream('HttpUpstream', async () => {
  const { url, broker } = await served({ tokens: [{ token: 'secret', role: 'write' }] });
  return { upstream: new HttpUpstream({ url, token: 'secret', waitMs: 10_000 }), far: broker };
});

describeUpstream('HttpUpstream without a token', async () => {
  const { url, broker } = await served();
  return { upstream: new HttpUpstream({ url, token: null, waitMs: 10_000 }), far: broker };
});
