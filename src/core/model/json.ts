/**
 * Schemas of JSON that is passed on as it came. Not zod's own: those copy the value, and lose a key named
 * `__proto__` on the way, which is a key like any other and part of what a hash is made of.
 */
import * as z from 'zod/mini';
import type { Json, JsonObject } from './job.ts';

export const jsonSchema = z.custom<Json>(isJson, 'expected JSON');

export const jsonObjectSchema = z.custom<JsonObject>(
  (value) => isObject(value) && isJson(value),
  'expected an object',
);
z.globalRegistry.add(jsonObjectSchema, { type: 'object' });

/** A loop and not a call for each level: values nest as deep as callers like. */
function isJson(root: unknown): boolean {
  const rest = [root];
  while (rest.length > 0) {
    const value = rest.pop();
    if (value === null || typeof value === 'string' || typeof value === 'boolean') continue;
    if (typeof value === 'number' && Number.isFinite(value)) continue;
    if (Array.isArray(value)) for (const item of value) rest.push(item);
    else if (isObject(value)) for (const key of Object.keys(value)) rest.push(value[key]);
    else return false;
  }
  return true;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
