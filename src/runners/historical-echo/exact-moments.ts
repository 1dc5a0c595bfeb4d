/**
 * Mean and population standard deviation of doubles. Each is the exact value, rounded once.
 *
 * A double is m × 2^(e − 1075) with a mantissa m below 2^53. Each mantissa is cut into three limbs of 18 bits. The
 * limbs, and their products, are summed for each exponent in doubles that stay whole numbers below 2^53. Before a sum
 * could pass that, all sums are carried into big integers. So an addition is a dozen machine operations, and nothing
 * is rounded before the end.
 */
export class ExactMoments {
  /** For each exponent: three sums of limbs, five sums of products of limbs. */
  readonly #sums = new Float64Array(exponents * slots);
  readonly #double = new DataView(new ArrayBuffer(8));
  /** Sum of x × 2^1074. */
  #sum = 0n;
  /** Sum of x² × 2^2148. */
  #squares = 0n;
  #count = 0;
  #uncarried = 0;

  /** `x` is finite. */
  add(x: number): void {
    this.#double.setFloat64(0, x);
    const high = this.#double.getUint32(0);
    const low = this.#double.getUint32(4);
    const biased = (high >>> 20) & 0x7ff;
    const top = (high & 0xfffff) | (biased === 0 ? 0 : 0x100000);
    const a = low & 0x3ffff;
    const b = (low >>> 18) | ((top & 0xf) << 14);
    const c = top >>> 4;
    const sign = high >>> 31 === 0 ? 1 : -1;
    const sums = this.#sums;
    const at = (biased === 0 ? 1 : biased) * slots;
    sums[at] = (sums[at] ?? 0) + sign * a;
    sums[at + 1] = (sums[at + 1] ?? 0) + sign * b;
    sums[at + 2] = (sums[at + 2] ?? 0) + sign * c;
    sums[at + 3] = (sums[at + 3] ?? 0) + a * a;
    sums[at + 4] = (sums[at + 4] ?? 0) + 2 * a * b;
    sums[at + 5] = (sums[at + 5] ?? 0) + 2 * a * c + b * b;
    sums[at + 6] = (sums[at + 6] ?? 0) + 2 * b * c;
    sums[at + 7] = (sums[at + 7] ?? 0) + c * c;
    this.#count += 1;
    this.#uncarried += 1;
    if (this.#uncarried === carryEvery) this.#carry();
  }

  /** NaN if nothing was added. */
  mean(): number {
    if (this.#count === 0) return NaN;
    this.#carry();
    const size = roundRatio(abs(this.#sum), BigInt(this.#count) << 1074n);
    return this.#sum < 0n ? -size : size;
  }

  /** NaN if nothing was added. */
  deviation(): number {
    if (this.#count === 0) return NaN;
    this.#carry();
    const n = BigInt(this.#count);
    return roundRootOfRatio(n * this.#squares - this.#sum * this.#sum, (n * n) << 2148n);
  }

  #carry(): void {
    if (this.#uncarried === 0) return;
    for (let exponent = 1; exponent < exponents; exponent += 1) {
      const at = exponent * slots;
      // All three sums of squares are zero only if nothing was added.
      if (!this.#sums[at + 3] && !this.#sums[at + 5] && !this.#sums[at + 7]) continue;
      const [a, b, c, aa, ab, acbb, bc, cc] = this.#sums.subarray(at, at + slots);
      const shift = BigInt(exponent - 1);
      this.#sum += horner([c, b, a]) << shift;
      this.#squares += horner([cc, bc, acbb, ab, aa]) << (2n * shift);
      this.#sums.fill(0, at, at + slots);
    }
    this.#uncarried = 0;
  }
}

const exponents = 2047;
const slots = 8;
/** A sum of products grows by less than 2^38 an addition, so 2^15 additions stay below 2^53. */
const carryEvery = 1 << 15;

const horner = (limbs: readonly (number | undefined)[]): bigint =>
  limbs.reduce((value, limb) => (value << 18n) + BigInt(limb ?? 0), 0n);

const abs = (value: bigint): bigint => (value < 0n ? -value : value);
const bitLength = (value: bigint): number => {
  const hex = value.toString(16);
  return 4 * hex.length - Math.clz32(Number.parseInt(hex.charAt(0), 16)) + 28;
};

/** p / q as the nearest double, ties to even; p ≥ 0, q > 0. */
function roundRatio(p: bigint, q: bigint): number {
  if (p === 0n) return 0;
  const unit = unitOf(floorLog2(p, q));
  const [above, below] = scaled(p, q, unit);
  const quotient = above / below;
  const twiceRest = 2n * (above % below);
  return toDouble(quotient, twiceRest - below, unit);
}

/** √(p / q) as the nearest double, ties to even; p ≥ 0, q > 0. */
function roundRootOfRatio(p: bigint, q: bigint): number {
  if (p === 0n) return 0;
  const unit = unitOf(Math.floor(floorLog2(p, q) / 2));
  const [above, below] = scaled(p, q, 2 * unit);
  const root = integerRoot(above / below);
  const half = 2n * root + 1n;
  return toDouble(root, 4n * above - half * half * below, unit);
}

function floorLog2(p: bigint, q: bigint): number {
  const guess = bitLength(p) - bitLength(q);
  const [above, below] = scaled(p, q, guess);
  return above >= below ? guess : guess - 1;
}

/** Exponent of the last place of a double whose first place is 2^exponent. */
const unitOf = (exponent: number): number => Math.max(exponent - 52, -1074);

/** p / q × 2^−exponent, as a ratio. */
const scaled = (p: bigint, q: bigint, exponent: number): [bigint, bigint] =>
  exponent < 0 ? [p << BigInt(-exponent), q] : [p, q << BigInt(exponent)];

/** `pastHalf` has the sign of the remainder minus half a unit. */
function toDouble(floor: bigint, pastHalf: bigint, unit: number): number {
  const up = pastHalf > 0n || (pastHalf === 0n && floor % 2n === 1n);
  return Number(up ? floor + 1n : floor) * 2 ** unit;
}

/** ⌊√n⌋ by Newton's method, from above. */
function integerRoot(n: bigint): bigint {
  if (n === 0n) return 0n;
  let root = 1n << BigInt(Math.ceil(bitLength(n) / 2));
  for (;;) {
    const next = (root + n / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}
