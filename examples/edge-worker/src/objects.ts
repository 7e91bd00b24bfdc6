import { HttpError } from "./answers.js";

/**
 * The object behind an address. Ids are made by the namespace and carry its signature: nobody can guess one, and
 * whoever knows one may use it.
 *
 * @throws HttpError 404
 */
export function objectAt<T extends Rpc.DurableObjectBranded>(
  namespace: DurableObjectNamespace<T>,
  id: string,
  what: string,
): DurableObjectStub<T> {
  let name: DurableObjectId;
  try {
    name = namespace.idFromString(id);
  } catch {
    throw notFound(what);
  }
  return namespace.get(name);
}

export function notFound(what: string): HttpError {
  return new HttpError(404, "path", `there is no such ${what}`);
}
