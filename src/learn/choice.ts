import { CHOICE } from "../core/exports.js";
import type { Core } from "../core/memory.js";
import type { CheckedPoints } from "../points.js";
import type { Autonomy, FittedParameter } from "../types.js";
import type { CheckedLog } from "./log.js";
import { Struct } from "./struct.js";

/** Falls of the log-likelihood that bound a parameter: chi-squared, one degree of freedom, 95%, two and one-sided. */
const TWO_SIDED = 1.9207;
const ONE_SIDED = 1.3528;
/** The same where the likelihood rises for ever: of data that must all agree, p >= 0.05 means a fall of -log 0.05. */
const SATURATED = 2.9957;
/** The normal quantile of a 95% interval. */
const QUANTILE = 1.959964;
/** Within so many standard errors of 0 the normal approximation is not trusted: the likelihood's profile is followed. */
const CURVED = 8;
/** As in assembly/learn/choice.ts: rates past this many units are infinite. */
const FAR = 1e4;
/** Where the likelihood rises for ever, the estimate stays so many nats short of its limit: one standard error. */
const SHORT_OF_LIMIT = 0.5;
/** A temperature of this many mean squared distances lets every other cluster be chosen alike. */
const HOT = 1e6;

export interface SoftmaxFit {
  autonomy: Autonomy;
  parameters: Record<"kappa" | "centerRate" | "entityRate" | "temperature", FittedParameter>;
}

type Rate = "a" | "b";

/** Rates and the log-likelihood there. */
interface Peak {
  a: number;
  b: number;
  value: number;
}

/** Maximum likelihood of the softmax family over the rows of a log that know their centers. */
export class Choice {
  readonly #struct: Struct<typeof CHOICE>;
  readonly #core: Core;
  readonly #rows: number;
  readonly #overrides: number;
  readonly #free: Record<Rate, boolean>;

  constructor(core: Core, log: CheckedLog, clusters: number, dimensions: number, points: CheckedPoints | null) {
    this.#core = core;
    const used = Array.from(log.entities.keys()).filter((row) => log.sets[row] >= 0);
    const overrides = used.filter((row) => log.prescribed[row] !== log.realized[row]);
    this.#rows = used.length;
    this.#overrides = overrides.length;
    const capacity = Math.max(overrides.length, 1);
    const bytes = core.run((x) => x.choiceBytes(capacity, dimensions, clusters, log.setCount));
    const struct = new Struct(core, CHOICE, bytes);
    this.#struct = struct;
    core.run((x) => x.choiceInit(struct.pointer, capacity, dimensions, clusters, log.setCount));
    struct.setInteger("withEntity", points ? 1 : 0);
    struct.f64("centers", log.centers.length).set(log.centers);
    struct.i32("sets", capacity).set(overrides.map((row) => log.sets[row]));
    struct.i32("prescribed", capacity).set(overrides.map((row) => log.prescribed[row]));
    struct.i32("realized", capacity).set(overrides.map((row) => log.realized[row]));
    if (points) {
      const rows = struct.f64("points", capacity * dimensions);
      overrides.forEach((row, n) => {
        const from = log.entities[row] * dimensions;
        for (let c = 0; c < dimensions; c++) rows[n * dimensions + c] = points.data[from + c];
      });
    }
    core.run((x) => x.choicePrepare(struct.pointer, overrides.length));
    const informative = overrides.length > 0 && clusters > 2;
    this.#free = { a: informative, b: informative && points !== null };
  }

  /** The estimate alone. */
  autonomy(): Autonomy {
    const kappa = this.#rows > 0 ? this.#overrides / this.#rows : 0;
    if (kappa === 0) return { kind: "none" };
    const { a, b } = this.#feasible();
    const unit = this.#struct.get("unit");
    if (a > 0) return { kind: "softmax", kappa, zeta: 1, gamma: b / a, temperature: 1 / a };
    if (b > 0) return { kind: "softmax", kappa, zeta: 0, gamma: 1, temperature: 1 / b };
    return { kind: "softmax", kappa, zeta: 1, gamma: 0, temperature: HOT * unit };
  }

