import { format } from "d3-format";

const six = format(".6~g");
const three = format(".3~g");

/** As short as three significant digits allow, without exponents where they can be avoided. */
export function short(value: number): string {
  if (value === 0) return "0";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : value < 0 ? "−∞" : "–";
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-3) return power(value);
  return (size >= 1000 ? Math.round(value).toLocaleString("en") : three(value)).replace("-", "−");
}

/** A result: six significant digits. */
export function exact(value: number): string {
  return Math.abs(value) >= 1000 ? Number(value.toPrecision(6)).toLocaleString("en") : six(value).replace("-", "−");
}

export const percent = (share: number, digits = 0): string => `${(100 * share).toFixed(digits)}%`;
export const whole = (value: number): string => Math.round(value).toLocaleString("en");

/** "1 step", "1,234 steps" */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${whole(count)} ${count === 1 ? noun : plural}`;
}

const SUPERSCRIPT = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** 2.5·10⁻⁵ */
function power(value: number): string {
  const [mantissa, exponent] = Number(value.toPrecision(3)).toExponential().split("e");
  const digits = Array.from(String(Math.abs(Number(exponent))), (digit) => SUPERSCRIPT[Number(digit)]).join("");
  const raised = `10${Number(exponent) < 0 ? "⁻" : ""}${digits}`;
  return mantissa === "1" ? raised : `${mantissa.replace("-", "−")}·${raised}`;
}
