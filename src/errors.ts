/**
 * What went wrong, for the program:
 * - `input`: a value handed in is not what it must be; the message names it, its row and column.
 * - `order`: a call at the wrong time, such as a stale or repeated `tell`.
 * - `state`: saved bytes that are not a state of this solver, or not of this version.
 * - `memory`: the problem does not fit in what WebAssembly can address (4 GiB) or the host gives.
 * - `aborted`: the caller's AbortSignal fired.
 * - `environment`: this runtime lacks something, such as permission to compile WebAssembly.
 * - `internal`: a defect in wayward; please report it.
 */
export type WaywardErrorCode = "input" | "order" | "state" | "memory" | "aborted" | "environment" | "internal";

/** The one error that wayward throws: a sentence with the actual and the expected value, and a code. */
export class WaywardError extends Error {
  readonly code: WaywardErrorCode;

  constructor(code: WaywardErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "WaywardError";
    this.code = code;
  }
}

/** Throws an `input` error unless the condition holds. */
export function expectInput(condition: boolean, message: () => string): asserts condition {
  if (!condition) throw new WaywardError("input", textOf(message));
}

/** Options and the like: an object, whatever is in it. */
export function expectObject(value: unknown, what: string): asserts value is object {
  expectInput(typeof value === "object" && value !== null, () => `${what}: got ${value}, expected an object`);
}

/** An object with none but these members: a misspelled option would be another problem, silently. */
export function expectOptions(options: unknown, names: readonly string[], what = "options"): asserts options is object {
  expectObject(options, what);
  for (const name of Object.keys(options)) {
    expectInput(names.includes(name), () => `${what}: ${name} is not an option; expected one of ${names.join(", ")}`);
  }
}

/** What ends long work early. */
export function expectSignal(signal: AbortSignal | undefined): void {
  expectInput(
    signal === undefined || typeof signal?.addEventListener === "function",
    () => `signal: got ${signal}, expected an AbortSignal`,
  );
}

/** What is told about steps, if anything is. */
export function expectCallback(name: string, callback: unknown): void {
  expectInput(
    callback === undefined || typeof callback === "function",
    () => `${name}: got ${typeof callback}, expected a function`,
  );
}

/** @throws WaywardError `aborted`, with this message, if the signal has fired */
export function throwIfAborted(signal: AbortSignal | undefined, message: string): void {
  if (signal?.aborted) throw new WaywardError("aborted", message, { cause: signal.reason });
}

/** The value, once it is there, or the abort: what never answers must not hold the caller. */
export async function unlessAborted<T>(
  value: T | Promise<T>,
  signal: AbortSignal | undefined,
  message: string,
): Promise<T> {
  if (!signal) return value;
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(new WaywardError("aborted", message, { cause: signal.reason }));
    signal.addEventListener("abort", stop);
  });
  try {
    if (signal.aborted) stop();
    return await Promise.race([aborted, value]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** What was handed in may defy being shown: a symbol, a circle, arrays nested ten thousand deep. */
function textOf(message: () => string): string {
  try {
    return message();
  } catch (cause) {
    return `got a value that cannot be shown: ${(cause as Error).message}`;
  }
}
