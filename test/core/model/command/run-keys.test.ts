import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../../src/core/hashing/json/canonical-json.ts';
import { sha256 } from '../../../../src/core/hashing/digest.ts';
import { commandConfigurationSchema } from '../../../../src/core/model/command/command-configuration.ts';
import { inputsDocumentSchema } from '../../../../src/core/model/command/inputs-document.ts';

const vectors = z.array(z.object({ form: z.string(), value: z.unknown(), sha256: z.string() }));
const file = join(import.meta.dirname, '../../../fixtures/run-keys.json');
const forms = { inputs: inputsDocumentSchema, configuration: commandConfigurationSchema };

describe('the key of a command', () => {
  it.each(vectors.parse(JSON.parse(readFileSync(file, 'utf8'))))(
    'has this digest for these $form: $sha256',
    ({ form, value, sha256: digest }) => {
      const schema = form === 'inputs' ? forms.inputs : forms.configuration;
      const text = JSON.stringify(schema.parse(value));
      expect(sha256(canonicalJson(Buffer.from(text)))).toBe(digest);
    },
  );
});
