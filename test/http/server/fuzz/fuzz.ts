/** Sends sequences to the daemon and to a plain server, and says where they differ. */
import { sha256 } from '../../../../src/core/hashing/digest.ts';
import type { Answer } from './answers.ts';
import { protocolDifference, statusDifference } from './differences.ts';
import {
  exchangePlainly,
  exchangeWithDaemon,
  type Exchange,
  type PlainExchange,
} from './exchange.ts';
import type { ReadRequest } from './plain-server.ts';
import { comparison } from './same-answer.ts';
import { sequenceOf, type Sequence, type Target } from './sequence.ts';
import type { World } from './world.ts';

export class Fuzz {
  /** How often each difference was met, by its name. */
  readonly named = new Map<string, number>();
  /** How often the daemon answered with each status. */
  readonly statuses = new Map<number, number>();
  readonly #patient: readonly World[];
  readonly #hasty: World;
  readonly #compare = new Map<World, ReturnType<typeof comparison>>();

  /** @param hasty its limits of time are short: what waits for a timeout is sent there */
  constructor(patient: readonly World[], hasty: World) {
    this.#patient = patient;
    this.#hasty = hasty;
    for (const world of [...patient, hasty]) this.#compare.set(world, comparison(world.daemon.url));
  }

  /** Throws if the sequence of this seed shows a difference that has no name. */
  async try(seed: number): Promise<void> {
    const patient = this.#patient[seed % this.#patient.length] ?? this.#hasty;
    const first = sequenceOf(seed, patient.targets);
    const world = first.waitsForTimeout ? this.#hasty : patient;
    const sequence = sequenceOf(seed, world.targets);
    try {
      const plain = await exchangePlainly(world.plain, sequence);
      const own = await exchangeWithDaemon(world.daemon.url, sequence, plain);
      for (const { status } of own.answers) count(this.statuses, status);
      this.#compareProtocol(plain, own);
      await this.#compareAnswers(world, plain, own);
    } catch (error) {
      throw new Error(`CAB_FUZZ=1 CAB_FUZZ_SEED=${seed} repeats this\n${shown(sequence)}`, {
        cause: error,
      });
    }
  }

  #compareProtocol(plain: PlainExchange, own: Exchange): void {
    const name = protocolDifference(plain, own);
    if (name === undefined)
      throw new Error(
        `a difference without a name: ${told(plain)} and, of the daemon, ${told(own)}`,
      );
    if (name !== null) count(this.named, name);
  }

  async #compareAnswers(world: World, { reading }: PlainExchange, own: Exchange): Promise<void> {
    const answers = own.answers.filter(({ isHandled }) => isHandled);
    for (const [n, answer] of answers.entries()) {
      const request = reading.requests[n];
      if (request?.message.complete !== true) continue;
      if (answer.status >= 500) throw new Error(`${answer.status}: ${answer.body}`);
      this.#checkPlain(world, request, answer);
      const compared = await this.#compare.get(world)?.(request, answer);
      if (compared?.own !== compared?.alone)
        throw new Error(
          `answer ${n} is ${compared?.own}, and alone ${compared?.alone}: ${request.message.url}`,
        );
    }
  }

  /** A read of what is known to be there gives it, a submission in its simplest form is accepted. */
  #checkPlain({ targets }: World, request: ReadRequest, answer: Answer): void {
    const { method = '', url = '' } = request.message;
    const path = url.replace(/^https?:\/\/[^/]*/i, '');
    const target = targets.plain.find((one) => one.path === path);
    const isRead = target !== undefined && ['GET', 'HEAD'].includes(method);
    if (!isRead && !isPlainSubmission(request)) return;
    if (answer.status !== (isRead ? 200 : 202)) {
      const name = statusDifference(request, answer.status);
      if (name === undefined) throw new Error(`${method} ${url}: ${answer.status} has no name`);
      count(this.named, name);
    } else if (isRead && !isOf(target, method, answer))
      throw new Error(`${method} ${url}: these are not the bytes that stand there`);
  }
}

const isPlainSubmission = ({ message: { method, url }, body }: ReadRequest): boolean =>
  method === 'POST' &&
  url === '/echo/jobs' &&
  /^\{"features":\{"n":\d\}\}$/.test(Buffer.concat(body).toString('latin1'));

const isOf = ({ digest }: Target, method: string, { headers, body }: Answer): boolean =>
  headers.get('etag') === `"${digest}"` &&
  (method === 'HEAD' || sha256(Buffer.from(body, 'latin1')) === digest);

function count<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

const told = ({ answers, rest, isClosedByServer }: Exchange): string =>
  JSON.stringify({
    answers: answers.map(({ status, isHandled, headers, interim }) =>
      [status, isHandled ? 'handled' : 'bare', headers.get('connection'), interim].join(' '),
    ),
    rest: rest.slice(0, 300),
    isClosedByServer,
  });

const shown = ({ pieces }: Sequence): string =>
  pieces.map((piece) => JSON.stringify(piece.toString('latin1').slice(0, 3000))).join('\n');
