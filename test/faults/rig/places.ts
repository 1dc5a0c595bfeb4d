/** Every place at which a process may be killed, or the disk may fail it. */
import type { FailpointName } from '../../../src/support/failpoints.ts';
import { isLong } from './sizes.ts';

/** What must be going on for a place to be passed. */
export type Scene = 'named input' | 'sent input' | 'corrupt entry' | 'daemon';

export interface Place {
  readonly place: FailpointName;
  readonly scene: Scene;
  /** What is done there, and to what: of one kind, one place stands for the others. */
  readonly kind: string;
  /** `@3`: the third time alone. Empty where it is passed once. */
  readonly pass: string;
  readonly at: string;
}

type Elsewhere =
  `gc.${string}` | `road.${string}` | `arrival.${string}` | `push.${string}` | `s3.${string}`;

const table: Record<Exclude<FailpointName, Elsewhere>, readonly [Scene, kind: string]> = {
  'queue.opening': ['named input', 'commit queue'],
  'queue.committing': ['named input', 'commit queue'],
  'queue.committed': ['named input', 'commit queue'],
  'directory.making': ['named input', 'make directory'],
  'directory.made': ['named input', 'make directory'],
  'temporary.making': ['named input', 'write temporary'],
  'temporary.written': ['named input', 'write temporary'],
  'input.keeping': ['sent input', 'write input'],
  'input.kept': ['sent input', 'write input'],
  'log.writing': ['named input', 'write log'],
  'daemon.claiming': ['daemon', 'claim root'],
  'daemon.claimed': ['daemon', 'claim root'],
  'entry.staging': ['named input', 'make entry'],
  'entry.manifest-writing': ['named input', 'write entry'],
  'entry.quarantining': ['corrupt entry', 'set entry aside'],
  'job.accepted': ['named input', 'run job'],
  'job.claimed': ['named input', 'run job'],
  'job.ran': ['named input', 'run job'],
  'entry.staged': ['named input', 'write entry'],
  'entry.files-synced': ['named input', 'sync entry'],
  'entry.synced': ['named input', 'sync entry'],
  'entry.place-made': ['named input', 'make entry'],
  'entry.renamed': ['named input', 'rename entry'],
  'entry.place-synced': ['named input', 'rename entry'],
  'entry.quarantined': ['corrupt entry', 'set entry aside'],
  'pointer.temp': ['named input', 'write pointer'],
  'pointer.synced': ['named input', 'write pointer'],
  'pointer.renamed': ['named input', 'rename pointer'],
  'job.settling': ['named input', 'settle job'],
  'job.settled': ['named input', 'settle job'],
};

/** Passed several times by one job: each time is another step. */
const passes: Partial<Record<FailpointName, number>> = {
  'queue.committing': 4,
  'queue.committed': 4,
  'directory.making': 7,
  'directory.made': 7,
};

export const places: readonly Place[] = (Object.keys(table) as (keyof typeof table)[]).flatMap(
  (place) => {
    const [scene, kind] = table[place];
    const count = passes[place];
    if (count === undefined) return [{ place, scene, kind, pass: '', at: place }];
    return Array.from({ length: count }, (_, n) => {
      const pass = `@${n + 1}`;
      return { place, scene, kind, pass, at: place + pass };
    });
  },
);

/** In the short form one of each kind, another one with another seed. */
export function struck(
  among: readonly Place[],
  seed: number,
  kindOf: (place: Place) => string = ({ kind }) => kind,
): readonly Place[] {
  if (isLong) return among;
  return [...new Set(among.map(kindOf))].flatMap((kind) => {
    const alike = among.filter((place) => kindOf(place) === kind);
    return alike[seed % alike.length] ?? [];
  });
}
