import { describe, expect, it } from 'vitest';
import type { JobQuery } from '../../../src/core/engine/broker.ts';
import type { SubmitRequest } from '../../../src/core/model/request/submit-request.ts';
import type { BrokerScene } from '../broker.ts';

export function describeRefusals(scene: BrokerScene): void {
  describe('what is refused', () => {
    it.each<[string, Partial<SubmitRequest>, string]>([
      ['no input at all', {}, 'features_path_missing'],
      ['a file that is absent', { features_path: '/no/such/file.json' }, 'features_path_missing'],
      ['an unsafe config hash', { features_text: '{}', config_hash: '../x' }, 'invalid_request'],
      [
        'a config hash that is a route',
        { features_text: '{}', config_hash: 'index' },
        'invalid_request',
      ],
      [
        'a track without a possible name',
        { features_text: '{}', track_id: 'x'.repeat(300) },
        'unsafe_track',
      ],
      [
        'half a character as a run id',
        { features_text: '{}', run_id: '\ud800' },
        'invalid_request',
      ],
      ['a NUL in a run id', { features_text: '{}', run_id: 'a\0b' }, 'invalid_request'],
      ['a NUL in a track', { features_text: '{}', track_id: 'a\0b' }, 'invalid_request'],
      [
        'a variable whose name no shell takes',
        { features_text: '{}', env: { 'A-B': '1' } },
        'invalid_request',
      ],
      ['text that is not JSON', { features_text: '{"a":\n 1,}' }, 'invalid_json'],
      ['text that is empty', { features_text: '' }, 'input_empty'],
      ['input that the runner refuses', { features_text: '{"refuse":true}' }, 'axes_missing'],
      [
        'a probe argument that the runner refuses',
        { features_text: '{}', probe: { unknown: 1 } },
        'probe_invalid',
      ],
    ])('%s', async (_, request, code) => {
      await expect(scene.broker.submit(request)).rejects.toMatchObject({ name: 'CabError', code });
      expect(await scene.broker.counts()).toEqual({
        pending: 0,
        running: 0,
        done: 0,
        error: 0,
        canceled: 0,
      });
      expect(scene.runner.calls).toBe(0);
    });

    it('a field of the wrong kind, by its name', async () => {
      const request: unknown = JSON.parse('{"features_text":"{}","max_attempts":"three"}');
      await expect(scene.broker.submit(request as SubmitRequest)).rejects.toMatchObject({
        code: 'invalid_request',
        message: expect.stringMatching(/^max_attempts: /) as string,
      });
    });

    it.each(['job', 'wait', 'cancel', 'retry', 'log'] as const)(
      '%s of a job that is not there',
      async (method) => {
        await expect(
          scene.broker[method]('0190b5a0-0000-7000-8000-000000000000'),
        ).rejects.toMatchObject({ code: 'not_found' });
      },
    );

    it.each<[string, JobQuery]>([
      ['limit', { limit: 0 }],
      ['limit', { limit: -1 }],
      ['limit', { limit: 1.5 }],
      ['limit', { limit: NaN }],
      ['limit', { limit: 1001 }],
      ['cursor', { cursor: 'none' }],
    ])('a page of jobs whose %s is none: %o', async (field, query) => {
      const refused = { name: 'CabError', code: 'invalid_request', details: { field } };
      await expect(scene.broker.jobs(query)).rejects.toMatchObject(refused);
      if (query.limit === undefined) return;
      await scene.run('{}', { track_id: 't' });
      await expect(scene.broker.history('t', query.limit)).rejects.toMatchObject(refused);
    });

    it('a track and an entry that are not there', async () => {
      await expect(scene.broker.pointer('nothing')).rejects.toMatchObject({ code: 'not_found' });
      await expect(scene.broker.open({ config_hash: 'a', source_hash: 'b' })).rejects.toMatchObject(
        {
          code: 'not_found',
        },
      );
      await expect(
        scene.broker.manifest({ config_hash: '..', source_hash: '..' }),
      ).rejects.toMatchObject({ code: 'not_found' });
    });
  });
}
