import type { FastifyInstance } from 'fastify';
import type { Settings } from '../options.ts';

/** Does nothing if no origin is allowed: then no answer has a header that lets a page read it. */
export async function allowOrigins(app: FastifyInstance, { corsOrigins }: Settings): Promise<void> {
  if (corsOrigins.length === 0) return;
  const { default: cors } = await import('@fastify/cors');
  await app.register(cors, {
    origin: [...corsOrigins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'],
    allowedHeaders: [
      'Authorization',
      'Content-Type',
      'If-Match',
      'If-None-Match',
      'If-Range',
      'If-Unmodified-Since',
      'Last-Event-ID',
      'Prefer',
      'Range',
      'X-Request-Id',
    ],
    exposedHeaders: [
      'Cab-Last-Event',
      'Cab-Log-From',
      'Cab-Log-Next',
      'Cab-Log-Size',
      'Content-Range',
      'ETag',
      'Location',
      'Preference-Applied',
      'Repr-Digest',
      'Retry-After',
      'X-Request-Id',
    ],
    maxAge: 600,
  });
}
