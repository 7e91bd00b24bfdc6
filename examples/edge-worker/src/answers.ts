import { WaywardError, type WaywardErrorCode } from "wayward";

/** A request that cannot be served: the status, a code for programs, a sentence for people. */
export class HttpError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** Further members of the answer, such as the present `round`. */
    readonly details: Record<string, unknown> = {},
    readonly headers: Record<string, string> = {},
  ) {
    super(message);
  }
}

const STATUS: Record<WaywardErrorCode, number> = {
  input: 400,
  state: 400,
  order: 409,
  memory: 413,
  aborted: 500,
  environment: 500,
  internal: 500,
};

/** Numbers that JSON lacks, such as an infinite hardness, appear as null. */
export function json(body: unknown, status = 200, headers: HeadersInit = {}): Response {
  return Response.json(body, { status, headers });
}

/** What the work returns, as JSON, or why it failed: the one place where errors become answers. */
export async function answer(work: () => unknown): Promise<Response> {
  try {
    const result = await work();
    return result instanceof Response ? result : json(result);
  } catch (error) {
    return problem(error);
  }
}

/** Problem details, RFC 9457. A defect is told as such and logged; its message and stack stay inside. */
function problem(error: unknown): Response {
  const { status, code, message, details, headers } = describe(error);
  if (status === 500) console.error(error);
  const detail = status === 500 ? "The service failed; the request may be sent again." : message;
  const body = { status, code, detail, ...details };
  return json(body, status, { ...headers, "content-type": "application/problem+json" });
}

function describe(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof WaywardError) return new HttpError(STATUS[error.code], error.code, error.message);
  return new HttpError(500, "internal", String(error));
}