  /** The estimate with standard errors and intervals. */
  fit(): SoftmaxFit {
    const autonomy = this.autonomy();
    const finite = this.#maximize({ a: 0, b: 0 }, this.#free);
    const peak = finite ? this.#state() : this.#nearInfinity();
    if (!finite) peak.value += SHORT_OF_LIMIT;
    const errors = this.#standardErrors();
    const centerRate = this.#rate("a", peak, finite, errors.a);
    const entityRate = this.#rate("b", peak, finite, errors.b);
    return {
      autonomy,
      parameters: { kappa: this.#kappa(), centerRate, entityRate, temperature: temperatureOf(centerRate) },
    };
  }

  #state(): Peak {
    return { a: this.#struct.get("a"), b: this.#struct.get("b"), value: this.#struct.get("value") };
  }

  /** Newton from a start over the free rates; false if it runs off to infinity. */
  #maximize(start: { a: number; b: number }, free: Record<Rate, boolean>): boolean {
    this.#struct.set({ a: start.a, b: start.b });
    return this.#core.run((x) => x.choiceFit(this.#struct.pointer, free.a ? 1 : 0, free.b ? 1 : 0)) === 1;
  }

  /** The most likely rates >= 0; a rate that the log does not need (less than 1.92 nats) is 0. */
  #feasible(): { a: number; b: number } {
    const candidates = [
      { a: false, b: false },
      { a: this.#free.a, b: false },
      { a: false, b: this.#free.b },
      { a: this.#free.a, b: this.#free.b },
    ];
    let best = { a: 0, b: 0, value: Number.NEGATIVE_INFINITY };
    let needed = 0;
    for (const free of candidates) {
      const finite = this.#maximize({ a: 0, b: 0 }, free);
      const found = finite ? this.#state() : this.#nearInfinity(free);
      const parameters = Number(free.a) + Number(free.b);
      const gain = TWO_SIDED * Math.max(parameters - needed, 0);
      if (found.a >= 0 && found.b >= 0 && found.value > best.value + gain) {
        best = found;
        needed = parameters;
      }
    }
    return best;
  }

  /** Separated data: the nearest rates, on the way to infinity, whose likelihood is within half a nat of the limit. */
  #nearInfinity(free: Record<Rate, boolean> = this.#free): Peak {
    const limit = this.#state();
    let low = 0;
    let high = 1;
    for (let halvings = 0; halvings < 30; halvings++) {
      const t = (low + high) / 2;
      if (this.#value(t * limit.a, t * limit.b) >= limit.value - SHORT_OF_LIMIT) high = t;
      else low = t;
    }
    const a = free.a ? high * limit.a : 0;
    const b = free.b ? high * limit.b : 0;
    return { a, b, value: this.#value(a, b) };
  }

  #value(a: number, b: number): number {
    this.#struct.set({ a, b });
    return this.#core.run((x) => x.choiceValue(this.#struct.pointer));
  }

  /** Square roots of the diagonal of the inverse information at the present rates. */
  #standardErrors(): Record<Rate, number> {
    const get = (name: "curveAA" | "curveAB" | "curveBB") => this.#struct.get(name);
    const [aa, ab, bb] = [get("curveAA"), get("curveAB"), get("curveBB")];
    const { a, b } = this.#free;
    if (a && b) {
      const determinant = aa * bb - ab * ab;
      if (!(determinant > 1e-12 * aa * bb)) return { a: Number.POSITIVE_INFINITY, b: Number.POSITIVE_INFINITY };
      return { a: Math.sqrt(bb / determinant), b: Math.sqrt(aa / determinant) };
    }
    return { a: a && aa > 0 ? 1 / Math.sqrt(aa) : Number.POSITIVE_INFINITY, b: Number.POSITIVE_INFINITY };
  }

  #rate(rate: Rate, peak: Peak, finite: boolean, standardError: number): FittedParameter {
    const estimate = peak[rate];
    if (!this.#free[rate] || (finite && standardError === Number.POSITIVE_INFINITY)) {
      return unknown(this.#free[rate] ? estimate : 0);
    }
    if (finite && estimate > CURVED * standardError) {
      const reach = QUANTILE * standardError;
      return { estimate, standardError, interval: [estimate - reach, estimate + reach], identified: true };
    }
    const from = estimate >= 0 ? peak : this.#atZero(rate);
    const width = Math.min(standardError, FAR / this.#struct.get("unit"));
    const bound = (side: -1 | 1, fall: number) => this.#bound(rate, from, side, fall, width);
    let low = from[rate] > 0 ? Math.max(bound(-1, TWO_SIDED), 0) : 0;
    const high = bound(1, low > 0 ? TWO_SIDED : ONE_SIDED);
    if (high === Number.POSITIVE_INFINITY && low > 0) low = Math.max(bound(-1, SATURATED), 0);
    return { estimate, standardError, interval: [low, high], identified: low > 0 && high < Number.POSITIVE_INFINITY };
  }

  /** A rate is never negative: where the likelihood peaks below 0, its interval starts from the best with 0. */
  #atZero(rate: Rate): Peak {
    this.#maximize({ a: 0, b: 0 }, { ...this.#free, [rate]: false });
    return this.#state();
  }

  /**
   * Where the profile likelihood has fallen by `fall`: the root of twice the fall is nearly straight, so
   * false position (Illinois) finds it in a few steps. 0 or Infinity if it never falls so far.
   */
  #bound(rate: Rate, from: Peak, side: -1 | 1, fall: number, width: number): number {
    const far = FAR / this.#struct.get("unit");
    const target = Math.sqrt(2 * fall);
    const free = { ...this.#free, [rate]: false };
    const excess = (distance: number) => {
      this.#maximize({ ...from, [rate]: from[rate] + side * distance }, free);
      return Math.sqrt(2 * Math.max(from.value - this.#struct.get("value"), 0)) - target;
    };
    let [inner, below] = [0, -target];
    let outer = target * width;
    let above = excess(outer);
    while (above < 0) {
      if (side < 0 && outer >= from[rate]) return 0;
      if (outer >= far) return Number.POSITIVE_INFINITY;
      [inner, below] = [outer, above];
      outer = side < 0 ? Math.min(2 * outer, from[rate]) : Math.min(4 * outer, far);
      above = excess(outer);
    }
    for (let steps = 0; steps < 20 && above > 1e-3 * target; steps++) {
      const middle = inner + ((outer - inner) * below) / (below - above);
      const value = excess(middle);
      if (Math.abs(value) <= 1e-3 * target) return from[rate] + side * middle;
      if (value < 0) [inner, below, above] = [middle, value, above / 2];
      else [outer, above, below] = [middle, value, below / 2];
    }
    return from[rate] + side * outer;
  }

  /** Wilson's interval; with no override at all, or nothing but overrides, one-sided. */
  #kappa(): FittedParameter {
    const n = this.#rows;
    if (n === 0) return unknown(0);
    const estimate = this.#overrides / n;
    const z2 = QUANTILE * QUANTILE;
    const middle = (estimate + z2 / (2 * n)) / (1 + z2 / n);
    const reach = (QUANTILE * Math.sqrt((estimate * (1 - estimate)) / n + z2 / (4 * n * n))) / (1 + z2 / n);
    const interval: [number, number] = [
      this.#overrides === 0 ? 0 : middle - reach,
      this.#overrides === n ? 1 : middle + reach,
    ];
    const standardError = Math.sqrt((estimate * (1 - estimate)) / n);
    return { estimate, standardError, interval, identified: true };
  }
}

function unknown(estimate: number): FittedParameter {
  return {
    estimate,
    standardError: Number.POSITIVE_INFINITY,
    interval: [0, Number.POSITIVE_INFINITY],
    identified: false,
  };
}

/** T = zeta / centerRate with zeta = 1; its error by the delta method. */
function temperatureOf({
  estimate,
  standardError,
  interval: [low, high],
  identified,
}: FittedParameter): FittedParameter {
  const positive = estimate > 0;
  return {
    estimate: positive ? 1 / estimate : Number.POSITIVE_INFINITY,
    standardError: positive ? standardError / (estimate * estimate) : Number.POSITIVE_INFINITY,
    interval: [high > 0 ? 1 / high : Number.POSITIVE_INFINITY, low > 0 ? 1 / low : Number.POSITIVE_INFINITY],
    identified,
  };
}
