/** The JSON Schema of `cab.config.json`, made of the table of settings: editors complete and check the file by it. */
import * as z from 'zod/mini';
import { allSettings } from './flags.ts';
import { kindSchema, recipesKey } from './recipes.ts';
import { defaultText, type Setting } from './setting.ts';

/** Within the package. */
export const configSchemaFile = 'cab.config.schema.json';

type JsonSchema = Readonly<Record<string, unknown>>;

export function configSchema(): JsonSchema {
  const scopes = [...new Set(allSettings.flatMap(({ scope }) => scope ?? []))];
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'cab.config.json',
    description: 'Settings of cab, and recipes for cab run. Flags and CAB_ variables win over it.',
    type: 'object',
    additionalProperties: false,
    properties: {
      $schema: { type: 'string' },
      ...propertiesOf(null),
      ...Object.fromEntries(
        scopes.map((scope) => [
          scope,
          { type: 'object', additionalProperties: false, properties: propertiesOf(scope) },
        ]),
      ),
      [recipesKey]: {
        type: 'object',
        description:
          'Kinds of job: commands for `cab run NAME`, with their inputs and outputs, and runners for `cab submit --job NAME`.',
        additionalProperties: bare(kindSchema),
      },
    },
  };
}

const propertiesOf = (scope: string | null): JsonSchema =>
  Object.fromEntries(
    allSettings
      .filter((setting) => setting.scope === scope)
      .map((setting) => [setting.name, propertyOf(setting)]),
  );

function propertyOf(setting: Setting): JsonSchema {
  const usual = defaultText(setting);
  const description = `${setting.summary}${usual === undefined ? '' : ` (default: ${usual})`}`;
  return { description, ...bare(setting.schema()) };
}

/** As the file may say it: before durations and sizes become numbers. */
function bare(schema: z.ZodMiniType): JsonSchema {
  const made = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return Object.fromEntries(Object.entries(made).filter(([name]) => name !== '$schema'));
}
