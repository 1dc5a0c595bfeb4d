/** From a gathered command to a job: its request, and the broker that takes it. */
import { LocalBroker } from '../../core/engine/local-broker.ts';
import type { Broker } from '../../core/engine/broker.ts';
import { sha256 } from '../../core/hashing/digest.ts';
import type { CommandConfiguration } from '../../core/model/command/command-configuration.ts';
import { CabError } from '../../core/model/errors.ts';
import type { JsonObject } from '../../core/model/job/job.ts';
import { objectOfSubmitter, objectSpec } from '../../core/model/runner/runner-object.ts';
import type { Manifest } from '../../core/model/entry/manifest.ts';
import type { SubmitRequest } from '../../core/model/request/submit-request.ts';
import type { Stores } from '../../core/ports/stores.ts';
import { commandRunner } from '../../runners/command/command-runner.ts';
import type { OnOutput } from '../../runners/command/command-log.ts';
import { defaults } from '../defaults.ts';
import type { UpstreamOptions } from '../upstream/upstream-options.ts';
import type { QueueChoice, StoreChoice } from '../stores/store-choice.ts';
import { exchangeOnRoot } from '../upstream/exchange-on-root.ts';
import {
  canonicalText,
  inputsText,
  type CommandSelection,
  type GatheredCommand,
} from './gathered-command.ts';

export interface CachedCommandOptions extends CommandSelection {
  /** Of the store. Absolute. */
  readonly root: string;
  readonly stdin: Uint8Array | undefined;
  readonly track: string | undefined;
  readonly force: boolean;
  readonly timeoutMs: number | null;
  readonly graceMs: number;
  readonly leaseMs: number;
  readonly manifestName: string;
  /** Where results are, if not in the root. */
  readonly store?: StoreChoice | undefined;
  readonly queue?: QueueChoice | undefined;
  readonly version: string;
  /** The brokers behind this one; undefined: there is none. */
  readonly upstream?: UpstreamOptions | undefined;
  readonly onOutput: OnOutput;
  /** The command sees its inputs and the system alone; `network`: and the network. */
  readonly sandbox: { readonly network: boolean } | undefined;
}

export interface CommandParts extends GatheredCommand {
  readonly options: CachedCommandOptions;
  readonly stores: Stores;
  /** The program that makes sandboxes; empty if none is wanted. */
  readonly sandbox: string;
}

export const namesOf = ({ manifestName }: CachedCommandOptions) => ({
  artifactName: null,
  manifestName,
});

export function brokerOf(
  parts: CommandParts,
  earlier: () => Promise<Manifest | undefined>,
): Broker {
  const { options, project, stores, environment } = parts;
  const { stdin, graceMs, onOutput, sandbox, env } = options;
  const runner = commandRunner({
    ...{ ...parts, earlier, stdin, onOutput },
    ...{ env: environment.passed, killGraceMs: graceMs },
    sandbox: sandbox && { ...sandbox, program: parts.sandbox, home: env['HOME'] },
  });
  return new LocalBroker({
    stores,
    exchange: exchangeOnRoot(options, stores),
    runner: objectSpec(objectOfSubmitter),
    objects: { [objectOfSubmitter]: runner },
    resolveRunner: (spec) => {
      throw new CabError('runner_not_found', `${spec} is no command`);
    },
    ...namesOf(options),
    ...{ work: 'own', concurrency: 1, leaseMs: options.leaseMs, graceMs, killGraceMs: graceMs },
    ...{ timeoutMs: options.timeoutMs, maxAttempts: 1, retries: { outside: 0 } },
    ...{ queueLimit: defaults.queueLimit, cwd: project.cwd, version: options.version },
  });
}

export function requestOf({ options, configuration, inputs }: CommandParts): SubmitRequest {
  const { stdin, track, force } = options;
  return {
    features_text: inputsText(inputs, stdin),
    probe: probeOf(configuration),
    track_id: track ?? trackOf(configuration),
    force,
  };
}

/** The configuration as the argument that a job stores. */
export const probeOf = (configuration: CommandConfiguration): JsonObject =>
  JSON.parse(JSON.stringify(configuration)) as JsonObject;

/** The words that people know it by, and what tells it from other commands that begin alike. */
function trackOf({ argv, line, cwd, outputs }: CommandConfiguration): string {
  const words = (argv?.join(' ') ?? line ?? '').replace(/\s+/g, ' ').trim();
  const shown = words.length > 60 ? `${words.slice(0, 59)}…` : words;
  const digest = sha256(canonicalText({ argv, line, cwd, outputs }));
  return `run ${shown.toWellFormed()} (${digest.slice(0, 8)})`;
}
