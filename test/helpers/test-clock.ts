import type { Clock } from '../../src/support/process/clock.ts';

/** Time that passes when it is told to. */
export class TestClock implements Clock {
  boot = 'boot-1';
  #wall = Date.UTC(2024, 0, 1);
  #monotonic = 1_000_000;

  now(): Date {
    return new Date(this.#wall);
  }

  monotonic(): number {
    return this.#monotonic;
  }

  /** Both clocks, as time does. Milliseconds. */
  pass(ms: number): void {
    this.#wall += ms;
    this.#monotonic += ms;
  }

  /** The wall clock alone is set; negative: back. */
  jump(ms: number): void {
    this.#wall += ms;
  }

  /** Another boot, whose monotonic clock begins anew. */
  reboot(boot: string): void {
    this.boot = boot;
    this.#monotonic = 5;
  }
}
