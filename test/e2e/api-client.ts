// The JSON API as the web application asks it.
import { strict as assert } from 'node:assert';
import { ask, type WireAnswer } from './wire.ts';

export class ApiClient {
  readonly tag: string;
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;

  private constructor(url: string, tag: string, headers: Readonly<Record<string, string>>) {
    this.#url = url;
    this.tag = tag;
    this.#headers = headers;
  }

  static async signIn(url: string, name: string, password: string, label = 'test'): Promise<ApiClient> {
    return ApiClient.begun(url, '/sign-in', { name, password, label });
  }

  /** By whatever begins a session. */
  static async begun(url: string, path: string, body: unknown): Promise<ApiClient> {
    const answer = await askJson(url, 'POST', `/api${path}`, {}, body);
    assert.equal(answer.status, 200, answer.bytes.toString());
    const cookie = /^set-cookie: ([^;]+)/im.exec(answer.head)?.[1] ?? '';
    const { tag, key } = JSON.parse(answer.body.toString()) as { readonly tag: string; readonly key: string };
    return new ApiClient(url, tag, { cookie, 'coffre-session': key });
  }

  /** @param path below the account's own address. */
  send(method: string, path: string, body?: unknown): Promise<WireAnswer> {
    return askJson(this.#url, method, `/api/@${this.tag}${path}`, this.#headers, body);
  }

  async ok<Value>(method: string, path: string, body?: unknown): Promise<Value> {
    return answered<Value>(await this.send(method, path, body), `${method} ${path}`);
  }
}

export function answered<Value>(answer: WireAnswer, what = 'request'): Value {
  assert.ok(answer.status === 200 || answer.status === 204, `${what}: ${answer.bytes.toString()}`);
  return (answer.status === 204 ? undefined : JSON.parse(answer.body.toString())) as Value;
}

export function askJson(
  url: string,
  method: string,
  target: string,
  headers: Readonly<Record<string, string>>,
  body?: unknown,
): Promise<WireAnswer> {
  return ask(url, {
    method,
    target,
    headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

export function pathQuery(...names: readonly string[]): string {
  return `?path=${encodeURIComponent(JSON.stringify(names))}`;
}
