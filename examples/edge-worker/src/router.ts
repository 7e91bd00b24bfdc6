import { answer, HttpError } from "./answers.js";
import { drain } from "./body.js";

type Handler = (request: Request, env: Env, id: string) => unknown;

/** Path, method, handler. `:id` in a path is handed on. */
export type Routes = Record<string, Partial<Record<"GET" | "POST" | "DELETE", Handler>>>;

/** The platform's URLPattern does the matching: a router is no more than this. */
export function createRouter(routes: Routes): (request: Request, env: Env) => Promise<Response> {
  const patterns = Object.entries(routes).map(([pathname, methods]) => {
    return { pattern: new URLPattern({ pathname }), methods: new Map(Object.entries(methods)) };
  });
  return async (request, env) => {
    const response = await answer(() => {
      const { pathname } = new URL(request.url);
      for (const { pattern, methods } of patterns) {
        const match = pattern.exec({ pathname });
        if (match === null) continue;
        const handler = methods.get(request.method === "HEAD" ? "GET" : request.method);
        if (handler) return handler(request, env, match.pathname.groups.id ?? "");
        const allow = [...methods.keys()].join(", ");
        throw new HttpError(405, "method", `${request.method} on ${pathname}, expected ${allow}`, {}, { allow });
      }
      throw new HttpError(404, "path", `nothing at ${pathname}`);
    });
    await drain(request);
    return response;
  };
}
